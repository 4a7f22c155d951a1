"""Columns that say what is usual, from the trading days before: looked up by code, a whole batch at a time.

A baseline does not change while a run goes on. What it says of a row depends on the row's instrument, account, peer
group and time of the day alone, not on the rows before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import NULL, NULL_DAY, PPM
from surveillance.tape.baseline_day import (
    ACTORS,
    CANCELS,
    COUNTED,
    FIRST_SLOT,
    HOURS,
    MESSAGES,
    MINUTES,
    MOVED,
    MOVES,
    ORDERS,
    PEERS,
    SLOTS,
    DayCounts,
    actor_name,
    peer_name,
)
from surveillance.tape.baseline_table import FORGOTTEN, BaselineTable, quotient
from surveillance.tape.keys import PairCoder
from surveillance.tape.tape import BASELINE_FIELDS

WARM_DAYS: Final = 5
"""Trading days on which something was active before what is usual of it is known."""

READ: Final = (
    "time", "kind", "instrument", "account", "quantity", "price", "base_notional", "capacity", "asset_class",
    "trader", "desk", "venue",
)  # fmt: skip
"""Columns from which baselines are made."""

_NS_OF_DAY: Final = 86_400_000_000_000
_JOINED: Final = "\x1f"
_DAYS: Final = "_days"
_AWAY: Final = "_hours_away"
_NEVER_SEEN: Final = -2
IntArray = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual after some trading days.

    Parameters
    ----------
    day : int
        The last of them, days since 1970; `NULL_DAY`: none yet.
    days : int
        How many there were.
    instruments, accounts, peers, pairs, hours : BaselineTable
        Of each; hours: of accounts, traders, desks and venues.
    """

    day: int
    days: int
    instruments: BaselineTable
    accounts: BaselineTable
    peers: BaselineTable
    pairs: BaselineTable
    hours: BaselineTable

    @classmethod
    def empty(cls) -> Baseline:
        """Return what is known before the first day."""
        columns = (FIRST_SLOT + SLOTS, FIRST_SLOT + HOURS, FIRST_SLOT, 1, HOURS)
        return cls(NULL_DAY, 0, *(BaselineTable.empty(count) for count in columns))

    @property
    def is_warm(self) -> bool:
        """Whether there were enough days for anything to be known."""
        return self.days >= WARM_DAYS

    def followed_by(self, day: int, tables: Iterable[BaselineTable]) -> Baseline:
        """Return the baseline after one more trading day."""
        ours = (self.instruments, self.accounts, self.peers, self.pairs, self.hours)
        return Baseline(day, self.days + 1, *(one.followed_by(new) for one, new in zip(ours, tables, strict=True)))


class _Known:
    """Values of a table by code, for codes that may still be given."""

    def __init__(self, table: BaselineTable, values: dict[str, IntArray], text: Callable[[int], str | None]) -> None:
        warm = table.days >= WARM_DAYS
        self._place = {name: at for at, (name, known) in enumerate(zip(table.ids.tolist(), warm, strict=True)) if known}
        self._values = values
        self._text = text
        self._places = np.full(1, -1, dtype=np.int64)

    def places(self, codes: IntArray, size: int) -> IntArray:
        """Return for each row the place in the table; -1 for what is not known. Codes are below `size`."""
        if size > len(self._places):
            more = np.full(2 * size - len(self._places), _NEVER_SEEN, dtype=np.int64)
            self._places = np.concatenate([self._places, more])
        found: IntArray = self._places[codes]
        if (found == _NEVER_SEEN).any():
            for code in np.unique(codes[found == _NEVER_SEEN]).tolist():
                self._places[code] = self._place.get(self._text(code) or "", -1)
            found = self._places[codes]
        return found

    def look_up(self, name: str, place: IntArray, slot: IntArray | None = None) -> IntArray:
        """Return a value for each row, of the row's time of the day if it is by slots; null where not known."""
        values = self._values[name]
        if not len(values):
            return np.full(len(place), NULL)
        found = values[place] if slot is None else values[place, slot]
        return np.where(place >= 0, found, NULL)


def counted(kind: IntArray) -> NDArray[np.bool_]:
    """Return which rows are counted: a day of quotes, or of marks that calendars make ahead, is no trading day."""
    return np.isin(kind, COUNTED)


def days_of_rows(batch: EventBatch) -> IntArray:
    """Return the trading day of each row; the day in UTC where no calendar says it."""
    day = batch.column("trading_day").astype(np.int64)
    return np.where(day == NULL_DAY, batch.columns["time"] // _NS_OF_DAY, day)


class BaselineColumns:
    """Gives rows what is usual, and counts them for the days to come.

    Parameters
    ----------
    baseline : Baseline
        What is usual before this run.
    dictionaries : Dictionaries
        Texts of the events' codes.
    fields : iterable of str
        Those of `BASELINE_FIELDS` that are asked for.
    """

    def __init__(self, baseline: Baseline, dictionaries: Dictionaries, fields: Iterable[str]) -> None:
        self.baseline, self._dictionaries = baseline, dictionaries
        self._fields = tuple(name for name in BASELINE_FIELDS if name in set(fields))
        self.days: dict[int, DayCounts] = {}
        self._pairs = PairCoder()
        self._rows = 0
        self._scale = np.zeros(1, dtype=np.int64)
        self._instruments = _Known(baseline.instruments, _of_instruments(baseline), self._instrument_text)
        self._accounts = _Known(baseline.accounts, _of_accounts(baseline), dictionaries["account"].text)
        self._peers = _Known(baseline.peers, _of_crowd(baseline.peers, "peer"), _peer_text)
        hours = _of_hours(baseline.hours) if any(_actor(name) for name in self._fields) else {}
        self._actors = {
            name: _Known(baseline.hours, hours, partial(_actor_text, name, dictionaries[name].text))
            for name in dict.fromkeys(map(_actor, self._fields))
            if name
        }
        self._pair_weight = dict(zip(baseline.pairs.ids.tolist(), baseline.pairs.counts[:, 0].tolist(), strict=True))
        self._of_pair = np.full(1, NULL)

    def prepare(self, batch: EventBatch) -> EventBatch:
        """Count the rows of a batch, and return it with the columns that are asked for."""
        columns = {name: np.ascontiguousarray(batch.column(name)) for name in READ}
        self._note_scales(batch, columns["instrument"])
        pair = np.zeros(len(batch), dtype=np.int32)
        self._pairs.codes(columns["account"], columns["instrument"], pair, self._rows)
        self._rows += len(batch)
        self._count(batch, columns, pair)
        if not self._fields:
            return batch
        told = self._tell(columns, pair)
        return EventBatch({**batch.columns, **{name: told[name] for name in self._fields}}, batch.texts)

    def _count(self, batch: EventBatch, columns: dict[str, IntArray], pair: NDArray[np.int32]) -> None:
        day = days_of_rows(batch)
        for one in np.unique(day[counted(columns["kind"])]).tolist():
            counts = self.days.get(one)
            if counts is None:
                counts = self.days[one] = DayCounts(self._dictionaries, self._instrument_text)
            same = day == one
            whole = bool(same.all())
            rows = columns if whole else {name: values[same] for name, values in columns.items()}
            counts.add(rows, pair if whole else pair[same], self._pairs.size)

    def tables_of(self, day: int) -> tuple[BaselineTable, ...]:
        """Return the counts of a day of this run: instruments, accounts, peers, pairs and hours."""
        counts = self.days[day]
        pairs = counts.pairs(self._pair_text)
        return counts.instruments(), counts.accounts(), counts.peers(), pairs, counts.hours()

    def _note_scales(self, batch: EventBatch, instrument: IntArray) -> None:
        instruments = len(self._dictionaries["instrument"])
        if instruments > len(self._scale):
            self._scale = np.concatenate([self._scale, np.zeros(2 * instruments - len(self._scale), dtype=np.int64)])
        scales = np.array([terms.quantity_scale for terms in self._dictionaries.terms.rows], dtype=np.int64)
        self._scale[instrument] = scales[batch.columns["terms"]]

    def _instrument_text(self, code: int) -> str:
        """Return an instrument with the decimals of its quantities: with other ones its counts mean something else."""
        return f"{self._dictionaries['instrument'].text(code)}{_JOINED}{self._scale[code]}"

    def _pair_text(self, code: int) -> str:
        account, instrument = self._pairs.pair(code)
        names = self._dictionaries["account"].text(account), self._dictionaries["instrument"].text(instrument)
        return _JOINED.join(name or "" for name in names)

    def _tell(self, columns: dict[str, IntArray], pair: NDArray[np.int32]) -> dict[str, IntArray]:
        of_day = columns["time"] % _NS_OF_DAY
        instrument = self._instruments.places(columns["instrument"], len(self._dictionaries["instrument"]))
        instrument = np.where(columns["instrument"] > 0, instrument, -1)
        account = self._accounts.places(columns["account"], len(self._dictionaries["account"]))
        asset_class, capacity = (columns[name].astype(np.int64) for name in ("asset_class", "capacity"))
        group = np.where((asset_class > 0) & (capacity > 0), asset_class * 8 + capacity, 0)
        peer = self._peers.places(group, PEERS)
        hour, slot = of_day * HOURS // _NS_OF_DAY, of_day * SLOTS // _NS_OF_DAY
        told: dict[str, IntArray] = {}
        for name in self._fields:
            actor = _actor(name)
            if actor:
                at = self._actors[actor].places(columns[actor], len(self._dictionaries[actor]))
                away = name.endswith(_AWAY)
                told[name] = self._actors[actor].look_up(_AWAY if away else _DAYS, at, hour if away else None)
            elif name == "account_instrument_share":
                told[name] = self._shares(pair, account)
            elif name.startswith("peer_"):
                told[name] = self._peers.look_up(name, peer)
            elif name.startswith("account_"):
                told[name] = self._accounts.look_up(name, account, hour if name == "account_hour_share" else None)
            else:
                told[name] = self._instruments.look_up(name, instrument, slot if name == "usual_volume" else None)
        return told

    def _shares(self, pair: NDArray[np.int32], account: IntArray) -> IntArray:
        """Return which part of its messages an account sent in the row's instrument."""
        known = len(self._of_pair)
        if self._pairs.size > known:
            self._of_pair = np.concatenate([self._of_pair, np.zeros(self._pairs.size - known, dtype=np.int64)])
            new, first = np.unique(pair, return_index=True)
            for code, row in zip(new.tolist(), first.tolist(), strict=True):
                if code >= known:
                    self._of_pair[code] = self._share(code, int(account[row]))
        found: IntArray = self._of_pair[pair]
        return found

    def _share(self, code: int, account: int) -> int:
        whole = int(self.baseline.accounts.counts[account, MESSAGES]) if account >= 0 else 0
        return self._pair_weight.get(self._pair_text(code), 0) * PPM // whole if whole > 0 else NULL


def _of_instruments(baseline: Baseline) -> dict[str, IntArray]:
    table = baseline.instruments
    slots = [table.per(FIRST_SLOT + slot, scale=1) for slot in range(SLOTS)]
    return {
        "usual_order_quantity": table.medians(),
        "usual_rate": table.per(MESSAGES, MINUTES),
        "usual_move": table.per(MOVED, MOVES, scale=1),
        "usual_volume": np.stack(slots, axis=1),
    }


def _of_accounts(baseline: Baseline) -> dict[str, IntArray]:
    table = baseline.accounts
    hours = [quotient(table.counts[:, FIRST_SLOT + hour], table.counts[:, MESSAGES], PPM) for hour in range(HOURS)]
    return {**_of_crowd(table, "account"), "account_hour_share": np.stack(hours, axis=1)}


def _of_crowd(table: BaselineTable, prefix: str) -> dict[str, IntArray]:
    return {
        f"{prefix}_notional": table.medians(),
        f"{prefix}_rate": table.per(MESSAGES, MINUTES),
        f"{prefix}_cancel_share": table.per(CANCELS, ORDERS),
    }


def _of_hours(table: BaselineTable) -> dict[str, IntArray]:
    """Return how many days each was active on, and how far each hour is from the next one that is not forgotten."""
    known = table.counts >= FORGOTTEN
    away = np.full(known.shape, NULL)
    for hours in range(HOURS // 2, -1, -1):
        away[np.roll(known, hours, axis=1) | np.roll(known, -hours, axis=1)] = hours
    return {_DAYS: table.days, _AWAY: away}


def _actor(name: str) -> str:
    """Return whose hours a column is about; nothing if it is about no hours."""
    actor = name.partition("_")[0]
    return actor if actor in ACTORS and name.endswith((_DAYS, _AWAY)) else ""


def _actor_text(name: str, text: Callable[[int], str | None], code: int) -> str:
    return actor_name(name, text(code)) if code else ""


def _peer_text(code: int) -> str | None:
    return peer_name(code) if code // 8 in range(1, 7) and code % 8 in range(1, 4) else None
