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
from surveillance.kernel import kernel

EXAMPLES: Final = 10
"""Most unknown ids that are named."""

_MONEY: Final = "Array(int64, 1, 'C', True)"


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
        if "notional" not in batch.columns:
            return
        currency = batch.column("currency")
        counts = np.zeros((2, int(currency.max(initial=0)) + 1), np.int64)
        count_money(currency, batch.columns["notional"], batch.column("base_notional"), counts[0], counts[1])
        _add(self.money, counts[0])
        _add(self.without_rate, counts[1])

    def add_unknown(self, name: str, codes: NDArray[np.int32]) -> None:
        """Count ids that are not known."""
        _add(self.unknown[name], np.bincount(codes))


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


def _add(counter: Counter[int], numbers: NDArray[np.int64]) -> None:
    """Add numbers by code."""
    present = np.flatnonzero(numbers)
    for code, number in zip(present.tolist(), numbers[present].tolist(), strict=True):
        counter[code] += number


@kernel(f"void(Array(int32, 1, 'C', True), {_MONEY}, {_MONEY}, int64[::1], int64[::1])", allocates=False)
def count_money(
    currency: NDArray[Any],
    notional: NDArray[Any],
    based: NDArray[Any],
    given: NDArray[Any],
    without_rate: NDArray[Any],
) -> None:
    """Count the rows with a notional by the code of their currency, and those of them without a base notional."""
    for row in range(len(currency)):
        if notional[row] != NULL:
            given[currency[row]] += 1
            if based[row] == NULL:
                without_rate[currency[row]] += 1
