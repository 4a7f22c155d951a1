"""What the run has to say of its events beside their number: money without a rate, ids that nobody knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import NULL

EXAMPLES: Final = 10
"""Most unknown ids that are named."""


class Tally:
    """Counts of one source, by code.

    Parameters
    ----------
    looked_up : iterable of str
        Columns whose ids reference data lists.
    """

    __slots__ = ("money", "unknown", "without_rate")

    def __init__(self, looked_up: Iterable[str] = ()) -> None:
        self.money: Counter[int] = Counter()
        """Events with a notional, by the code of their currency."""
        self.without_rate: Counter[int] = Counter()
        """Those of them of which the notional in the base currency is not known."""
        self.unknown: dict[str, Counter[int]] = {name: Counter() for name in looked_up}
        """Events with an id that reference data does not know at their time, by column and code."""

    def add_money(self, batch: EventBatch) -> None:
        """Count the events of a batch by currency."""
        notional, currency = batch.columns.get("notional"), batch.column("currency")
        if notional is None:
            return
        given = notional != NULL
        _count(self.money, currency if given.all() else currency[given])
        missing = given & (batch.column("base_notional") == NULL)
        if missing.any():
            _count(self.without_rate, currency[missing])

    def add_unknown(self, name: str, codes: NDArray[np.int32]) -> None:
        """Count ids that are not known."""
        _count(self.unknown[name], codes)


def currencies_record(tallies: Iterable[Tally], dictionaries: Dictionaries, base: str) -> dict[str, Any]:
    """Describe the money of a run: events by currency, and of how many the base notional is not known."""
    money: Counter[int] = Counter()
    without: Counter[int] = Counter()
    for tally in tallies:
        money.update(tally.money)
        without.update(tally.without_rate)
    text = dictionaries["currency"].text
    by_currency = {str(text(code)): {"events": money[code], "without_rate": without[code]} for code in money if code}
    return {"base": base, "by_currency": dict(sorted(by_currency.items())), "not_given": money[0]}


def unknown_record(tallies: Iterable[Tally], dictionaries: Dictionaries) -> dict[str, Any]:
    """Describe the ids that reference data does not know, the most frequent first."""
    by_name: dict[str, Counter[int]] = {}
    for tally in tallies:
        for name, counted in tally.unknown.items():
            by_name.setdefault(name, Counter()).update(counted)
    return {name: _described(counted, dictionaries[name].text) for name, counted in by_name.items()}


def _described(counted: Mapping[int, int], text: Any) -> dict[str, Any]:
    frequent = sorted((-number, str(text(code))) for code, number in counted.items())
    return {
        "count": sum(counted.values()),
        "distinct": len(counted),
        "examples": [name for _, name in frequent[:EXAMPLES]],
    }


def _count(counter: Counter[int], codes: NDArray[np.int32]) -> None:
    numbers = np.bincount(codes)
    present = np.flatnonzero(numbers)
    for code, number in zip(present.tolist(), numbers[present].tolist(), strict=True):
        counter[code] += number
