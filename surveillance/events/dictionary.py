"""Text to small whole numbers and back: one dictionary a column."""

from __future__ import annotations

from surveillance.events.schema import CODES


class Dictionary:
    """Give each distinct text a code, counting from 1; 0 is null.

    Codes depend on the order in which texts were first seen, so they never leave the process: what is
    written down is the text.
    """

    __slots__ = ("_codes", "_texts")

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._texts: list[str] = [""]

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
        """Return the text of `code`; code 0 is None."""
        return self._texts[code] if code else None

    def __len__(self) -> int:
        return len(self._texts)


class Dictionaries:
    """The dictionaries of all code columns, and the terms that rows can have."""

    __slots__ = ("columns", "terms")

    def __init__(self) -> None:
        self.columns: dict[str, Dictionary] = {name: Dictionary() for name in CODES}
        self.terms = TermsTable()

    def __getitem__(self, column: str) -> Dictionary:
        return self.columns[column]


class TermsTable:
    """Distinct (asset class, band, price scale, quantity scale); a row's `terms` is an index into it."""

    __slots__ = ("_codes", "rows")

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, int]] = []
        self._codes: dict[tuple[int, int, int, int], int] = {}

    def code(self, asset_class: int, band: int, price_scale: int, quantity_scale: int) -> int:
        """Return the index of these terms, adding them if they are new."""
        key = (asset_class, band, price_scale, quantity_scale)
        found = self._codes.get(key)
        if found is None:
            found = self._codes[key] = len(self.rows)
            self.rows.append(key)
        return found

    def __len__(self) -> int:
        return len(self.rows)
