"""One trading day counted, from which the usual is made: of each instrument, account, peer group and pair of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import NULL, PPM, AssetClass, Capacity, Kind
from surveillance.kernel import kernel
from surveillance.tape.baseline_table import BUCKETS, BaselineTable

MESSAGES, ORDERS, CANCELS, MINUTES, MOVED, MOVES, FIRST_SLOT = range(7)
"""Columns of counts: orders, amendments and cancellations; orders; cancellations; minutes with a message; sum (ppm) and
number of price changes from one five minutes to the next; then what belongs to times of the day."""

SLOTS: Final = 48
"""Half hours of the UTC day, for an instrument's volume."""

HOURS: Final = 24
"""Hours of the UTC day, for an account's messages."""

PEERS: Final = 64
"""Peer groups: asset class and capacity, as asset class * 8 + capacity."""

ACTORS: Final = ("account", "trader", "desk", "venue")
"""Whose hours are known: the hours of the UTC day in which they, or others on them, entered orders."""

COUNTED: Final = (int(Kind.ORDER), int(Kind.AMEND), int(Kind.CANCEL), int(Kind.TRADE))
"""Kinds of rows that are counted."""

_STEP: Final = 300_000_000_000  # ns between prices that are compared
_MINUTE, _HOUR, _HALF = 60_000_000_000, 3_600_000_000_000, 1_800_000_000_000
_ORDER, _AMEND, _CANCEL, _TRADE = int(Kind.ORDER), int(Kind.AMEND), int(Kind.CANCEL), int(Kind.TRADE)
_LAST_MINUTE, _STEP_AT, _STEP_PRICE, _BEFORE = range(4)  # of what is remembered of an instrument

_I1, _I4, _I8 = nb.int8[::1], nb.int32[::1], nb.int64[::1]
_T1, _T4, _T8 = nb.int8[:, ::1], nb.int32[:, ::1], nb.int64[:, ::1]


@kernel(allocates=False)
def _bucket(size: Any) -> Any:
    """Return the bucket of a size above 0: its power of two, and in which eighth of the way to the next it lies."""
    octave, rest = 0, size
    while rest > 1:
        rest >>= 1
        octave += 1
    part = (size >> (octave - 3)) - 8 if octave >= 3 else (size << (3 - octave)) - 8
    return octave * 8 + part


@kernel(allocates=False)
def _move(counts: Any, known: Any, code: Any) -> Any:
    """Add the change of an instrument's price over the last five minutes that are complete."""
    if known[code, _BEFORE] > 0 and known[code, _STEP_PRICE] > 0:
        change = abs(known[code, _STEP_PRICE] - known[code, _BEFORE])
        if change < 9_000_000_000_000:
            counts[code, MOVED] += change * 1_000_000 // known[code, _BEFORE]
            counts[code, MOVES] += 1
    known[code, _BEFORE] = known[code, _STEP_PRICE]


@kernel(
    nb.void(
        _I8, _I1, _I4, _I4, _I8, _I8, _I8, _I1, _I1, _I4, _I4, _I4, _I4, _T8, _T8, _T4, _T8, _I8, _T4, _T8, _T4, _I8,
        _T1, _T1, _T1, _T1,
    ),
    allocates=False,
)  # fmt: skip
def _count(
    time: Any, kind: Any, instrument: Any, account: Any, quantity: Any, price: Any, notional: Any, capacity: Any,
    asset_class: Any, pair: Any, trader: Any, desk: Any, venue: Any, of_instrument: Any, known: Any, quantities: Any,
    of_account: Any, last_minute: Any, notionals: Any, of_peer: Any, peer_notionals: Any, of_pair: Any,
    account_hours: Any, trader_hours: Any, desk_hours: Any, venue_hours: Any,
) -> None:  # fmt: skip
    """Count rows in the order of time."""
    for row in range(time.shape[0]):
        what, code, who, now = kind[row], instrument[row], account[row], time[row]
        message = what in (_ORDER, _AMEND, _CANCEL)
        if what == _TRADE and code != 0:
            if quantity[row] != NULL:
                slot = FIRST_SLOT + (now % 86_400_000_000_000) // _HALF
                of_instrument[code, slot] += quantity[row]
            if price[row] != NULL and price[row] > 0:
                step = now // _STEP
                if step != known[code, _STEP_AT]:
                    _move(of_instrument, known, code)
                    known[code, _STEP_AT] = step
                known[code, _STEP_PRICE] = price[row]
        if not message:
            continue
        minute, hour = now // _MINUTE, (now % 86_400_000_000_000) // _HOUR
        if what == _ORDER:
            account_hours[who, hour] = 1
            trader_hours[trader[row], hour] = 1
            desk_hours[desk[row], hour] = 1
            venue_hours[venue[row], hour] = 1
        if code != 0:
            of_instrument[code, MESSAGES] += 1
            of_instrument[code, CANCELS] += what == _CANCEL
            if minute != known[code, _LAST_MINUTE]:
                known[code, _LAST_MINUTE] = minute
                of_instrument[code, MINUTES] += 1
            if what == _ORDER:
                of_instrument[code, ORDERS] += 1
                if quantity[row] != NULL and quantity[row] > 0:
                    quantities[code, _bucket(quantity[row])] += 1
        if who == 0:
            continue
        peer = asset_class[row] * 8 + capacity[row] if capacity[row] > 0 and asset_class[row] > 0 else 0
        of_account[who, MESSAGES] += 1
        of_account[who, CANCELS] += what == _CANCEL
        of_account[who, FIRST_SLOT + hour] += 1
        of_peer[peer, MESSAGES] += 1
        of_peer[peer, CANCELS] += what == _CANCEL
        if minute != last_minute[who]:
            last_minute[who] = minute
            of_account[who, MINUTES] += 1
            of_peer[peer, MINUTES] += 1
        if what == _ORDER:
            of_account[who, ORDERS] += 1
            of_peer[peer, ORDERS] += 1
            if notional[row] != NULL and notional[row] > 0:
                bucket = _bucket(notional[row])
                notionals[who, bucket] += 1
                peer_notionals[peer, bucket] += 1
        if pair[row] != 0:
            of_pair[pair[row]] += 1


class DayCounts:
    """The counts of one trading day.

    Parameters
    ----------
    dictionaries : Dictionaries
        Texts of codes; ids leave as others may see them.
    instrument_text : callable
        Names an instrument by its code.
    """

    def __init__(self, dictionaries: Dictionaries, instrument_text: Callable[[int], str]) -> None:
        self._dictionaries, self._instrument_text = dictionaries, instrument_text
        self.rows = 0
        self._instrument = np.zeros((64, FIRST_SLOT + SLOTS), dtype=np.int64)
        self._known = np.zeros((64, 4), dtype=np.int64)
        self._quantities = np.zeros((64, BUCKETS), dtype=np.int32)
        self._account = np.zeros((64, FIRST_SLOT + HOURS), dtype=np.int64)
        self._last_minute = np.full(64, -1, dtype=np.int64)
        self._notionals = np.zeros((64, BUCKETS), dtype=np.int32)
        self._peer = np.zeros((PEERS, FIRST_SLOT), dtype=np.int64)
        self._peer_notionals = np.zeros((PEERS, BUCKETS), dtype=np.int32)
        self._pair = np.zeros(64, dtype=np.int64)
        self._hours = {name: np.zeros((64, HOURS), dtype=np.int8) for name in ACTORS}

    def add(self, columns: dict[str, NDArray[Any]], pair: NDArray[np.int32], pairs: int) -> None:
        """Count rows, all later than those before.

        Parameters
        ----------
        columns : dict of str to ndarray
            Time, kind, instrument, account, quantity, price, base_notional, capacity, asset_class, trader, desk and
            venue.
        pair : ndarray of int32
            Code of account and instrument of each row; 0 where one is not known.
        pairs : int
            Highest code + 1.
        """
        self._make_room(pairs)
        self.rows += int(np.isin(columns["kind"], COUNTED).sum())
        _count(
            columns["time"], columns["kind"], columns["instrument"], columns["account"], columns["quantity"],
            columns["price"], columns["base_notional"], columns["capacity"], columns["asset_class"], pair,
            columns["trader"], columns["desk"], columns["venue"], self._instrument, self._known, self._quantities,
            self._account, self._last_minute, self._notionals, self._peer, self._peer_notionals, self._pair,
            *self._hours.values(),
        )  # fmt: skip

    def _make_room(self, pairs: int) -> None:
        instruments, accounts = (len(self._dictionaries[name]) for name in ("instrument", "account"))
        self._instrument, self._known, self._quantities = (
            _longer(one, instruments) for one in (self._instrument, self._known, self._quantities)
        )
        self._account, self._notionals = (_longer(one, accounts) for one in (self._account, self._notionals))
        self._last_minute, self._pair = _longer(self._last_minute, accounts, -1), _longer(self._pair, pairs)
        self._hours = {name: _longer(flags, len(self._dictionaries[name])) for name, flags in self._hours.items()}

    def instruments(self) -> BaselineTable:
        """Return the day of each instrument."""
        for code in np.flatnonzero(self._known[:, _STEP_PRICE] > 0).tolist():
            self._last_move(code)
        return self._table(self._instrument, self._quantities, self._instrument_text)

    def _last_move(self, code: int) -> None:
        """Count the change into the last five minutes, and forget its price so that it counts once."""
        before, price = int(self._known[code, _BEFORE]), int(self._known[code, _STEP_PRICE])
        if before > 0:
            self._instrument[code, MOVED] += abs(price - before) * PPM // before
            self._instrument[code, MOVES] += 1
        self._known[code, _STEP_PRICE] = 0

    def accounts(self) -> BaselineTable:
        """Return the day of each account."""
        return self._table(self._account, self._notionals, self._dictionaries["account"].text)

    def peers(self) -> BaselineTable:
        """Return the day of each peer group; what belongs to none is left out."""
        self._peer[0], self._peer_notionals[0] = 0, 0
        return self._table(self._peer, self._peer_notionals, peer_name)

    def pairs(self, text: Callable[[int], str]) -> BaselineTable:
        """Return how many messages each account sent in each instrument; `text` names the pair of a code."""
        return self._table(self._pair.reshape(-1, 1), np.zeros((len(self._pair), 0), np.int32), text)

    def hours(self) -> BaselineTable:
        """Return in which hours of the UTC day accounts, traders, desks and venues entered orders, 1 or 0."""
        ids: list[str] = []
        flags = [np.zeros((0, HOURS), dtype=np.int8)]
        for name, of_name in self._hours.items():
            of_name[0] = 0  # of nobody
            active = np.flatnonzero(of_name.any(axis=1))
            ids += [actor_name(name, self._dictionaries[name].text(code)) for code in active.tolist()]
            flags.append(of_name[active])
        return BaselineTable.of_day(ids, np.concatenate(flags), np.zeros((0, 3), np.int64))

    @staticmethod
    def _table(counts: NDArray[Any], sizes: NDArray[Any], text: Callable[[int], str | None]) -> BaselineTable:
        active = np.flatnonzero(counts.any(axis=1))
        place = np.cumsum(counts.any(axis=1)) - 1
        owner, bucket = np.nonzero(sizes[: len(counts)])
        owned = np.stack([place[owner], bucket, sizes[owner, bucket]], axis=1) if len(owner) else np.zeros((0, 3))
        return BaselineTable.of_day(
            [text(code) or "" for code in active.tolist()], counts[active], owned.astype(np.int64)
        )


def actor_name(name: str, text: str | None) -> str:
    """Return the name of an account, trader, desk or venue among all of them."""
    return f"{name}/{text or ''}"


def peer_name(code: int) -> str:
    """Return the name of a peer group: asset class and capacity."""
    return f"{AssetClass(code // 8).name.lower()}/{Capacity(code % 8).name.lower()}"


def _longer(array: NDArray[Any], length: int, fill: int = 0) -> NDArray[Any]:
    if length <= len(array):
        return array
    longer = np.zeros((2 * length, *array.shape[1:]), dtype=array.dtype)
    if fill:
        longer[len(array) :] = fill
    longer[: len(array)] = array
    return longer
