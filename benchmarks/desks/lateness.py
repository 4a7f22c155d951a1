"""How late alerts are: six desks, one of which stalls 5 s a call, at the rate of a million trades in an hour.

Every call hands out the trades of the last 35 minutes, as a desk's interface does that knows nothing of who asked
before. In real time: a burst is late by the time from its second trade, which takes it over the limit for either
module, to the return of the first call that tells of it.

    python benchmarks/desks/lateness.py [--original FILE] [--rate 1.0] [--minutes 3]
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np
from modules import load

os.environ.setdefault("TRADE_SURVEILLANCE_ALERTS", "off")
DESKS, HOUR, WINDOW, BURST_EVERY = 6, 3600.0, 2100.0, 5.0


def render(desk, times, traders, notionals):
    return [
        f'{{"trade_id": "D{desk}-{n:07d}", "asset_class": "equity", "notional": {notional:.2f}, "currency": "USD", '
        f'"trader_id": "{trader}", "timestamp": {moment:.6f}, "surveillance_required": true}}'
        for n, (moment, trader, notional) in enumerate(zip(times, traders, notionals, strict=True))
    ]


def make(now, rate):
    """Return texts and times of each desk's trades in an hour of which 45 minutes have passed, and the bursts."""
    rng = np.random.default_rng(5)
    begin = now - 0.75 * HOUR
    bursts = [(f"B{n:05d}", begin + n * BURST_EVERY + rng.uniform(0, 3)) for n in range(int(HOUR / BURST_EVERY))]
    extra = [[] for _ in range(DESKS)]
    for name, moment in bursts:
        for turn, desk in enumerate(rng.permutation(DESKS)[:3]):
            # the first two at one desk: the module before looks at one desk at a time
            extra[rng.integers(DESKS) if turn > 1 else hash(name) % DESKS].append((moment + 20.0 * turn, name, 2e6))
            del desk
    feeds = []
    for desk in range(DESKS):
        count = int(rate * 1_000_000 / DESKS)
        times = np.concatenate([rng.uniform(begin, begin + HOUR, count), [one[0] for one in extra[desk]]])
        traders = [f"T{n:04d}" for n in rng.integers(0, 5000, count)] + [one[1] for one in extra[desk]]
        money = np.concatenate([rng.lognormal(8.5, 1.0, count), [one[2] for one in extra[desk]]])
        order = np.argsort(times)
        texts = render(desk, times[order], [traders[n] for n in order], money[order])
        feeds.append((",".join(texts), times[order], np.cumsum([0, *(len(text) + 1 for text in texts)])))
    return feeds, {name: moment + 20.0 for name, moment in bursts}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--original")
    parser.add_argument("--rate", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=3.0)
    options = parser.parse_args()
    module = load(options.original)
    now = time.time() + 15.0 * options.rate + 2.0
    feeds, crossed = make(now, options.rate)
    time.sleep(max(now - time.time(), 0))

    def call(desk):
        if desk == DESKS - 1:
            time.sleep(5)
        text, times, ends = feeds[desk]
        moment = time.time()
        first, last = np.searchsorted(times, [moment - WINDOW, moment])
        return "[" + text[ends[first] : ends[last] - 1] + "]"

    module._api_call = call  # noqa: SLF001 - the one seam
    told: dict[str, float] = {}
    begin, calls = time.time(), []
    while time.time() - begin < options.minutes * 60:
        started = time.time()
        found = module.process_all_desks(range(DESKS))
        returned = time.time()
        calls.append(returned - started)
        for one in (one for desk in found for one in desk):
            told.setdefault(one["trader_id"], returned)
    ended = time.time()
    mine = {name: moment for name, moment in crossed.items() if begin <= moment <= ended - 2 * max(calls)}
    late = np.array([told[name] - moment for name, moment in mine.items() if name in told])
    missed = sum(name not in told for name in mine)
    print(f"{len(calls)} calls of {np.median(calls):.1f} s (most {max(calls):.1f})")
    if len(late):
        p50, p99, most = (np.percentile(late, share) for share in (50, 99, 100))
        print(f"{len(mine)} bursts, {missed} not told; late by p50 {p50:.1f}, p99 {p99:.1f}, most {most:.1f} s")
    else:
        print("no burst of this time was told within it")


if __name__ == "__main__":
    main()
