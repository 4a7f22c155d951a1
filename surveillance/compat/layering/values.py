"""One row as Layering Analytics reads it: with Python's own numbers, which have no bounds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

from surveillance.compat.layering.timestamps import Stamp, read_stamp
from surveillance.events.schema import Kind, Side

SIDES: Final = {"BUY": int(Side.BUY), "SELL": int(Side.SELL)}
EVENTS: Final = {
    "ORDER_PLACED": int(Kind.ORDER),
    "ORDER_CANCELLED": int(Kind.CANCEL),
    "TRADE_EXECUTED": int(Kind.TRADE),
}


class Row(NamedTuple):
    """A row that is accepted."""

    stamp: Stamp
    account: str
    product: str
    side: int
    price: Decimal
    quantity: int
    kind: int


class RowError(Exception):
    """A row is skipped.

    Parameters
    ----------
    field : str
        The first column, in the order in which they are checked, that cannot be used.
    code : str
        Kebab-case reason.
    reason : str
        One sentence.
    """

    def __init__(self, field: str, code: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.code, self.reason = field, code, reason


def read_row(cells: Sequence[str | None]) -> Row:
    """Read a row.

    Parameters
    ----------
    cells : sequence of str or None
        Texts in the order of `records.FIELDS`; None where the row is too short.

    Raises
    ------
    RowError
        With the first field that cannot be used: time, side, price, quantity, event, account, product.
    """
    time, account, product, side, price, quantity, event = cells
    stamp = _stamp(_text("timestamp", time))
    known_side = SIDES.get(_text("side", side).upper(), 0)
    if not known_side:
        raise RowError("side", "unknown-value", f"{_shown(side)} is neither BUY nor SELL")
    exact = _price(_text("price", price))
    whole = _quantity(_text("quantity", quantity))
    kind = EVENTS.get(_text("event_type", event).upper(), 0)
    if not kind:
        raise RowError("event_type", "unknown-value", f"{_shown(event)} is none of {', '.join(EVENTS)}")
    names = [_text("account_id", account), _text("product_id", product)]
    for field, name in zip(("account_id", "product_id"), names, strict=True):
        if not name:
            raise RowError(field, "empty", f"{field} is empty")
    return Row(stamp, names[0], names[1], known_side, exact, whole, kind)


def _text(field: str, cell: str | None) -> str:
    if cell is None:
        raise RowError(field, "short-record", f"the row ends before its {field}")
    return cell.strip()


def _stamp(text: str) -> Stamp:
    try:
        return read_stamp(text)
    except ValueError:
        raise RowError("timestamp", "bad-time", f"{_shown(text)} is no ISO 8601 time") from None


def _price(text: str) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise RowError("price", "bad-number", f"{_shown(text)} is not a number") from None
    if price.is_nan() or price <= 0:
        raise RowError("price", "not-positive", f"a price of {_shown(text)} is not above 0")
    return price


def _quantity(text: str) -> int:
    try:
        quantity = int(text)
    except ValueError:
        raise RowError("quantity", "bad-number", f"{_shown(text)} is not a whole number") from None
    if quantity <= 0:
        raise RowError("quantity", "not-positive", f"a quantity of {_shown(text)} is not above 0")
    return quantity


def _shown(text: str | None) -> str:
    text = text or ""
    return repr(text if len(text) <= 60 else text[:57] + "...")
