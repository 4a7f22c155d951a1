"""Words of feeds: what columns are called, and what sides and kinds of events are called in them."""

from __future__ import annotations

import re
from typing import Final

NESTED: Final = 50
ENDS_LIKE: Final = 100
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "time": (
        "timestamp", "event_time", "transact_time", "transaction_time", "exec_time", "execution_time", "trade_time",
        "time_ns", "time_us", "time_ms", "time", "ts", "datetime", "date_time", "order_time", "created_at",
        "occurred_at", "utc_time", "sending_time", "created", "seconds", "when", "t",
    ),
    "kind": (
        "event_type", "event_kind", "event", "kind", "message_type", "msg_type", "exec_type", "action", "record_type",
        "transaction_type", "order_status", "status", "type", "what",
    ),
    "side": (
        "side", "buy_sell", "buysell", "bs", "b_s", "order_side", "trade_side", "direction", "way", "verb", "is_buy",
        "is_buyer_maker", "taker_side", "aggressor_side", "sign",
    ),
    "price": (
        "price", "limit_price", "px", "order_price", "trade_price", "fill_price", "last_px", "exec_price",
        "execution_price", "unit_price", "clean_price", "clean", "price_cents", "rate",
    ),
    "quantity": (
        "quantity", "qty", "order_qty", "size", "shares", "contracts", "lots", "trade_qty", "fill_qty", "last_qty",
        "exec_qty", "filled_quantity", "volume", "amount", "nominal", "face",
    ),
    "notional": ("notional", "trade_value", "gross_amount", "consideration", "turnover", "quote_qty", "value"),
    "currency": ("currency", "ccy", "price_currency", "trade_currency", "curr", "cur"),
    "instrument": (
        "instrument", "instrument_id", "symbol", "ticker", "isin", "product_id", "product", "security_id", "security",
        "ric", "figi", "sedol", "cusip", "contract", "pair",
    ),
    "asset_class": ("asset_class", "product_class", "asset_type"),
    "venue": ("venue", "mic", "exchange", "trading_venue", "market", "last_mkt"),
    "account": (
        "account", "account_id", "acct", "acct_id", "account_no", "account_number", "client_account", "client_id",
        "client", "customer_id", "customer", "cust_id", "cust", "acc_id", "acc", "participant", "member_id", "member",
        "user_id",
    ),
    "beneficial_owner": ("beneficial_owner", "owner", "owner_id", "ubo"),
    "trader": ("trader", "trader_id", "trader_code", "dealer", "dealer_id", "user"),
    "desk": ("desk", "desk_id", "book", "portfolio"),
    "counterparty": ("counterparty", "counterparty_id", "cpty", "contra", "contra_party"),
    "order": (
        "order_id", "order", "orderid", "cl_ord_id", "client_order_id", "oid", "order_ref", "order_no",
        "order_number", "order_reference",
    ),
    "parent_order": ("parent_order_id", "parent_order", "parent_id"),
    "trade": (
        "trade_id", "trade", "exec_id", "execution_id", "fill_id", "deal_id", "match_id", "tid", "trade_no",
        "trade_number",
        "trade_ref",
    ),
    "multiplier": ("multiplier", "contract_multiplier", "contract_size"),
    "order_type": ("order_type", "ord_type"),
    "time_in_force": ("time_in_force", "tif"),
    "capacity": ("capacity", "order_capacity"),
    "aggressor": ("aggressor", "liquidity", "maker_taker"),
    "mark": ("mark",),
}  # fmt: skip
"""Names of columns by field, the surest first."""

OF_FILLS: Final = {
    "price": ("fill_price", "last_px", "exec_price", "execution_price", "trade_price"),
    "quantity": ("fill_qty", "last_qty", "exec_qty", "filled_quantity", "trade_qty", "last_shares"),
}
"""Names of columns that hold a field for trades alone, beside another one for orders."""

_FILLING: Final = frozenset({"fill", "fills", "filled", "last", "exec", "execution", "executed", "trade", "traded"})
_OTHER_NUMBERS: Final = frozenset(
    {
        *("cum", "cumulative", "leaves", "remaining", "left", "avg", "average", "min", "max", "display", "displayed"),
        *("prev", "previous", "old", "orig", "original", "stop", "ref", "reference", "mid", "high", "low", "close"),
    }
)
"""Words of columns whose prices and quantities are not those of the event."""

DATES: Final = ("date", "trade_date", "day", "trading_day", "business_date")
TIMES_OF_DAY: Final = ("time", "trade_time", "time_of_day", "clock", "order_time", "exec_time")

SIDES: Final = {
    **dict.fromkeys(("buy", "b", "bid", "bought", "buyer", "purchase", "long", "1", "+1", "k", "buy_to_open"), "buy"),
    **dict.fromkeys(
        ("sell", "s", "ask", "a", "offer", "o", "sold", "seller", "sale", "short", "2", "-1", "ss", "sell_short",
         "short_sell", "5", "v", "sell_to_close"),
        "sell",
    ),
}  # fmt: skip

OPPOSITES: Final = {
    "buy": "sell", "b": "s", "bid": "ask", "bought": "sold", "buyer": "seller", "long": "short", "1": "2", "k": "v",
}  # fmt: skip
"""Words for the two sides that go together."""

KINDS: Final = {
    "bust": ("bust", "busted", "broken", "trade_cancel", "trade_cancelled", "trade_canceled", "trade_bust"),
    "correct": ("correct", "corrected", "correction", "trade_correct"),
    "cancel": (
        "cancel", "cancelled", "canceled", "cancellation", "delete", "deleted", "del", "c", "d", "pulled", "withdrawn",
        "remove", "removed",
    ),
    "amend": (
        "amend", "amended", "replace", "replaced", "modify", "modified", "modification", "update", "updated", "change",
        "changed", "restated", "u", "m", "r",
    ),
    "reject": ("reject", "rejected", "refused"),
    "expire": ("expire", "expired", "expiry", "done_for_day"),
    "trade": (
        "trade", "traded", "fill", "filled", "execution", "executed", "exec", "match", "matched", "partial_fill",
        "partially_filled", "deal", "e", "f", "t", "p",
    ),
    "quote": ("quote", "quoted", "q"),
    "order": (
        "new", "order", "ordered", "placed", "place", "add", "added", "submit", "submitted", "insert", "inserted",
        "entered", "entry", "enter", "open", "n",
    ),
}  # fmt: skip
"""Words for kinds; of several in one value, the kind that stands first here counts: ORDER_CANCELLED is a cancel."""

_ACKS: Final = frozenset({"ack", "acked", "acknowledged", "acknowledgement", "accepted", "confirmed"})
NO_EVENTS: Final = frozenset(
    {
        *_ACKS,
        *("req", "request", "requested"),
        *("pending", "heartbeat", "status", "suspended", "triggered"),
    }
)
"""Words of values that are no events: requests, answers that change nothing, noise."""

NOTHING: Final = ("NULL", "null", "Null", "N/A", "n/a", "NA", "#N/A", "None", "none", "nan", "NaN", "-", "\\N", "?")
"""Texts that stand for no value."""


def plain(name: str) -> str:
    """Return a name in lower case with its words joined by underscores: ``accountId`` is ``account_id``."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def rank(field: str, column: str) -> int | None:
    """Return how sure a column's name says a field: 0 is surest; None if it does not.

    From `NESTED` on the last part of a path says it, from `ENDS_LIKE` on the name only ends like one of the field.
    """
    known = NAMES[field]
    whole, last = plain(column), plain(column.rpartition(".")[2])
    if field in OF_FILLS and set(whole.split("_")) & _OTHER_NUMBERS:
        return None
    for first, text in ((0, whole), (NESTED, last)):
        for number, name in enumerate(known):
            if text == name or text.replace("_", "") == name.replace("_", ""):
                return first + number
    for number, name in enumerate(known):
        if len(name) > 1 and whole.endswith(f"_{name}"):
            return ENDS_LIKE + number
    return None


def is_of_fills(field: str, column: str) -> bool:
    """Tell whether a column's name says that it holds a price or quantity for trades alone."""
    name = plain(column)
    return name in OF_FILLS[field] or (rank(field, column) is not None and bool(set(name.split("_")) & _FILLING))


def answered_kind(value: str) -> str | None:
    """Return the kind that an acknowledgement confirms: CANCEL_ACK a cancel; None where it says none."""
    words = set(plain(value).split("_"))
    return kind_of("_".join(sorted(words - _ACKS))) or None if words & _ACKS and words - _ACKS else None


def kind_of(value: str) -> str | None:
    """Return the kind that a value says; empty if it says that there is no event, None if it is not understood."""
    text = plain(value)
    words = set(text.split("_"))
    if words & NO_EVENTS:
        return ""
    if words & set(KINDS["reject"]) and words & {*KINDS["cancel"], *KINDS["amend"]}:
        return ""  # the order stays as it was
    for kind, known in KINDS.items():
        if text in known:
            return kind
    return next((kind for kind, known in KINDS.items() if words & {word for word in known if len(word) > 1}), None)
