"""What a finding was seen from: all that the tape knew of its events, whom they share, and the market's prices.

Of very many events the first and last are kept; the trail's count and digest speak for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.engine.copies import Copies
from surveillance.engine.facts import decoded, facts
from surveillance.engine.prices import Prices
from surveillance.events.dictionary import Dictionaries
from surveillance.tape.tape import Tape

SHARED: Final = ("beneficial_owner", "account", "trader", "desk", "instrument")
"""Columns of which it is known whether all events have the same value."""

_SEVERAL: Final = -1


class Evidence:
    """Events of one finding as the tape had them."""

    __slots__ = ("_accounts", "_copies", "_dictionaries", "_facts", "_instruments", "_shared", "_traders", "prices")

    def __init__(self) -> None:
        self._copies = Copies()
        self._dictionaries: Dictionaries | None = None
        self._facts: list[dict[str, Any]] = []
        self._shared: dict[str, int] = {}
        self._instruments: set[int] = set()
        self._accounts: set[int] = set()
        self._traders: set[int] = set()
        self.prices = Prices()

    def extend(self, tape: Tape, rows: NDArray[np.int64], of: Mapping[str, str] | None = None) -> None:
        """Add rows, ascending and all later than those before.

        Where the rows are of several accounts, what they share is asked of those `of` the one in whose name they stand.
        """
        if not len(rows):
            return
        shared = rows
        if of is not None and "account" in of:
            shared = rows[tape["account"][rows] == tape.dictionaries["account"].find(of["account"])]
        for name in SHARED if len(shared) else ():
            if name in tape.columns:
                codes = tape[name][shared]
                low, high = int(codes.min()), int(codes.max())
                one = low if low == high else _SEVERAL
                self._shared[name] = one if self._shared.get(name, one) == one else _SEVERAL
        for name, known in (("instrument", self._instruments), ("account", self._accounts), ("trader", self._traders)):
            if name in tape.columns:
                known.update(np.unique(tape[name][rows]).tolist())
        self._copies.extend(rows)
        self._dictionaries, self._facts = tape.dictionaries, []

    def settle(self, tape: Tape, before: int | None = None) -> None:
        """Copy the events that were added, if the tape forgets one of them: those `before` a row, or all."""
        self._copies.settle(tape, before)

    def facts(self) -> list[dict[str, Any]]:
        """Return what a reader wants to know of the first and the last events; see `surveillance.engine.facts`."""
        if not self._facts and self._dictionaries is not None:
            self._facts = facts(self._copies.whole(), self._dictionaries)
        return self._facts

    def shared(self, tape: Tape) -> dict[str, str | None]:
        """Return the owner, account, trader, desk and instrument that all events share; None where they differ."""
        return {
            name: None if code in (0, _SEVERAL) else tape.dictionaries[name].text(code)
            for name, code in self._shared.items()
        }

    def instruments(self, tape: Tape) -> list[str]:
        """Return the instruments of all events, sorted."""
        return _texts(tape, "instrument", self._instruments)

    def accounts(self, tape: Tape) -> list[str]:
        """Return the accounts of all events, sorted."""
        return _texts(tape, "account", self._accounts)

    def traders(self, tape: Tape) -> list[str]:
        """Return the traders of all events, sorted."""
        return _texts(tape, "trader", self._traders)

    def events(self, sources: list[str]) -> list[dict[str, Any]]:
        """Return the events that were kept, with every field that the tape had, exact and as text."""
        return [] if self._dictionaries is None else decoded(self._copies.whole(), self._dictionaries, sources)


def _texts(tape: Tape, column: str, codes: set[int]) -> list[str]:
    return sorted(text for code in codes if (text := tape.dictionaries[column].text(code)))
