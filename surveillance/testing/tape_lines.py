"""The short notation of a tape, line by line: ``+1m trade A1 IBM sell 2_000 @ 100 trader=T1``.

A line is a time, a kind, what that kind always says in a fixed order, a price behind ``@``, and named fields. It
becomes canonical fields as text; the door reads them as it reads those of any feed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from surveillance.documents.scalars import ScalarError, read_number
from surveillance.documents.validation import did_you_mean
from surveillance.errors import Location, Problem
from surveillance.events.schema import ENUMS
from surveillance.rules.clock import MOMENT_HINT, read_moment
from surveillance.tape.tape import BASELINE_FIELDS
from surveillance.testing import tape_deals, tape_repeats

_DEAL: Final = ("account", "instrument", "side", "quantity")
POSITIONAL: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("order", "amend", "cancel", "reject", "expire", "trade", "bust", "correct"), _DEAL),
    "quote": ("instrument", "side", "quantity"),
    "mark": ("mark", "instrument"),
    **tape_deals.POSITIONAL,
}
"""What stands behind each kind, in this order."""

NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "order": _DEAL,
    "trade": (*_DEAL, "price"),
    **dict.fromkeys(("amend", "cancel", "reject", "expire"), ("account", "instrument")),
    **dict.fromkeys(("bust", "correct"), ("trade",)),
    "quote": ("instrument", "side", "price"),
    "mark": ("mark",),
    **tape_deals.NEEDED,
}
"""What a line of each kind cannot do without; ``-`` says that it is not known."""

NAMED: Final[dict[str, str]] = {
    **{name: name for name in ("order", "trade", "parent_order", "trader", "beneficial_owner", "desk", "venue")},
    **{name: name for name in ("counterparty", "currency", "notional", "band", "aggressor", "capacity", "order_type")},
    **{name: name for name in ("time_in_force", "asset_class", "multiplier", "account")},
    **{name: name for name in BASELINE_FIELDS},
    "owner": "beneficial_owner",
    "class": "asset_class",
}
"""Fields that are given by name, and the canonical ones that they are."""

UNKNOWN: Final = "-"
_TOKEN = re.compile(r"\S+")
_MONEY = re.compile(r"([-+0-9._]+)([A-Z][A-Z0-9]{2,9})", re.ASCII)
_NUMBERS: Final = ("price", "quantity", "notional", "multiplier", "sold_of")


@dataclass(slots=True)
class Line:
    """One event of a tape.

    Parameters
    ----------
    place : Location
        Where the line begins.
    text : str
        As it was written.
    time : int
        ns since 1970-01-01 UTC.
    fields : dict of str to str
        Canonical fields; what is not there is not known.
    places : dict of str to Location
        Where each of them stands.
    """

    place: Location
    text: str
    time: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    places: dict[str, Location] = field(default_factory=dict)


class _BadLineError(Exception):
    """Ends the reading of one line; its problem is told, the lines after it are read."""

    def __init__(self, code: str, message: str, column: int, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.column, self.hint = code, message, column, hint


def read_lines(text: str, place: Location) -> tuple[list[Line], list[Problem]]:
    """Read all lines of a tape.

    Parameters
    ----------
    text : str
        Lines of the notation; empty ones and what follows a ``#`` mean nothing.
    place : Location
        Where the first character of `text` stands; line 0 where that is not known.

    Returns
    -------
    list of Line
        Those that can be read.
    list of Problem
        What is wrong with the others, at most one a line, and with the order of the times.
    """
    lines: list[Line] = []
    problems: list[Problem] = []
    latest = None
    for number, written in enumerate(text.splitlines()):
        bare = re.sub(r"(^|\s)#.*", "", written)
        tokens = [(match[0], match.start()) for match in _TOKEN.finditer(bare)]
        if not tokens:
            continue
        line = Line(_moved(place, number, tokens[0][1]), bare.strip())
        try:
            _read(line, tokens, partial(_moved, place, number))
            if latest is not None and line.time < latest:
                hint = "put the lines in the order of their times; those of one time keep the order that they have here"
                raise _BadLineError("tape-time", "the line before it is later", tokens[0][1], hint)  # noqa: TRY301
            made = _made_of(line, partial(_moved, place, number))
        except _BadLineError as error:
            problems.append(Problem(error.code, error.message, _moved(place, number, error.column), error.hint))
        else:
            latest = line.time
            lines += made
    return sorted(lines, key=lambda one: one.time), problems


def _made_of(line: Line, at: Callable[[int], Location]) -> list[Line]:
    """Return the line, or the events that it stands for."""
    name = f"{line.fields['kind']}-{at(0).line}"
    events: list[tuple[int, dict[str, str]]] = []
    try:
        for number, (time, fields) in enumerate(tape_repeats.repeated(line.time, line.fields)):
            if tape_deals.is_one(fields):
                events += tape_deals.events_of(time, fields, f"{name}-{number}" if number else name)
            else:
                events.append((time, fields))
    except ValueError as error:
        field, hint = error.args
        place = line.places[field].column - at(0).column
        raise _BadLineError(
            "tape-value", f"{line.fields[field]!r} is not {_with_article(field)}", place, hint
        ) from None
    return [Line(line.place, line.text, time, fields, line.places) for time, fields in events]


def _moved(place: Location, lines: int, columns: int) -> Location:
    return Location(place.file, max(place.line, 1) + lines, max(place.column, 1) + columns, place.path)


def _read(line: Line, tokens: list[tuple[str, int]], at: Callable[[int], Location]) -> None:
    time = read_moment(tokens[0][0])
    if time is None:
        raise _BadLineError("tape-time", f"{tokens[0][0]!r} is not a time", tokens[0][1], MOMENT_HINT)
    line.time = time
    if len(tokens) == 1:
        raise _BadLineError("tape-kind", "nothing follows the time", tokens[0][1], f"kinds are {', '.join(POSITIONAL)}")
    kind, column = tokens[1]
    if kind not in POSITIONAL:
        raise _BadLineError("tape-kind", f"{kind!r} is not a kind of event", column, did_you_mean(kind, POSITIONAL))
    _put(line, "kind", kind, column, at)
    for name, value, column in _values(kind, tokens[2:]):
        _put(line, name, value, column, at)
    missing = [name for name in NEEDED[kind] if name not in line.fields]
    if "notional" in line.fields:
        missing = [name for name in missing if name not in ("quantity", "price")]
    if missing:
        known = " ".join(name.upper() for name in POSITIONAL[kind])
        price = {"mark": "", "flow": " @ PRICE every=DURATION until=TIME"}.get(kind, " @ PRICE")
        trade = " trade=ID" if "trade" in NEEDED[kind] else ""
        message = f"{_with_article(kind)} needs {' and '.join(missing)}"
        hint = f"write {kind} {known}{price}{trade}; - stands for what is not known"
        raise _BadLineError("tape-missing", message, tokens[-1][1], hint)
    line.fields = {name: value for name, value in line.fields.items() if value != UNKNOWN}
    if kind == "order":
        line.fields.setdefault("order_type", "limit" if "price" in line.fields else "market")


def _values(kind: str, tokens: list[tuple[str, int]]) -> Iterator[tuple[str, str, int]]:
    """Yield the fields of a line with the columns where they stand: first those in order, then the named ones."""
    waiting = list(POSITIONAL[kind])
    named = False
    rest = iter(tokens)
    for text, column in rest:
        if text == "@":
            price, place = next(rest, ("", column))
            if not price or "=" in price:
                raise _BadLineError("tape-value", "no price follows the @", column, "write @ 100, or leave the @ out")
            yield "price", price, place
        elif text.startswith("@"):
            raise _BadLineError("tape-value", f"{text!r} is not how a price is written", column, f"write @ {text[1:]}")
        elif "=" in text:
            named = True
            name, _, value = text.partition("=")
            if name not in NAMED and name not in (*tape_deals.NAMED.get(kind, ()), *tape_repeats.NAMED):
                raise _BadLineError("tape-field", f"{name!r} is not a field", column, did_you_mean(name, NAMED))
            if not value:
                hint = f"write {name}=VALUE without blanks, or leave it out"
                raise _BadLineError("tape-value", f"{name} is empty", column, hint)
            yield NAMED.get(name, name), value, column + len(name) + 1
        elif named or not waiting:
            known = " ".join(name.upper() for name in POSITIONAL[kind])
            raise _BadLineError(
                "tape-field", f"{text!r} is one too many", column, f"write {kind} {known}, then name=value"
            )
        else:
            yield waiting.pop(0), text, column


def _put(line: Line, name: str, value: str, column: int, at: Callable[[int], Location]) -> None:
    if name in line.fields:
        raise _BadLineError("tape-field", f"{name} is given twice", column, "keep one of them")
    if name == "notional":
        money = _MONEY.fullmatch(value)
        if money:
            _put(line, "currency", money[2], column + len(money[1]), at)
            value = money[1]
    if name in _NUMBERS and value != UNKNOWN:
        try:
            value = f"{read_number(value):f}"
        except ScalarError as error:
            hint = error.hint.removesuffix(", or quote it if it is text")
            raise _BadLineError("tape-value", f"{value!r} is not a {name}", column, hint) from None
    if name in ENUMS and name != "kind" and value != UNKNOWN:
        known = [member.name.lower() for member in ENUMS[name]]
        if value not in known:
            message = f"{value!r} is not {_with_article(name)}"
            raise _BadLineError("tape-value", message, column, did_you_mean(value, known))
    line.fields[name] = value
    line.places[name] = at(column)


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'aeo' else 'a'} {name.replace('_', ' ')}"
