"""Meetings: trades between two accounts, with the orders behind them where the feed tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from surveillance.errors import InputError, Problem
from surveillance.events.dictionary import Dictionaries
from surveillance.events.profile import load_profile
from surveillance.events.reference import Reference
from surveillance.events.schema import IDS, NULL, Kind, Side
from surveillance.feeds.ahead import ReadAhead
from surveillance.feeds.gathering import gathered
from surveillance.feeds.source import open_sources

IntArray = NDArray[Any]
_READ: Final = {"account", "counterparty", "instrument", "side", "quantity", "beneficial_owner", *IDS}
_COLUMNS: Final = ("time", "instrument", "account", "counterparty", "side", "quantity", "beneficial_owner")
NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Meetings:
    """Trades between two known accounts, one an element, by time.

    Parameters
    ----------
    time : ndarray of int64
        ns UTC.
    instrument, buyer, seller : ndarray of int32
        Codes, see `accounts` and `instruments`.
    quantity : ndarray of int64
        At the instrument's scale.
    matched : ndarray of int8
        1 where the two orders were entered within `TOGETHER` for the same quantity, 0 where not, -1 not known.
    accounts, instruments : list of str
        Texts by code.
    owner : ndarray of int32
        By account its beneficial owner; 0 not known.
    """

    time: IntArray
    instrument: IntArray
    buyer: IntArray
    seller: IntArray
    quantity: IntArray
    matched: IntArray
    accounts: list[str]
    instruments: list[str]
    owner: IntArray

    def __len__(self) -> int:
        return len(self.time)


TOGETHER: Final = 2_000_000_000
"""Orders entered no further apart than this were entered together, ns."""


def read_meetings(sources: Sequence[Path], feed: str, reference: Reference | None = None) -> Meetings:
    """Read the trades of some files.

    Parameters
    ----------
    sources : sequence of Path
        Files, folders or patterns.
    feed : str
        Name or file of the feed profile.
    reference : Reference, optional
        Says who owns the accounts.

    Raises
    ------
    InputError
        A file cannot be read, or no trade names two accounts.
    """
    dictionaries, parts, rejected = Dictionaries(), _Parts(), [0]

    def reject(_told: dict[str, Any]) -> None:
        rejected[0] += 1

    ahead = ReadAhead()
    try:
        with gathered(sources) as files:
            for source in open_sources(
                files,
                load_profile(feed),
                dictionaries=dictionaries,
                on_reject=reject,
                reference=reference,
                fields=_READ,
            ):
                for batch in source.batches(ahead):
                    parts.add(batch)
    finally:
        ahead.close()
    found = _meetings(parts, dictionaries)
    if not len(found):
        hint = "meetings need a counterparty, or ids of trades that both sides have"
        raise InputError(
            Problem("no-meetings", f"no trade of {', '.join(map(str, sources))} names two accounts", hint=hint)
        )
    return found


class _Parts:
    """Trades and orders of all batches."""

    def __init__(self) -> None:
        self.trades: list[dict[str, IntArray]] = []
        self.trade_ids: list[Any] = []
        self.trade_orders: list[Any] = []
        self.orders: list[tuple[IntArray, IntArray]] = []
        self.order_ids: list[Any] = []
        self.busted: list[Any] = []

    def add(self, batch: Any) -> None:
        kind = batch.columns["kind"]
        trades, orders = (np.flatnonzero(kind == one) for one in (int(Kind.TRADE), int(Kind.ORDER)))
        busts = np.flatnonzero(kind == int(Kind.BUST))
        self.trades.append({name: batch.column(name)[trades] for name in _COLUMNS})
        self.trade_ids.append(_ids(batch, "trade", trades))
        self.trade_orders.append(_ids(batch, "order", trades))
        self.orders.append((batch.columns["time"][orders], batch.column("quantity")[orders]))
        self.order_ids.append(_ids(batch, "order", orders))
        self.busted.append(_ids(batch, "trade", busts))


def _ids(batch: Any, name: str, rows: IntArray) -> Any:
    ids = batch.texts.get(name)
    if ids is None:
        return pa.nulls(len(rows), pa.string())
    found = ids.take(pa.array(rows))
    return (found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found).cast(pa.string())


def _meetings(parts: _Parts, dictionaries: Dictionaries) -> Meetings:
    rows = {name: np.concatenate([one[name] for one in parts.trades]) for name in _COLUMNS}
    ids, of_orders = (pa.concat_arrays(one) for one in (parts.trade_ids, parts.trade_orders))
    busted = pc.is_in(ids, value_set=pa.concat_arrays(parts.busted).drop_null())
    keep = ~np.asarray(busted.fill_null(False)) & (rows["account"] > 0) & (rows["quantity"] != NULL)
    buys = np.flatnonzero(keep & (rows["side"] == int(Side.BUY)))
    sells = np.flatnonzero(keep & (rows["side"] == int(Side.SELL)))
    other = np.asarray(
        pc.fill_null(pc.index_in(ids.take(pa.array(buys)), value_set=ids.take(pa.array(sells)).drop_null()), -1)
    )
    known = np.flatnonzero(~np.asarray(pc.is_null(ids.take(pa.array(sells)))))
    paired = np.where(other >= 0, sells[known[np.maximum(other, 0)]] if len(known) else -1, -1)
    account_of = np.array(
        [0, *(dictionaries["account"].code(text) for text in _texts(dictionaries, "counterparty"))], dtype=np.int32
    )
    told = account_of[rows["counterparty"]]
    seller = np.where(paired >= 0, rows["account"][np.maximum(paired, 0)], told[buys])
    some = (seller > 0) & (seller != rows["account"][buys])
    buys, paired, seller = buys[some], paired[some], seller[some]
    order_ids = pa.concat_arrays(parts.order_ids)
    matched = _matched(of_orders, buys, paired, order_ids, parts.orders)
    once = _once(of_orders, buys, paired, seller, rows["account"][buys])
    buys, seller, matched = buys[once], seller[once], matched[once]
    order = np.argsort(rows["time"][buys], kind="stable")
    owner = np.zeros(len(dictionaries["account"]), dtype=np.int32)
    owner[rows["account"]] = rows["beneficial_owner"]
    return Meetings(
        time=rows["time"][buys][order],
        instrument=rows["instrument"][buys][order],
        buyer=rows["account"][buys][order],
        seller=seller[order].astype(np.int32),
        quantity=rows["quantity"][buys][order],
        matched=matched[order],
        accounts=["", *_texts(dictionaries, "account")],
        instruments=["", *_texts(dictionaries, "instrument")],
        owner=owner,
    )


def _texts(dictionaries: Dictionaries, name: str) -> list[str]:
    return [dictionaries[name].text(code) or "" for code in range(1, len(dictionaries[name]))]


def _once(of_orders: Any, buys: IntArray, sells: IntArray, seller: IntArray, buyer: IntArray) -> IntArray:
    """Return the meetings that no order has made before with the same other side: parts of one fill are one."""
    codes = np.asarray(pc.fill_null(of_orders.dictionary_encode().indices, -1)).astype(np.int64)
    order = [np.where(side >= 0, codes[np.maximum(side, 0)], -1) for side in (buys, sells)]
    left: IntArray = np.arange(len(buys))
    for mine, other in ((order[0], seller), (order[1], buyer)):
        known = mine[left] >= 0
        key = np.where(known, mine[left] << 32 | other[left].astype(np.int64), -1 - left)
        left = np.sort(left[np.unique(key, return_index=True)[1]])
    return left


def _matched(
    of_trades: Any, buys: IntArray, sells: IntArray, order_ids: Any, orders: Sequence[tuple[IntArray, IntArray]]
) -> NDArray[np.int8]:
    """Tell of each meeting whether its orders were entered together for the same quantity."""
    time, quantity = (np.concatenate([pair[place] for pair in orders]) for place in (0, 1))
    found = np.full(len(buys), NOBODY, dtype=np.int8)
    if not len(time):
        return found
    places = [
        np.asarray(pc.fill_null(pc.index_in(of_trades.take(pa.array(np.maximum(side, 0))), value_set=order_ids), -1))
        for side in (buys, sells)
    ]
    both = (places[0] >= 0) & (places[1] >= 0) & (sells >= 0)
    bought, sold = (np.maximum(one, 0) for one in places)
    same = (np.abs(time[bought] - time[sold]) <= TOGETHER) & (quantity[bought] == quantity[sold])
    return np.where(both, same, NOBODY).astype(np.int8)
