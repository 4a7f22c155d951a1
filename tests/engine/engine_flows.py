"""Flows that hide nothing: steady abuse, day-long episodes, a hot key, silences, busts, two sources."""

from __future__ import annotations

import numpy as np
from tape_helpers import DAY, cut, make_batch

from surveillance.engine.engine import Engine
from surveillance.events.schema import COLUMNS, IDS, NULL, Kind, Mark
from surveillance.tape.order import END, ReorderBuffer, join

SECOND = 10**9
START = 20_000 * DAY + 9 * 3600 * SECOND
FIELDS = frozenset(column.name for column in COLUMNS) - set(IDS)

RULES = {
    "burst": "detector: notional.burst\nparams: {window: 60s, limits: {equity: 1_000 USD, derivative: 3_000 USD}}\n"
    "when: {times_limit: {above: 3}}",
    "burst-by-class": "detector: notional.burst\n"
    "params: {window: 60s, limits: {equity: 1_000 USD, derivative: 900 USD}}\nwhen: {times_limit: {at_least: 2}}\n"
    "asset_classes: {equity: {}, derivative: {params: {window: 5m}}}",
    "churn": "detector: wash.churn\nparams: {window: 30s}\n"
    "when: {buys: {at_least: 2}, sells: {at_least: 2}, alternation: {at_least: 60%}}",
    "churn-ahead": "detector: wash.churn\nparams: {window: 30s, anchor: start}\n"
    "when: {buys: {at_least: 2}, sells: {at_least: 2}, alternation: {at_least: 60%}}",
    "churn-in-session": "detector: wash.churn\nparams: {window: 2m, within: session}\ngap: 1s\n"
    "when: {buys: {at_least: 3}, sells: {at_least: 3}}",
    "churn-with-long-gap": "detector: wash.churn\nparams: {window: 5s}\ngap: 2h\n"
    "when: {buys: {at_least: 1}, sells: {at_least: 1}}",
    "layers": "detector: layering\nparams: {placed: 10s, cancelled: 5s, traded: 5s, lifetime: 20s}\nconsume: true\n"
    "when: {orders: {at_least: 2}, cancels: {at_least: 2}}",
    "layers-joined": "detector: layering\nparams: {placed: 10s, cancelled: 5s, traded: 5s, lifetime: 20s, "
    "sequence: cancel_then_fill}\nwhen: {orders: {at_least: 2}, cancels: {at_least: 1}}",
}


def random_columns(count, seed, *, accounts=6, spread=2):
    """Orders, cancels, trades, busts and corrections of a few accounts; every value drawn."""
    random = np.random.default_rng(seed)
    kind = random.choice(
        [Kind.ORDER] * 4 + [Kind.CANCEL] * 3 + [Kind.TRADE] * 6 + [Kind.BUST, Kind.CORRECT, Kind.MARK], count
    )
    revising = (kind == Kind.BUST) | (kind == Kind.CORRECT)
    silent = revising & (random.random(count) < 0.5)  # names neither side nor market
    account = random.integers(1, accounts + 1, count)
    instrument = random.integers(1, 4, count)
    return {
        "time": START + np.cumsum(random.integers(0, spread, count)) * SECOND,
        "source": np.zeros(count, dtype=np.int64),
        "kind": kind,
        "mark": np.where(kind == Kind.MARK, random.choice([Mark.SESSION_CLOSE, Mark.NEWS], count), 0),
        "side": np.where(silent, 0, random.integers(1, 3, count)),
        "account": np.where(~revising & (random.random(count) < 0.03), 0, account),
        "trader": (account + 1) // 2,
        "instrument": np.where(silent, 0, instrument),
        "venue": np.where(silent, 0, instrument),
        "asset_class": np.where(instrument == 3, 3, 1),
        "terms": np.where(instrument == 3, 1, 0),
        "price": random.integers(90, 110, count),
        "quantity": random.integers(1, 500, count),
        "base_notional": random.integers(0, 2_000, count) * 10_000,
        "trading_day": np.full(count, 20_000),
        # a revision names one of the last trades of its own account: a shard has whatever concerns it
        "trade": [f"T{one}-{row % 40}" for row, one in enumerate(account.tolist())],
    }


def hot_key(count=700):
    """Nine events in ten are of one account and instrument: a market maker who never rests."""
    columns = random_columns(count, 11)
    hot = np.random.default_rng(12).random(count) < 0.9
    for name, value in (
        ("account", 1),
        ("trader", 1),
        ("instrument", 1),
        ("venue", 1),
        ("asset_class", 1),
        ("terms", 0),
    ):
        columns[name] = np.where(hot, value, columns[name])
    columns["trade"] = [f"T{one}-{row % 40}" if one else None for row, one in enumerate(columns["account"].tolist())]
    return columns


def steady_abuse(count=700):
    """One account layers and churns without a pause: every rule fires at once and its episode lasts to the end."""
    columns = random_columns(count, 21)
    step = np.arange(count)
    pattern = np.array(
        [Kind.ORDER, Kind.ORDER, Kind.ORDER, Kind.TRADE, Kind.CANCEL, Kind.CANCEL, Kind.CANCEL, Kind.TRADE]
    )
    columns |= {
        "time": START + step * SECOND,
        "kind": pattern[step % 8],
        "side": np.where(step % 8 == 3, 2, 1),
        "mark": np.zeros(count, dtype=np.int64),
        "account": np.where(step % 5 == 4, 2, 1),
        "trader": np.ones(count, dtype=np.int64),
        "instrument": np.ones(count, dtype=np.int64),
        "asset_class": np.ones(count, dtype=np.int64),
        "terms": np.zeros(count, dtype=np.int64),
        "trade": [None] * count,
    }
    return columns


def day_long(count=500):
    """Trades of one account a minute apart, sides in turn: an episode of ten hours in which no window is full."""
    columns = steady_abuse(count)
    step = np.arange(count)
    columns |= {
        "time": START + step // 3 * 60 * SECOND + step % 3 * SECOND,
        "kind": np.full(count, Kind.TRADE),
        "side": step % 2 + 1,
        "account": np.where(step % 7 == 0, 3, 1),
    }
    return columns


def silences(count=600):
    """Bursts between silences longer than any window, over two trading days."""
    columns = random_columns(count, 31, spread=1)
    block = np.arange(count) // 45
    columns["time"] = START + block * 7200 * SECOND + np.arange(count) % 45 * (SECOND // 2)
    columns["trading_day"] = columns["time"] // DAY
    return columns


def two_sources(count=700):
    """Two feeds of one market with many equal times, each with its own trade ids."""
    columns = random_columns(count, 41)
    columns["source"] = np.random.default_rng(42).integers(0, 2, count)
    return columns


FLOWS = {
    "random": lambda: random_columns(700, 1),
    "hot key": hot_key,
    "steady abuse": steady_abuse,
    "day-long episode": day_long,
    "silences": silences,
    "two sources": two_sources,
}


def in_order(columns):
    """Return the batch of a flow in the one order (time, source, position), positions counted by source."""
    source = np.asarray(columns["source"])
    position = np.zeros(len(source), dtype=np.int64)
    for one in np.unique(source):
        position[source == one] = np.arange((source == one).sum())
    batch = make_batch(**columns, order=[f"O{row}" for row in range(len(source))])
    batch.columns["position"] = position
    order = np.lexsort((position, source, batch.columns["time"]))
    return batch.take(order)


def told(episodes):
    """Say everything of findings that a reader sees, in an order that depends on nothing but themselves."""
    said = [
        (
            one.judge.rule.id,
            tuple(sorted(one.names.items())),
            one.trail.first_time,
            one.trail.last_time,
            one.trail.count,
            one.trail.digest,
            one.hits,
            one.strength,
            one.last_hit,
            tuple(sorted(one.measures.items())),
            tuple(condition.text for condition in one.conditions),
            tuple(tuple(sorted(event.items(), key=str)) for event in one.evidence.facts()),
        )
        for one in episodes
    ]
    return sorted(said, key=repr)


def make_engine(book, detectors, dictionaries, **options):
    return Engine(book, detectors, dictionaries, ["first", "second"], fields=FIELDS, **options)


def find(engine, batch, size=None):
    """Push a flow in pieces of `size` rows, each with the latest true watermark; return all findings."""
    found = []
    pieces = cut(batch, size)
    for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
        found += engine.push(piece, NULL if after is None else int(after.columns["time"][0]))
    found += engine.finish()
    assert engine.faults == {}
    return told(found)


def find_through_buffer(engine, batch, sizes, random):
    """Feed each source in pieces of its own size, in any interleaving, through the reorder buffer."""
    buffer, found = ReorderBuffer(2), []
    left = [batch.take(batch.columns["source"] == source) for source in range(2)]
    while any(len(one) for one in left):
        source = int(random.integers(0, 2))
        if len(left[source]):
            buffer.add(left[source].take(slice(0, sizes[source])), source)
            left[source] = left[source].take(slice(sizes[source], None))
            if not len(left[source]):
                buffer.finish(source)
        released = buffer.release()
        found += engine.push(released, buffer.watermark)
    assert buffer.watermark == END
    assert buffer.late_count == 0
    found += engine.finish()
    assert engine.faults == {}
    return told(found)


__all__ = ["FLOWS", "RULES", "find", "find_through_buffer", "in_order", "join", "make_engine", "told"]
