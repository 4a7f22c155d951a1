"""A plain, slow reading of how Layering Analytics behaves: one row at a time, nothing clever, nothing of the engine.

The tests compare the files that it writes with those of the engine, as bytes.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

COLUMNS = ("timestamp", "account_id", "product_id", "side", "price", "quantity", "event_type")
SUSPICIOUS = (
    "account_id", "product_id", "total_buy_qty", "total_sell_qty", "num_cancelled_orders", "detected_timestamp",
    "detection_type", "alternation_percentage", "price_change_percentage",
)  # fmt: skip
DETECTIONS = ("account_id", "product_id", "order_timestamps", "duration_seconds")


class FatalError(Exception):
    """The run ends with status 1 and writes nothing."""


class Event(NamedTuple):
    time: datetime
    account: str
    product: str
    side: str
    price: Decimal
    quantity: int
    kind: str


class Found(NamedTuple):
    account: str
    product: str
    buy: int
    sell: int
    cancelled: int
    kind: str
    start: datetime
    end: datetime
    orders: list[datetime]
    alternation: float | None
    change: float | None


def read(data: bytes) -> tuple[list[Event], list[str]]:
    """Return the events, and the reasons for which rows were skipped."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FatalError("not UTF-8") from error
    rows = csv.DictReader(io.StringIO(text, newline=""))
    missing = set(COLUMNS) - set(rows.fieldnames or ())
    if missing:
        raise FatalError(f"missing {sorted(missing)}")
    events, skipped = [], []
    for row in rows:
        try:
            events.append(read_row(row))
        except (ValueError, AttributeError, InvalidOperation) as error:  # noqa: PERF203 - it is plain and slow
            skipped.append(str(error))
    return events, skipped


def read_row(row: dict[str, str]) -> Event:
    stamp = row["timestamp"].strip()
    stamp = stamp[:-1] + "+00:00" if stamp.endswith("Z") else stamp
    time = datetime.fromisoformat(stamp)
    side = row["side"].strip().upper()
    if side not in {"BUY", "SELL"}:
        raise ValueError("side")
    price = Decimal(row["price"].strip())
    if price <= 0:  # raises for NaN
        raise ValueError("price")
    quantity = int(row["quantity"].strip())
    if quantity <= 0:
        raise ValueError("quantity")
    kind = row["event_type"].strip().upper()
    if kind not in {"ORDER_PLACED", "ORDER_CANCELLED", "TRADE_EXECUTED"}:
        raise ValueError("event type")
    account, product = row["account_id"].strip(), row["product_id"].strip()
    if not account or not product:
        raise ValueError("empty id")
    return Event(time, account, product, side, price, quantity, kind)


def groups_of(events: list[Event]) -> list[list[Event]]:
    """Return the events of each account and product in time order, groups by their first appearance."""
    groups: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        groups.setdefault((event.account, event.product), []).append(event)
    try:
        return [sorted(group, key=lambda event: event.time) for group in groups.values()]
    except TypeError as error:
        raise FatalError("naive and aware times") from error


def layering(group: list[Event], placed: float = 10, cancelled: float = 5, traded: float = 2) -> list[Found]:
    found, i = [], 0
    while i < len(group):
        anchor = group[i]
        if anchor.kind != "ORDER_PLACED":
            i += 1
            continue
        start, side = anchor.time, anchor.side
        window = [
            j
            for j in range(i, len(group))
            if group[j].kind == "ORDER_PLACED"
            and group[j].side == side
            and group[j].time - start <= timedelta(seconds=placed)
        ]
        deadline = group[window[-1]].time + timedelta(seconds=cancelled)
        cancels = [
            event.time
            for event in group
            if event.kind == "ORDER_CANCELLED" and event.side == side and start <= event.time <= deadline
        ]
        ending = None
        if len(window) >= 3 and len(cancels) >= 3:
            last = max(cancels)
            for event in group:
                if (
                    event.kind == "TRADE_EXECUTED"
                    and event.side != side
                    and last <= event.time <= last + timedelta(seconds=traded)
                ):
                    ending = event
                    break
        if ending is None:
            i += 1
            continue
        inside = [event for event in group if start <= event.time <= ending.time]
        gone = [event.quantity for event in inside if event.kind == "ORDER_CANCELLED" and event.side == side]
        bought = [event.quantity for event in inside if event.kind == "TRADE_EXECUTED" and event.side != side]
        totals = (sum(gone), sum(bought)) if side == "BUY" else (sum(bought), sum(gone))
        orders = [group[j].time for j in window]
        found.append(
            Found(
                anchor.account, anchor.product, *totals, len(gone), "LAYERING", start, ending.time, orders, None, None
            )
        )
        i = window[-1] + 1
    return found


def wash(trades: list[Event]) -> list[Found]:
    found = []
    for i, first in enumerate(trades):
        window = [trade for trade in trades[i:] if trade.time - first.time <= timedelta(minutes=30)]
        buys = [trade.quantity for trade in window if trade.side == "BUY"]
        sells = [trade.quantity for trade in window if trade.side == "SELL"]
        if len(buys) < 3 or len(sells) < 3 or sum(buys) + sum(sells) < 10_000:
            continue
        changes = sum(window[j].side != window[j - 1].side for j in range(1, len(window)))
        alternation = changes / (len(window) - 1) * 100
        if alternation < 60.0:
            continue
        change = change_of(float(first.price), float(window[-1].price))
        found.append(
            Found(
                first.account, first.product, sum(buys), sum(sells), 0, "WASH_TRADING", first.time, window[-1].time, [],
                alternation, change,
            )
        )  # fmt: skip
    return found


def change_of(first: float, last: float) -> float | None:
    if first == 0:
        return None
    change = abs(last - first) / first * 100
    return change if change >= 1.0 else None


def detect(events: list[Event]) -> list[Found]:
    all_groups = groups_of(events)
    trades = groups_of([event for event in events if event.kind == "TRADE_EXECUTED"])
    return [one for group in all_groups for one in layering(group)] + [one for group in trades for one in wash(group)]


def sanitised(text: str) -> str:
    return "'" + text if any(mark in text for mark in "=+-@\t\r") else text


def write(found: list[Found]) -> tuple[bytes, bytes]:
    """Return suspicious_accounts.csv and detections.csv."""
    suspicious, detections = io.StringIO(newline=""), io.StringIO(newline="")
    first, second = csv.writer(suspicious), csv.writer(detections)
    first.writerow(SUSPICIOUS)
    second.writerow(DETECTIONS)
    for one in found:
        ids = [sanitised(one.account), sanitised(one.product)]
        alternation, change = ("" if x is None else f"{x:.2f}" for x in (one.alternation, one.change))
        first.writerow([*ids, one.buy, one.sell, one.cancelled, one.end.isoformat(), one.kind, alternation, change])
        orders = ";".join(time.isoformat() for time in one.orders)
        second.writerow([*ids, orders, f"{(one.end - one.start).total_seconds():.3f}"])
    return suspicious.getvalue().encode(), detections.getvalue().encode()


def run(source: Path) -> tuple[bytes, bytes, int]:
    """Return the content of the two files and how many rows were skipped."""
    events, skipped = read(source.read_bytes())
    return (*write(detect(events)), len(skipped))
