"""Text to small whole numbers and back: one dictionary a column."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from surveillance.events.schema import CODES

PLAIN_MULTIPLIER: Final = 10**6
"""Contract multiplier of all but derivatives."""


class Dictionary:
    """Give each distinct text a code, counting from 1; 0 is null.

    Codes depend on the order in which texts were first seen, so they never leave the process: what is
    written down is the text, or what stands for it.

    Parameters
    ----------
    veil : callable, optional
        Makes of a text what others may see of it.
    """

    __slots__ = ("_codes", "_shown", "_texts", "_veil")

    def __init__(self, veil: Callable[[str], str] | None = None) -> None:
        self._codes: dict[str, int] = {}
        self._texts: list[str] = [""]
        self._veil = veil
        self._shown: dict[int, str] = {}

    def code(self, text: str | None) -> int:
        """Return the code of `text`, giving it one if it is new; None has code 0."""
        if text is None:
            return 0
        found = self._codes.get(text)
        if found is None:
            found = self._codes[text] = len(self._texts)
            self._texts.append(text)
        return found

    def find(self, text: str) -> int:
        """Return the code of `text`, or 0 when it has none."""
        return self._codes.get(text, 0)

    def text(self, code: int) -> str | None:
        """Return the text of `code` as others may see it; code 0 is None."""
        if self._veil is None or not code:
            return self._texts[code] if code else None
        shown = self._shown.get(code)
        if shown is None:
            shown = self._shown[code] = self._veil(self._texts[code])
        return shown

    def clear(self, code: int) -> str | None:
        """Return the text of `code` as it came in, for look-ups only; code 0 is None."""
        return self._texts[code] if code else None

    def __len__(self) -> int:
        return len(self._texts)


class Dictionaries:
    """The dictionaries of all code columns, and the terms that rows can have.

    Parameters
    ----------
    veil : callable, optional
        Column and text to what others may see of it, such as a pseudonym.
    """

    __slots__ = ("_veil", "columns", "terms")

    def __init__(self, veil: Callable[[str, str], str] | None = None) -> None:
        self._veil = veil
        self.columns: dict[str, Dictionary] = {
            name: Dictionary(None if veil is None else partial(veil, name)) for name in CODES
        }
        self.terms = TermsTable()

    def __getitem__(self, column: str) -> Dictionary:
        return self.columns[column]

    def shown(self, column: str, text: str | None) -> str | None:
        """Return what others may see of a text of any column, also of one without a dictionary."""
        return text if text is None or self._veil is None else self._veil(column, text)


class Terms(NamedTuple):
    """What thresholds depend on, of an instrument.

    Parameters
    ----------
    asset_class, band : int
        Codes; 0 is not known.
    price_scale, quantity_scale : int
        Decimals of the whole numbers on the tape.
    tick : int
        Tick size in 10**-12 of the instrument's price; 0 is not known.
    multiplier : int
        Contract multiplier in 10**-6 of a derivative, 1 of all others; 0 is not known. No threshold depends on it,
        but money that a correction changes does.
    """

    asset_class: int
    band: int
    price_scale: int
    quantity_scale: int
    tick: int = 0
    multiplier: int = PLAIN_MULTIPLIER


class TermsTable:
    """Distinct terms of instruments; a row's `terms` is an index into it."""

    __slots__ = ("_codes", "rows")

    def __init__(self) -> None:
        self.rows: list[Terms] = []
        self._codes: dict[Terms, int] = {}

    def code(self, *terms: int) -> int:
        """Return the index of terms (as `Terms` takes them), adding them if they are new."""
        key = Terms(*terms)
        found = self._codes.get(key)
        if found is None:
            found = self._codes[key] = len(self.rows)
            self.rows.append(key)
        return found

    def __len__(self) -> int:
        return len(self.rows)
