"""Both modules over the same trades, each size in a process of its own; and a million trades at six desks.

python benchmarks/desks/speed.py [--original FILE] [--million]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

SIZES = (1_000, 2_000, 4_000, 8_000)
HERE = Path(__file__).resolve()

WORK = """
import resource, sys, time
sys.path.insert(0, {here!r})
from modules import load
begin = time.perf_counter()
module = load({path!r})
import json
trades = json.load(open({data!r}))
start = time.perf_counter()
cpu = time.process_time()
found = module.detect_anomalies(trades)
print(json.dumps([time.perf_counter() - start, time.process_time() - cpu, time.perf_counter() - begin, len(found)]))
"""

MILLION = """
import resource, sys, time
sys.path.insert(0, {here!r})
from modules import load
module = load(None)
module._api_call = lambda desk: open({folder!r} + "/" + str(desk)).read()
start, cpu = time.perf_counter(), time.process_time()
found = module.process_all_desks(range({desks}))
import json
print(json.dumps([time.perf_counter() - start, time.process_time() - cpu,
    resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, sum(map(len, found))]))
"""


def make_trades(count: int, seed: int, desk: int = 0) -> list[dict]:
    """Return trades of 200 traders over eight hours, few of them near the limit."""
    rng = random.Random(seed)
    return [
        {
            "trade_id": f"D{desk}-{number:07d}",
            "asset_class": rng.choice(("equity", "fixed_income", "derivative")),
            "notional": round(rng.lognormvariate(9.5, 1.4), 2),
            "currency": rng.choice(("USD", "EUR", "GBP", "JPY")),
            "trader_id": f"TR{rng.randrange(500):04d}",
            "timestamp": round(1_795_161_600 + rng.random() * 28_800, 3),
            "surveillance_required": True,
        }
        for number in range(count)
    ]


def measure(code: str) -> list[float]:
    """Run code in a process of its own; return what it printed."""
    environ = {**os.environ, "TRADE_SURVEILLANCE_ALERTS": "off", "PYTHONPATH": str(HERE.parents[2])}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def growth(path: str | None, data: Path) -> None:
    last = 0.0
    for size in SIZES:
        code = WORK.format(here=str(HERE.parent), path=path, data=str(data / f"{size}.json"))
        wall, cpu, whole, found = min(measure(code) for _ in range(2))
        times = f", x{cpu / last:.2f}" if last else ""
        print(f"  {size:>6,}: call {wall:7.3f} s wall, {cpu:7.3f} s CPU{times}; with import {whole:.3f} s; {found:.0f}")
        last = cpu


def million(desks: int, each: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for desk in range(desks):
            (Path(folder) / str(desk)).write_text(json.dumps(make_trades(each, desk, desk)))
        wall, cpu, memory, found = measure(MILLION.format(here=str(HERE.parent), folder=folder, desks=desks))
    print(
        f"  {desks} desks of {each:,}: {wall:.2f} s wall, {cpu:.2f} s CPU, peak {memory:.0f} MB; {found:.0f} anomalies"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--original")
    parser.add_argument("--million", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            (Path(folder) / f"{size}.json").write_text(json.dumps(make_trades(size, size)))
        for path in (options.original, None) if options.original else (None,):
            print("before" if path else "new")
            growth(path, Path(folder))
    if options.million:
        print("all desks")
        for desks, each in ((6, 166_667), (60, 16_667), (6, 50_000), (60, 50_000)):
            million(desks, each)


if __name__ == "__main__":
    main()
