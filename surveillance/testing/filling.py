"""Gives the steps of a flow all columns of the event schema, with texts, terms and nulls."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import (
    COLUMN,
    NULL,
    AssetClass,
    Band,
    Kind,
    Mark,
    NotionalBasis,
    OrderType,
    TimeInForce,
)
from surveillance.tape.tape import BASELINE_FIELDS
from surveillance.testing.scripts import NO_SIDE, SAME, Steps

IntArray = NDArray[Any]

_DAY: Final = 86_400 * 10**9
_NEVER_NULL: Final = {
    "time", "source", "position", "kind", "terms", "trading_day", "mark", "session", "asset_class", "band",
}  # fmt: skip
_OFTEN_ABSENT: Final = {"parent_order": 0.8, "capacity": 0.3}
_ORDER_KINDS: Final = (Kind.ORDER, Kind.AMEND, Kind.CANCEL, Kind.REJECT, Kind.EXPIRE, Kind.TRADE)
_TRADE_KINDS: Final = (Kind.TRADE, Kind.BUST, Kind.CORRECT)
_REVISING: Final = (Kind.BUST, Kind.CORRECT)


def fill(
    steps: Steps, time: IntArray, account: IntArray, instrument: IntArray, rng: np.random.Generator, *, nulls: float,
    marks_every: int,
) -> tuple[EventBatch, Dictionaries]:  # fmt: skip
    """Make events of steps.

    Parameters
    ----------
    steps : Steps
        What happens, in the order of time.
    time : ndarray of int64
        When, ns.
    account, instrument : ndarray of int64
        Ordinals, from 1, of the account and the instrument of each step.
    nulls : float
        Share of the values that are null, column by column.
    marks_every : int
        ns between marks that close and open sessions; 0 for none.
    """
    dictionaries = Dictionaries()
    count = len(time)
    turn = rng.integers(1, 3, int(steps.block.max(initial=0)) + 1)[steps.block]
    side = np.where(steps.turn == SAME, turn, np.where(steps.turn == NO_SIDE, 0, 3 - turn))
    columns: dict[str, IntArray] = {
        "time": time,
        "source": np.zeros(count),
        "kind": steps.kind,
        "side": side,
        "trading_day": time // _DAY,
    }
    columns |= _people(account, dictionaries)
    columns |= _things(instrument, dictionaries)
    columns |= _numbers(steps.kind, instrument, rng)
    columns |= _ways(steps, rng)
    _make_nulls(columns, steps.kind, nulls, rng)
    typed = {name: values.astype(COLUMN[name].dtype) for name, values in columns.items()}
    batch = EventBatch(typed, _ids(steps))
    if marks_every:
        batch = _with_marks(batch, marks_every)
    batch.columns["position"] = np.arange(len(batch), dtype=np.int64)
    batch.columns.update(_usual(batch.columns))
    return batch, dictionaries


def _coded(dictionaries: Dictionaries, column: str, ordinals: IntArray, stem: str) -> IntArray:
    """Return the codes of texts that number a stem: A1, A2 and so on."""
    codes = [
        0,
        *(dictionaries[column].code(f"{stem}{number}") for number in range(1, int(ordinals.max(initial=0)) + 1)),
    ]
    return np.array(codes)[ordinals]


def _people(account: IntArray, dictionaries: Dictionaries) -> dict[str, IntArray]:
    """Two accounts belong to an owner and to a trader, four to a desk; neighbours are counterparties."""
    return {
        "account": _coded(dictionaries, "account", account, "A"),
        "beneficial_owner": _coded(dictionaries, "beneficial_owner", (account + 1) // 2, "OWNER"),
        "trader": _coded(dictionaries, "trader", (account + 1) // 2, "T"),
        "desk": _coded(dictionaries, "desk", (account + 3) // 4, "DESK"),
        "counterparty": _coded(dictionaries, "counterparty", account + 1, "A"),
    }


def _things(instrument: IntArray, dictionaries: Dictionaries) -> dict[str, IntArray]:
    """Instruments take turns through the asset classes (and none), the liquidity bands and the scales."""
    asset_class, band = instrument % (len(AssetClass) + 1), instrument % (len(Band) + 1)
    terms = [
        dictionaries.terms.code(one % (len(AssetClass) + 1), one % (len(Band) + 1), 2 + one % 3, one % 2 * 4)
        for one in range(int(instrument.max(initial=0)) + 1)
    ]
    return {
        "instrument": _coded(dictionaries, "instrument", instrument, "I"),
        "asset_class": asset_class,
        "band": band,
        "terms": np.array(terms)[instrument],
        "venue": _coded(dictionaries, "venue", 1 + instrument % 3, "V"),
        "currency": _coded(dictionaries, "currency", 1 + instrument % 2, "CU"),
    }


def _numbers(kind: IntArray, instrument: IntArray, rng: np.random.Generator) -> dict[str, IntArray]:
    count = len(kind)
    price = 10_000 + instrument * 50 + rng.integers(-40, 41, count)
    quantity = rng.integers(1, 40, count) * 100
    notional = price * quantity * 100
    return {
        "price": price,
        "quantity": quantity,
        "notional": notional,
        "notional_basis": np.full(count, int(NotionalBasis.COMPUTED)),
        "base_notional": notional + notional // 7,
        "fx_day": np.full(count, 20_000),
    }


def _ways(steps: Steps, rng: np.random.Generator) -> dict[str, IntArray]:
    """How each script's orders are worked; only fills take or give liquidity."""
    blocks = int(steps.block.max(initial=0)) + 1
    return {
        "order_type": rng.integers(1, len(OrderType) + 1, blocks)[steps.block],
        "time_in_force": rng.integers(1, len(TimeInForce) + 1, blocks)[steps.block],
        "capacity": rng.integers(1, 4, blocks)[steps.block],
        "aggressor": np.where(steps.kind == Kind.TRADE, rng.integers(1, 3, len(steps.kind)), 0),
        "mark": np.zeros(len(steps.kind)),
    }


def _usual(columns: dict[str, IntArray]) -> dict[str, IntArray]:
    """Make up what is usual: it depends on whom it is about alone, and is not known of some."""
    of = {"usual": columns["instrument"], "peer": columns["capacity"]}
    of |= {name: columns[name] for name in ("account", "trader", "desk", "venue")}
    made = {}
    for place, name in enumerate(BASELINE_FIELDS):
        code = of[name.partition("_")[0]].astype(np.int64)
        made[name] = np.where(code % 4 > 0, (code * 7919 + place * 104_729) % 900_001 + 1, NULL)
    return made


def _make_nulls(columns: dict[str, IntArray], kind: IntArray, share: float, rng: np.random.Generator) -> None:
    """Take values away: some anywhere, and of every second revision all that it may leave out."""
    leaves_out = np.isin(kind, _REVISING) & (rng.random(len(kind)) < 0.5)
    for name, values in columns.items():
        if name in _NEVER_NULL:
            continue
        absent = rng.random(len(kind)) < max(share, _OFTEN_ABSENT.get(name, 0.0) if share else 0.0)
        if name != "side":
            absent |= leaves_out
        columns[name] = np.where(absent, COLUMN[name].null_value, values)


def _ids(steps: Steps) -> dict[str, Any]:
    named = pc.binary_join_element_wise(_text(steps.block), _text(steps.about), "-")
    belongs = {"order": np.isin(steps.kind, _ORDER_KINDS), "trade": np.isin(steps.kind, _TRADE_KINDS)}
    return {
        name: pc.if_else(pa.array(mask), pc.binary_join_element_wise(pa.scalar(name[0]), named, ""), None)
        for name, mask in belongs.items()
    }


def _text(values: IntArray) -> Any:
    return pa.array(values).cast(pa.string())


def _with_marks(batch: EventBatch, every: int) -> EventBatch:
    """Put in marks that close and open the session of all venues."""
    time = batch.columns["time"]
    at = np.arange(int(time[0]) + every, int(time[-1]), every)
    marks = np.tile([int(Mark.SESSION_CLOSE), int(Mark.SESSION_OPEN)], len(at))
    when = np.repeat(at, 2)
    order = np.argsort(np.concatenate((time, when)), kind="stable")
    columns = {}
    for name, values in batch.columns.items():
        more = np.full(len(when), COLUMN[name].null_value, dtype=values.dtype)
        columns[name] = np.concatenate((values, more))[order]
    is_mark = order >= len(time)
    columns["time"][is_mark] = when[order[is_mark] - len(time)]
    columns["kind"][is_mark] = int(Kind.MARK)
    columns["mark"][is_mark] = marks[order[is_mark] - len(time)]
    columns["trading_day"] = (columns["time"] // _DAY).astype(np.int32)
    columns["source"][is_mark] = 0
    columns["terms"][is_mark] = 0
    texts = {
        name: pa.concat_arrays([_whole(array), pa.nulls(len(when), pa.string())]).take(pa.array(order))
        for name, array in batch.texts.items()
    }
    return EventBatch(columns, texts)


def _whole(array: Any) -> Any:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
