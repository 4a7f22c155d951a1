"""All that happened in each instrument of a tape: no account can have done more of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from surveillance.detecting.measure import Unit
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import MONEY_SCALE, NULL, AssetClass, Band, Kind

Scope = tuple[AssetClass | None, Band | None]

_Sums = dict[tuple[int, int, int], list[int]]
"""Of instrument, terms and kind: quantity, money, events, events of which the money is not known."""


class Whole:
    """Adds up events; give `add` to `Tape.on_append`."""

    def __init__(self) -> None:
        self._sums: _Sums = defaultdict(lambda: [0, 0, 0, 0])
        self._first: int | None = None
        self._last = 0
        self.events = 0

    @property
    def span(self) -> int:
        """Time from the first to the last event, ns."""
        return 0 if self._first is None else self._last - self._first

    def add(self, batch: EventBatch, _first: int, _end: int) -> None:
        """Add the events of a batch."""
        if not len(batch):
            return
        times = batch.columns["time"]
        self._first = int(times[0]) if self._first is None else self._first
        self._last = int(times[-1])
        self.events += len(batch)
        rows = np.stack([batch.column(name).astype(np.int64) for name in ("instrument", "terms", "kind")])
        groups, place = np.unique(rows, axis=1, return_inverse=True)
        totals = np.zeros((4, groups.shape[1]), dtype=np.int64)
        for row, name in enumerate(("quantity", "base_notional")):
            values = batch.column(name)
            np.add.at(totals[row], place.ravel(), np.where(values == NULL, 0, values))
        np.add.at(totals[2], place.ravel(), 1)
        np.add.at(totals[3], place.ravel(), batch.column("base_notional") == NULL)
        for group, added in zip(groups.T.tolist(), totals.T.tolist(), strict=True):
            kept = self._sums[group[0], group[1], group[2]]
            kept[:] = [one + more for one, more in zip(kept, added, strict=True)]

    def most(
        self, scope: Scope, kinds: Iterable[Kind], dictionaries: Dictionaries, *, each: bool
    ) -> dict[Unit, tuple[Fraction, str]]:
        """Return by unit the most that can have been measured, and of what.

        Parameters
        ----------
        scope : tuple
            Asset class and band of the instruments.
        kinds : iterable of Kind
            Kinds of events whose quantities it may have measured.
        dictionaries : Dictionaries
            Terms and names of instruments.
        each : bool
            Whether a result is about one instrument; else all instruments of all classes together are meant.

        Returns
        -------
        dict
            Without money where that of some event is not known.
        """
        read = {*kinds}
        found: dict[int, list[Fraction]] = defaultdict(lambda: [Fraction(0)] * 4)
        for (instrument, code, kind), (quantity, money, events, unknown) in self._sums.items():
            terms = dictionaries.terms.rows[code]
            if kind in read and (not each or (terms.asset_class, terms.band) == (scope[0] or 0, scope[1] or 0)):
                sums = found[instrument if each else 0]
                sums[0] += Fraction(quantity, 10**terms.quantity_scale)
                sums[1] += Fraction(money, 10**MONEY_SCALE)
                sums[2] += events
                sums[3] += unknown
        if not found:
            return {}
        best = {}
        for place, unit in enumerate((Unit.QUANTITY, Unit.MONEY, Unit.COUNT)):
            code = max(found, key=lambda one: found[one][place])
            name = dictionaries["instrument"].text(code) if each else None
            best[unit] = (found[code][place], name or "all instruments")
        if any(sums[3] for sums in found.values()):
            del best[Unit.MONEY]
        return best
