"""Files of transactions: a day of order flow, and groups that are dense or sparse in their windows."""

from __future__ import annotations

from pathlib import Path

import numpy as np

HEADER = "timestamp,account_id,product_id,side,price,quantity,event_type\n"
OPEN = np.datetime64("2025-10-27T09:30:00.000", "ms")
DAY_MS = 23_400_000
KINDS = np.array(["ORDER_PLACED", "ORDER_CANCELLED", "TRADE_EXECUTED"])
SIDES = np.array(["BUY", "SELL"])


def write(path: Path, time, account, product, side, price, quantity, kind) -> None:
    """Write rows, in the order of their times; prices are in cents."""
    order = np.argsort(time, kind="stable")
    texts = np.datetime_as_string(OPEN + time[order].astype("timedelta64[ms]"), unit="ms").tolist()
    columns = (account, product, SIDES[side], price, quantity, KINDS[kind])
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        for at, who, what, way, cents, size, event in zip(
            texts, *(one[order].tolist() for one in columns), strict=True
        ):
            file.write(f"{at}Z,ACC{who:06d},SYM{what:04d},{way},{cents // 100}.{cents % 100:02d},{size},{event}\n")


def write_day(path: Path, rows: int, seed: int = 7) -> None:
    """Write a day: busy accounts and products and quiet ones, busier at the open and the close.

    Of the orders, 55 % are cancelled and 35 % filled within seconds; one row in 500 belongs to a pattern that is found.
    """
    rng = np.random.default_rng(seed)
    orders = int(rows / 1.9) + 1_000
    u = rng.random(orders)
    time = np.where(rng.random(orders) < 0.5, u * u / 2, 1 - u * u / 2) * DAY_MS
    account = _popular(rng, max(50, rows // 50), 0.6, orders)
    product = _popular(rng, 200, 0.9, orders)
    side, quantity = rng.integers(0, 2, orders), 100 * rng.integers(1, 21, orders)
    price = np.round(rng.uniform(500, 50_000, 200)[product] * (1 + rng.normal(0, 0.001, orders))).astype(np.int64)
    fate = rng.random(orders)
    cancelled, filled = fate < 0.55, (fate >= 0.55) & (fate < 0.90)
    parts = [[time, account, product, side, price, quantity, np.zeros(orders, np.int64)]]
    for chosen, kind, mean in ((cancelled, 1, 20_000), (filled, 2, 8_000)):
        later = time[chosen] + rng.exponential(mean, chosen.sum())
        rest = [one[chosen] for one in (account, product, side, price, quantity)]
        parts.append([later, *rest, np.full(chosen.sum(), kind)])
    episodes = max(1, rows // 5_000)
    parts += [_layering(rng, rows // 50 or 50) for _ in range(episodes // 2)]
    parts += [_wash(rng, rows // 50 or 50) for _ in range(episodes - episodes // 2)]
    columns = [np.concatenate(one) for one in zip(*parts[::-1], strict=True)]  # patterns first: they are not cut off
    columns = [one[:rows] for one in columns]
    columns[0] = np.minimum(columns[0], DAY_MS).astype(np.int64)
    write(path, *columns)


def _popular(rng, count: int, skew: float, size: int):
    weights = np.arange(1, count + 1) ** -skew
    return rng.choice(count, size, p=weights / weights.sum())


def _layering(rng, accounts: int):
    """Three to six orders of one side within 9 s, cancelled within 4 s, then a trade of the other side."""
    count, side = int(rng.integers(3, 7)), int(rng.integers(0, 2))
    begin = rng.uniform(0, DAY_MS - 1_900_000)
    placed = begin + np.sort(rng.uniform(0, 9_000, count))
    gone = placed[-1] + np.sort(rng.uniform(50, 4_000, count))
    time = np.concatenate([placed, gone, [gone[-1] + 300]])
    total = len(time)
    kind = np.repeat([0, 1, 2], [count, count, 1])
    sides = np.append(np.full(total - 1, side), 1 - side)
    who, what = np.full(total, rng.integers(accounts)), np.full(total, rng.integers(200))
    return [time, who, what, sides, np.full(total, 10_000), 100 * rng.integers(10, 80, total), kind]


def _wash(rng, accounts: int):
    """Six to 14 trades of changing side within half an hour."""
    count = int(rng.integers(6, 15))
    time = rng.uniform(0, DAY_MS - 1_900_000) + np.sort(rng.uniform(0, 1_700_000, count))
    who, what = np.full(count, rng.integers(accounts)), np.full(count, rng.integers(200))
    sides = (np.arange(count) + rng.integers(0, 2)) % 2
    quantity = 100 * rng.integers(20, 60, count)
    return [time, who, what, sides, rng.integers(9_900, 10_100, count), quantity, np.full(count, 2)]


def write_groups(path: Path, rows: int, in_a_window: int, *, trades: bool, seed: int = 3) -> None:
    """Write groups of which each has so many rows within 20 minutes, and none before or after.

    Sides of trades are drawn, so that hardly any window alternates enough; where there are orders as well, all are of
    one side. So what is measured is looking, not writing.
    """
    rng = np.random.default_rng(seed)
    groups = rows // in_a_window
    account = np.repeat(np.arange(groups), in_a_window)
    size = len(account)
    begin = np.repeat(np.sort(rng.uniform(0, DAY_MS - 1_200_000, groups)), in_a_window)
    time = (begin + rng.uniform(0, 1_200_000, size)).astype(np.int64)
    kind = np.full(size, 2) if trades else rng.integers(0, 3, size)
    side = rng.integers(0, 2, size) if trades else np.zeros(size, np.int64)
    columns = (side, rng.integers(9_000, 11_000, size), 100 * rng.integers(1, 20, size), kind)
    write(path, time, account, account % 200, *columns)
