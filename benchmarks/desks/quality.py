"""Quality of alerts: share above low that is true, episodes found and alerts a day, beside the module before.

python benchmarks/desks/quality.py [--original FILE] [--seeds 200-219]
"""

from __future__ import annotations

import argparse
import json
import os
import time

import numpy as np
from days import make_day
from modules import load

os.environ.setdefault("TRADE_SURVEILLANCE_ALERTS", "off")


def hits(burst, trader, start, end) -> bool:
    """Tell whether an alert is about a burst."""
    return trader == burst.trader and start <= burst.end and end >= burst.start


def judged(day, found, times) -> dict:
    """Count one module's alerts of one day."""
    spans = []
    for desk in found:
        for one in desk:
            at = [times[name] for name in one["trades"]]
            peak = [times[name] for name in one.get("peak_trades", one["trades"])]
            spans.append((one["trader_id"], min(at), max(at), min(peak), max(peak), one.get("level", "none")))
    raised = [one for one in spans if one[5] != "low"]
    true = [one for one in raised if any(hits(burst, one[0], one[3], one[4]) for burst in day.bursts)]
    over = [burst for burst in day.bursts if burst.over_limit]
    seen = {n for n, burst in enumerate(over) if any(hits(burst, one[0], one[1], one[2]) for one in spans)}
    above = {n for n, burst in enumerate(over) if any(hits(burst, one[0], one[3], one[4]) for one in raised)}
    return {
        "alerts": len(spans), "raised": len(raised), "true": len(true), "over": len(over), "seen": seen, "above": above,
        "traders": len({one[0] for one in raised}),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--original")
    parser.add_argument("--seeds", default="200-219")
    options = parser.parse_args()
    first, last = map(int, options.seeds.split("-"))
    modules = {"new": load(None)} | ({"before": load(options.original)} if options.original else {})
    rows: dict[str, list[dict]] = {name: [] for name in modules}
    for seed in range(first, last + 1):
        day = make_day(seed)
        times = {one["trade_id"]: one["timestamp"] for feed in day.feeds for one in feed}
        feeds = [json.dumps(feed) for feed in day.feeds]
        for name, module in modules.items():
            module._api_call = lambda desk, feeds=feeds: feeds[desk]  # noqa: SLF001 - the one seam
            started = time.perf_counter()
            found = module.process_all_desks(range(len(feeds)))
            rows[name].append(judged(day, found, times) | {"seconds": time.perf_counter() - started})
        print(seed, len(times), {name: (r[-1]["raised"], r[-1]["true"]) for name, r in rows.items()}, flush=True)
    lost = 0
    if "before" in rows:
        lost = sum(len(old["seen"] - new["seen"]) for old, new in zip(rows["before"], rows["new"], strict=True))
    for name, days in rows.items():
        total = {key: sum(row[key] for row in days) for key in ("alerts", "raised", "true", "over", "traders")}
        shares = [row["true"] / row["raised"] for row in days if row["raised"]]
        print(
            f"{name}: {total['true'] / max(total['raised'], 1):.1%} of alerts above low true "
            f"(days from {min(shares):.0%} to {max(shares):.0%}); "
            f"episodes over the limit {total['over']}, returned {sum(len(row['seen']) for row in days)}, "
            f"above low {sum(len(row['above']) for row in days)}; "
            f"alerts a day {total['alerts'] / len(days):.1f}, above low {total['raised'] / len(days):.1f}, "
            f"median {np.median([row['seconds'] for row in days]):.2f} s a day"
        )
    print("episodes that the module before finds and the new one does not:", lost)


if __name__ == "__main__":
    main()
