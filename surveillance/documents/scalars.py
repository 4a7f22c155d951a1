"""Plain words of YAML: only ``true``, ``false``, ``null`` and plain decimal numbers mean anything but their text.

YAML 1.1 reads ``no`` as false, ``12:30`` as 750, ``010`` as 8 and ``2026-11-20`` as a date. Here the first, second
and last are text, and a number that another reader would read differently is an error.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

MAX_DIGITS: Final = 40
"""More digits than any quantity needs; Python itself refuses to convert thousands."""

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*(_[0-9]+)*)", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*(_[0-9]+)*)\.[0-9]+", re.ASCII)
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "": None}
_NEAR_NUMBERS: Final[tuple[tuple[re.Pattern[str], str, str], ...]] = (
    (
        re.compile(r"[-+]?0[0-9_]+(\.[0-9_]*)?", re.ASCII),
        "has a leading zero",
        "some readers take it for an octal number: leave the zero out, or quote it if it is text",
    ),
    (
        re.compile(r"[-+]?0[xXoObB][0-9a-fA-F_]+", re.ASCII),
        "is not a decimal number",
        "write it in decimal digits, or quote it if it is text",
    ),
    (
        re.compile(r"[-+]?[0-9][0-9_]*(\.[0-9_]*)?[eE][-+]?[0-9]+", re.ASCII),
        "is a number with an exponent",
        "write it out, such as 1_000_000, or quote it if it is text",
    ),
    (
        re.compile(r"[-+]?\.(inf|Inf|INF|nan|NaN|NAN)", re.ASCII),
        "is not a finite number",
        "write a number, or quote it if it is text",
    ),
    (
        re.compile(r"[-+]?[0-9_]*\.[0-9_]*", re.ASCII),
        "is not a plain decimal number",
        "write digits on both sides of the point, such as 0.5, and underscores only between digits before it",
    ),
    (
        re.compile(r"\+[0-9][0-9_]*", re.ASCII),
        "has a plus sign",
        "write the number without it, or quote it if it is text",
    ),
    (
        re.compile(r"[-+]?[0-9][0-9_]*", re.ASCII),
        "has an underscore that does not stand between two digits",
        "write it as 10_000, or quote it if it is text",
    ),
)
_FOREIGN_WORDS: Final[dict[str, str]] = {
    **dict.fromkeys(("True", "TRUE"), "true"),
    **dict.fromkeys(("False", "FALSE"), "false"),
    **dict.fromkeys(("Null", "NULL", "~"), "null"),
}


class ScalarError(ValueError):
    """A plain word that would mean different things to different readers.

    Parameters
    ----------
    message, hint : str
        What is wrong and what to write instead.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def read_plain(text: str) -> str | int | Decimal | bool | None:
    """Return the value of a plain (unquoted) scalar.

    Raises
    ------
    ScalarError
        When the word is a number or constant in a form that YAML readers do not agree on.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text in _FOREIGN_WORDS:
        word = _FOREIGN_WORDS[text]
        raise ScalarError(f"{text} is not how {word} is written", f'write {word}, or "{text}" if it is text')
    first = text[0]
    if not (first.isdigit() or first in "+-._"):
        return text
    if _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text):
        return read_number(text)
    for pattern, fault, hint in _NEAR_NUMBERS:
        if pattern.fullmatch(text) and any(sign.isalnum() for sign in text):
            raise ScalarError(f"{_short(text)} {fault}", hint)
    return text


def read_number(text: str) -> int | Decimal:
    """Return a plain decimal number, exactly.

    Raises
    ------
    ScalarError
        When `text` is not one, or has more than `MAX_DIGITS` digits.
    """
    whole = _INTEGER.fullmatch(text) is not None
    if not whole and not _DECIMAL.fullmatch(text):
        raise ScalarError(f"{_short(text)} is not a plain decimal number", "write it as 10_000 or 0.25")
    if sum(sign.isdigit() for sign in text) > MAX_DIGITS:
        raise ScalarError(f"{_short(text)} has more than {MAX_DIGITS} digits", "write a smaller or a rounder number")
    return int(text) if whole else Decimal(text.replace("_", ""))


def _short(text: str) -> str:
    return text if len(text) <= MAX_DIGITS else f"{text[:MAX_DIGITS]}…"
