"""The canonical event schema: the wall that everything else leans on.

An event is one row of whole numbers. Text lives in dictionaries beside the rows: a code of 0 is null. A 64-bit
value that is absent is `NULL`; an enumeration's 0 is null.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

NULL: Final = int(np.iinfo(np.int64).min)
"""The absent value of every 64-bit column."""

NULL_DAY: Final = int(np.iinfo(np.int32).min)
"""The absent value of a day column."""

MONEY_SCALE: Final = 4
"""Money is held in units of 10**-4 of its currency, rounded half even at the door."""

PPM: Final = 1_000_000
"""Ratios are held in parts per million."""

MAX_DECIMALS: Final = 12
"""Most decimals that an instrument's price or quantity scale may have."""


class Kind(IntEnum):
    """What happened."""

    ORDER = 1
    AMEND = 2
    CANCEL = 3
    REJECT = 4
    EXPIRE = 5
    TRADE = 6
    BUST = 7
    CORRECT = 8
    QUOTE = 9
    MARK = 10


class Side(IntEnum):
    """The side of the order, fill or quote that the row describes."""

    BUY = 1
    SELL = 2


class AssetClass(IntEnum):
    """Class of the instrument; rules set their thresholds per class."""

    EQUITY = 1
    FIXED_INCOME = 2
    DERIVATIVE = 3
    FX = 4
    CRYPTO = 5
    COMMODITY = 6


class Band(IntEnum):
    """Liquidity band of the instrument, from reference data."""

    LIQUID = 1
    NORMAL = 2
    ILLIQUID = 3


class OrderType(IntEnum):
    """How the order is priced."""

    MARKET = 1
    LIMIT = 2
    STOP = 3
    STOP_LIMIT = 4
    PEGGED = 5
    ICEBERG = 6


class TimeInForce(IntEnum):
    """How long the order stands."""

    DAY = 1
    GTC = 2
    IOC = 3
    FOK = 4
    GTD = 5
    AT_OPEN = 6
    AT_CLOSE = 7


class Capacity(IntEnum):
    """For whom the order is worked."""

    CLIENT = 1
    HOUSE = 2
    MARKET_MAKER = 3


class Aggressor(IntEnum):
    """Whether this side of the fill removed liquidity (taker) or gave it (maker)."""

    TAKER = 1
    MAKER = 2


class NotionalBasis(IntEnum):
    """Whether the notional came with the event or was computed from it."""

    REPORTED = 1
    COMPUTED = 2
    COMPUTED_WITHOUT_DELTA = 3


class Mark(IntEnum):
    """What a MARK row says."""

    SESSION_OPEN = 1
    SESSION_CLOSE = 2
    AUCTION_START = 3
    AUCTION_END = 4
    NEWS = 5


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the tape.

    Parameters
    ----------
    name : str
        The field's standard term.
    dtype : str
        numpy type of the column on the tape.
    holds : str
        ``time``, ``number`` (fixed point), ``enum``, ``code`` (of a dictionary), ``id`` (of an order or trade),
        ``day`` or ``row`` (made by the tape itself).
    meaning : str
        One line for the docs and the JSON Schema.
    null : str
        What an absent value means; empty when the column is never null.
    """

    name: str
    dtype: str
    holds: str
    meaning: str
    null: str = ""

    @property
    def null_value(self) -> int:
        """The value that stands for null."""
        if self.dtype == "int64":
            return NULL
        return NULL_DAY if self.holds == "day" else 0


COLUMNS: Final[tuple[Column, ...]] = (
    Column("time", "int64", "time", "When it happened at the venue: ns since 1970-01-01 UTC."),
    Column("source", "int32", "row", "Ordinal of the source; sources are ordered by name."),
    Column("position", "int64", "row", "Number of the record in its source, from 0."),
    Column("kind", "int8", "enum", "order, amend, cancel, reject, expire, trade, bust, correct, quote or mark."),
    Column("side", "int8", "enum", "buy or sell.", "a mark, or the feed does not say"),
    Column("price", "int64", "number", "Limit, fill or quote price in units of 10**-price_scale.", "market order"),
    Column("quantity", "int64", "number", "Quantity in units of 10**-quantity_scale of the instrument.", "not given"),
    Column("notional", "int64", "number", "Money of the event in its own currency, 10**-4.", "cannot be known"),
    Column("notional_basis", "int8", "enum", "reported, computed or computed_without_delta.", "no notional"),
    Column("currency", "int32", "code", "ISO 4217 code (or coin) of price and notional.", "the feed does not say"),
    Column("base_notional", "int64", "number", "Notional in the base currency, 10**-4.", "no rate was published"),
    Column("fx_day", "int32", "day", "Publication day of the rate used, days since 1970-01-01.", "no rate was needed"),
    Column("order_type", "int8", "enum", "market, limit, stop, stop_limit, pegged or iceberg.", "not given"),
    Column("time_in_force", "int8", "enum", "day, gtc, ioc, fok, gtd, at_open or at_close.", "not given"),
    Column("capacity", "int8", "enum", "client, house or market_maker.", "not given"),
    Column("aggressor", "int8", "enum", "taker or maker, of a fill.", "not a fill, or not given"),
    Column("mark", "int8", "enum", "What a mark says: session_open, session_close, auction_…, news.", "not a mark"),
    Column("instrument", "int32", "code", "Instrument.", "the feed does not say"),
    Column("asset_class", "int8", "enum", "equity, fixed_income, derivative, fx, crypto or commodity.", "not known"),
    Column("band", "int8", "enum", "Liquidity band: liquid, normal or illiquid.", "not known"),
    Column("terms", "int32", "row", "Code of (asset class, band, scales, tick size): picks thresholds."),
    Column("venue", "int32", "code", "Venue (MIC).", "not given"),
    Column("calendar", "int32", "code", "Trading calendar of the venue or instrument.", "none was given"),
    Column("account", "int32", "code", "Account.", "not given"),
    Column("beneficial_owner", "int32", "code", "Beneficial owner of the account, or its linked group.", "not known"),
    Column("linked_owner", "int32", "code", "The owner itself, in whose place its group stands.", "not in a group"),
    Column("trader", "int32", "code", "Trader.", "not given"),
    Column("desk", "int32", "code", "Desk.", "not given"),
    Column("counterparty", "int32", "code", "Counterparty of a fill.", "not given"),
    Column("order", "int32", "id", "Order id.", "not given"),
    Column("parent_order", "int32", "id", "Id of the parent order.", "no parent"),
    Column("trade", "int32", "id", "Trade id; both sides of a trade share it.", "not a fill, or not given"),
    Column("trading_day", "int32", "day", "Trading day of the venue, days since 1970-01-01."),
    Column("session", "int32", "row", "Ordinal of the trading session; `within: session` windows stay inside one."),
)

COLUMN: Final[dict[str, Column]] = {column.name: column for column in COLUMNS}

IDENTITY: Final[tuple[Column, ...]] = (
    Column("identity_1", "int64", "row", "One half of what identifies the record."),
    Column("identity_2", "int64", "row", "The other half."),
)
"""What batches carry on the way to the tape, where the feed says what identifies a record; it ends before the tape."""

CARRIED: Final[dict[str, Column]] = COLUMN | {column.name: column for column in IDENTITY}
"""Columns of the tape, and what batches carry beside them."""

ENUMS: Final[dict[str, type[IntEnum]]] = {
    "kind": Kind,
    "side": Side,
    "asset_class": AssetClass,
    "band": Band,
    "order_type": OrderType,
    "time_in_force": TimeInForce,
    "capacity": Capacity,
    "aggressor": Aggressor,
    "notional_basis": NotionalBasis,
    "mark": Mark,
}

CODES: Final[tuple[str, ...]] = tuple(column.name for column in COLUMNS if column.holds == "code")
"""Columns whose texts live in a dictionary of their own."""

IDS: Final[tuple[str, ...]] = tuple(column.name for column in COLUMNS if column.holds == "id")
"""Columns of high cardinality: ids of orders and trades."""
