"""Trades as the desks write them, through the engine's own door: what cannot be used is told, the rest are events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import numpy as np

from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.door import Door
from surveillance.events.flaws import Counts
from surveillance.events.profile import Profile, load_profile
from surveillance.events.rates import Rates
from surveillance.events.raw import BrokenRecord, RawBlock
from surveillance.events.schema import NULL
from surveillance.events.text import Text

CHUNK: Final = 32_768
"""Trades that pass the door at a time."""

SHOWN: Final = 20
"""Rejected trades of a source that a report shows; all are counted."""

GREATEST: Final = 10**16
"""Greatest notional that is added, 10**-4 USD: one absurd number must not overflow the window of everybody's rule."""

FIELDS: Final = frozenset({"trader", "asset_class", "currency", "base_notional", "trade"})
"""Fields that the rule reads, and the ids that an anomaly names."""


class Entrance:
    """The door for the trades of one source.

    Parameters
    ----------
    name : str
        The source, such as a desk.
    ordinal : int
        Its number.
    dictionaries : Dictionaries
        Where traders and currencies get their codes.
    rates : Rates
        Into USD.
    """

    def __init__(self, name: str, ordinal: int, dictionaries: Dictionaries, rates: Rates) -> None:
        self.name = name
        self.rejects: list[dict[str, Any]] = []
        self.money_not_known = self.without_trader = self.capped = 0
        profile = desk_trades()
        self.columns = [source.column for source in profile.fields.values()]
        self._door = Door(
            profile,
            set(self.columns),
            source=name,
            ordinal=ordinal,
            dictionaries=dictionaries,
            enrichment=None,
            base_currency="USD",
            fields=set(FIELDS),
            on_reject=self._keep_reject,
            rates=rates,
        )

        self.counts: Counts = self._door.counts

    def close(self) -> None:
        """Forget the texts that were seen, ids of trades among them: nothing more comes."""
        del self._door

    def events(self, trades: Sequence[Any], first: int) -> EventBatch:
        """Return the events of some trades.

        Parameters
        ----------
        trades : sequence
            Mappings; anything else is rejected.
        first : int
            Number of the first of them in the source.
        """
        usable = [place for place, trade in enumerate(trades) if isinstance(trade, Mapping)]
        broken = []
        if len(usable) < len(trades):
            known = set(usable)
            broken = [
                BrokenRecord(first + place, 0, "not-a-trade", "is not an object", repr(trade)[:200])
                for place, trade in enumerate(trades)
                if place not in known
            ]
        chosen = trades if len(usable) == len(trades) else [trades[place] for place in usable]
        columns = {name: _column([trade.get(name) for trade in chosen]) for name in self.columns}
        positions = np.array(usable, np.int64) + first
        return self.convert(RawBlock(columns, positions, lambda row: (0, repr(chosen[row])[:1000]), broken))

    def convert(self, block: RawBlock) -> EventBatch:
        """Return the events of a block."""
        batch = self._door.convert(block)
        money = batch.columns["base_notional"]
        self.capped += int(np.count_nonzero(money > GREATEST))
        np.minimum(money, GREATEST, out=money)
        self.money_not_known += int(np.count_nonzero(batch.column("base_notional") == NULL))
        self.without_trader += int(np.count_nonzero(batch.column("trader") == 0))
        return batch

    def _keep_reject(self, reject: dict[str, Any]) -> None:
        if len(self.rejects) < SHOWN:
            self.rejects.append(reject)


_READ: Final = FIELDS | {"time", "notional"}


@lru_cache(maxsize=1)
def desk_trades() -> Profile:
    """Return the feed profile of the desks, for what the rule reads; a trade that names no currency is in USD."""
    profile = load_profile("desk-trades")
    fields = {name: source for name, source in profile.fields.items() if name in _READ}
    return replace(profile, fields=fields, defaults={**profile.defaults, "currency": "USD"})


def _column(values: list[Any]) -> Text:
    """Return values as the text that a feed would have: a number keeps the digits with which Python shows it."""
    written = [_text(value) for value in values]
    ends = np.cumsum([len(text) for text in written], dtype=np.int32)
    starts = np.concatenate([np.zeros(1, np.int32), ends[:-1]])
    return Text(np.frombuffer(b"".join(written), np.uint8), starts, ends)


def _text(value: Any) -> bytes:
    if type(value) is str:
        return value.encode("utf-8", "surrogatepass")
    if value is None:
        return b""
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return (repr(float(value)) if isinstance(value, float) else str(value)).encode()
