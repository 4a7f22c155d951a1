"""From the engine's whole numbers to a table of the canonical schema's columns."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from surveillance.events.schema import Aggressor, AssetClass, Capacity, Kind, Mark, OrderType, Side, TimeInForce
from surveillance.simulator import book as b
from surveillance.simulator.population import Population

SCALE: Final = 4
"""Decimals of the price and quantity columns; instruments may use fewer."""

DECIMAL: Final = pa.decimal128(18, SCALE)
TEXT: Final = pa.dictionary(pa.int32(), pa.string())
ENUMS: Final = {
    "kind": (Kind, b.R_KIND),
    "side": (Side, b.R_SIDE),
    "order_type": (OrderType, b.R_TYPE),
    "time_in_force": (TimeInForce, b.R_TIF),
    "aggressor": (Aggressor, b.R_AGGRESSOR),
    "mark": (Mark, b.R_MARK),
}

SCHEMA: Final = pa.schema(
    [
        ("time", pa.timestamp("ns", tz="UTC")),
        ("kind", TEXT),
        ("side", TEXT),
        ("price", DECIMAL),
        ("quantity", DECIMAL),
        ("currency", TEXT),
        ("order_type", TEXT),
        ("time_in_force", TEXT),
        ("capacity", TEXT),
        ("aggressor", TEXT),
        ("mark", TEXT),
        ("instrument", TEXT),
        ("asset_class", TEXT),
        ("venue", TEXT),
        ("account", TEXT),
        ("beneficial_owner", TEXT),
        ("trader", TEXT),
        ("desk", TEXT),
        ("counterparty", TEXT),
        ("order", pa.string()),
        ("parent_order", pa.string()),
        ("trade", pa.string()),
    ]
)
"""Columns of the events, in the order in which they are written."""

IntArray = NDArray[Any]


class Renderer:
    """Turns rows of the engine into Arrow tables.

    Parameters
    ----------
    population : Population
    lows : int array, instruments
        Tick of the lowest step of each instrument's price ladder.
    """

    def __init__(self, population: Population, lows: IntArray) -> None:
        people, instruments = population, population.instruments
        self.people, self.lows = people, lows
        self.tick = np.array([one.tick * 10 ** (SCALE - one.price_scale) for one in instruments])
        self.lot = np.array([one.lot * 10 ** (SCALE - one.quantity_scale) for one in instruments])
        self.texts: dict[str, Any] = {
            name: pa.array([one.name.lower() for one in enum]) for name, (enum, _) in ENUMS.items()
        }
        self.texts["capacity"] = pa.array([one.name.lower() for one in Capacity])
        self.texts["asset_class"] = pa.array([one.name.lower() for one in AssetClass])
        self.asset_class = np.array([int(one.asset_class) for one in instruments]) - 1
        self.currency, self.texts["currency"] = _coded([one.currency for one in instruments])
        self.venue, self.texts["venue"] = _coded([one.venue for one in instruments])
        self.texts["instrument"] = pa.array([one.name for one in instruments])
        self.texts["account"] = pa.array(people.account_ids)
        self.texts["beneficial_owner"] = pa.array(people.owner_ids)
        self.texts["trader"] = pa.array(people.trader_ids)
        self.texts["desk"] = pa.array(people.desk_ids)
        self.texts["counterparty"] = self.texts["account"]

    def table(self, rows: IntArray) -> Any:
        """Return rows of the engine as a table of `SCHEMA`."""
        instrument, account, other = (rows[:, at].copy() for at in (b.R_INSTRUMENT, b.R_ACCOUNT, b.R_OTHER))
        marks, anonymous = rows[:, b.R_KIND] == b.MARK, account < 0
        people = self.people
        codes = {name: rows[:, at] - 1 for name, (_, at) in ENUMS.items()}
        codes |= {
            "capacity": np.where(anonymous, -1, people.capacity[account] - 1),
            "asset_class": np.where(marks, -1, self.asset_class[instrument]),
            "instrument": np.where(marks, -1, instrument),
            "currency": np.where(marks, -1, self.currency[instrument]),
            "venue": self.venue[instrument],
            "account": account,
            "beneficial_owner": np.where(anonymous, -1, people.owner[account]),
            "trader": np.where(anonymous, -1, people.trader[account]),
            "desk": np.where(anonymous, -1, people.desk[account]),
            "counterparty": other,
        }
        columns: dict[str, Any] = {name: self._dictionary(name, code) for name, code in codes.items()}
        columns["time"] = pa.array(rows[:, b.R_TIME].copy()).cast(SCHEMA.field("time").type)
        price = (rows[:, b.R_PRICE] + self.lows[instrument]) * self.tick[instrument]
        columns["price"] = _decimal(price, rows[:, b.R_PRICE] == b.NO_PRICE)
        columns["quantity"] = _decimal(rows[:, b.R_QUANTITY] * self.lot[instrument], marks)
        columns["order"] = _numbered("O", rows[:, b.R_ORDER])
        columns["parent_order"] = _numbered("O", rows[:, b.R_PARENT])
        columns["trade"] = _numbered("X", rows[:, b.R_TRADE])
        return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)

    def _dictionary(self, name: str, codes: IntArray) -> Any:
        codes = codes.astype(np.int32)
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), self.texts[name])


def _coded(texts: list[str]) -> tuple[IntArray, Any]:
    distinct, codes = np.unique(texts, return_inverse=True)
    return codes, pa.array(distinct.tolist())


def _decimal(values: IntArray, absent: IntArray) -> Any:
    """Return whole numbers of 10**-SCALE as 128-bit decimals: two little-endian limbs each, the upper one the sign."""
    limbs = np.empty((len(values), 2), np.int64)
    limbs[:, 0], limbs[:, 1] = values, values >> 63
    valid = np.packbits(~absent, bitorder="little")
    return pa.Array.from_buffers(DECIMAL, len(values), [pa.py_buffer(valid), pa.py_buffer(limbs)])


def _numbered(letter: str, numbers: IntArray) -> Any:
    """Return ids of a letter and nine digits; number 0 is null."""
    present = np.flatnonzero(numbers)
    digits = np.empty((len(present), 10), np.uint8)
    digits[:, 0] = ord(letter)
    left = numbers[present]
    for place in range(9, 0, -1):
        left, digit = np.divmod(left, 10)
        digits[:, place] = digit + ord("0")
    ends = np.zeros(len(numbers) + 1, np.int32)
    ends[1:] = np.cumsum(numbers != 0) * 10
    valid = pa.py_buffer(np.packbits(numbers != 0, bitorder="little"))
    return pa.Array.from_buffers(pa.string(), len(numbers), [valid, pa.py_buffer(ends), pa.py_buffer(digits)])
