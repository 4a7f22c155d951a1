"""Days of trades at six desks with labelled bursts, for the quality of alerts.

What is unusual is drawn without regard to money: a burst is a multiple of what its own trader usually does, and who
has one is drawn evenly among traders whose usual half hour differs by a factor of a thousand. For every burst another
trader, for whom that much is usual, trades a block of the same size.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

HALF_HOUR = 1800.0
OPEN, SESSION = 1_795_161_600.0, 8 * 3600.0
DESKS = 6
CLASSES = {"equity": 1_000_000, "fixed_income": 5_000_000, "derivative": 2_000_000}


@dataclass(slots=True)
class Burst:
    trader: str
    start: float
    end: float
    over_limit: bool = False


@dataclass(slots=True)
class Day:
    feeds: list[list[dict]] = field(default_factory=lambda: [[] for _ in range(DESKS)])
    bursts: list[Burst] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Trader:
    name: str
    asset_class: str
    desks: np.ndarray
    usual: float
    trades: float
    spread: float


def make_day(seed: int, traders: int = 150, bursts: int = 12) -> Day:
    """Return one day."""
    rng = np.random.default_rng(seed)
    day, people = Day(), []
    for number in range(traders):
        person = Trader(
            f"TR{number:04d}",
            str(rng.choice(list(CLASSES))),
            rng.permutation(DESKS)[: rng.integers(1, 4)],
            float(np.exp(rng.uniform(np.log(3e4), np.log(3e7)))),
            float(np.exp(rng.uniform(np.log(1.5), np.log(25.0)))),
            float(rng.uniform(0.4, 1.3)),
        )
        people.append(person)
        day.limits[person.name] = CLASSES[person.asset_class]
    trades: list[tuple[float, Trader, float]] = []
    for person in people:
        _flow(rng, person, trades)
        if rng.random() < 0.2:  # trades in blocks, several times a day
            moments = rng.uniform(0, SESSION, rng.integers(3, 9))
            trades += [(moment, person, person.usual * rng.uniform(1.5, 4.0)) for moment in moments]
    chosen = rng.permutation(traders)[:bursts]
    for number in chosen:
        _burst(rng, people[number], people, set(chosen.tolist()), trades, day)
    trades.sort(key=lambda one: one[0])
    for number, (moment, person, notional) in enumerate(trades):
        desk = int(person.desks[number % len(person.desks)])
        day.feeds[desk].append(
            {
                "trade_id": f"D{desk}-{number:06d}",
                "asset_class": person.asset_class,
                "notional": round(notional, 2),
                "currency": "USD",
                "trader_id": person.name,
                "timestamp": round(OPEN + moment, 3),
                "surveillance_required": bool(rng.random() < 0.5),
            }
        )
    _mark_over_limit(day, trades)
    return day


def _flow(rng, person, trades) -> None:
    """Add what a trader usually does: busier at the open and the close."""
    mean = person.usual / person.trades
    for start in np.arange(0.0, SESSION, HALF_HOUR):
        busy = 1.0 + 0.6 * (2 * start / SESSION - 1) ** 2
        count = rng.poisson(person.trades * busy)
        sizes = mean * np.exp(rng.normal(0, person.spread, count) - person.spread**2 / 2)
        trades += zip(
            rng.uniform(start, start + HALF_HOUR, count).tolist(), [person] * count, sizes.tolist(), strict=True
        )


def _burst(rng, person, people, chosen, trades, day) -> None:
    """Add a burst, and a benign block of the same size by somebody for whom it is usual."""
    length = float(rng.uniform(300, 1500))
    start = float(rng.uniform(0, SESSION - length))
    total = person.usual * float(rng.uniform(6, 15))
    count = int(rng.integers(1, max(2, int(person.trades * 4))))
    parts = rng.dirichlet(np.full(count, 4.0)) * total
    moments = np.sort(rng.uniform(start, start + length, count))
    trades += zip(moments.tolist(), [person] * count, parts.tolist(), strict=True)
    day.bursts.append(Burst(person.name, OPEN + float(moments[0]), OPEN + float(moments[-1])))
    able = [one for n, one in enumerate(people) if n not in chosen and one.usual >= total]
    if able:
        trades.append((float(rng.uniform(0, SESSION)), able[rng.integers(len(able))], total))


def _mark_over_limit(day, trades) -> None:
    """Note which bursts pass three times the limit within half an hour, counting all that their trader did."""
    for burst in day.bursts:
        mine = np.array([(OPEN + moment, size) for moment, person, size in trades if person.name == burst.trader])
        near = mine[(mine[:, 0] >= burst.start - HALF_HOUR) & (mine[:, 0] <= burst.end + HALF_HOUR)]
        ends = near[(near[:, 0] >= burst.start) & (near[:, 0] <= burst.end + HALF_HOUR), 0]
        most = max(near[(near[:, 0] >= end - HALF_HOUR) & (near[:, 0] <= end), 1].sum() for end in ends)
        burst.over_limit = bool(most > 3 * day.limits[burst.trader])
