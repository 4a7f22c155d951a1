"""Memory of a call over many desks follows the workers and the largest feed, not the number of desks."""

from __future__ import annotations

import os
import subprocess
import sys

CODE = """
import json, random, resource, sys, time
import trade_surveillance_pipeline as pipeline

def call(desk):
    rng = random.Random(desk)
    return json.dumps([
        {"trade_id": f"D{desk}-{n:06d}", "asset_class": "equity", "notional": rng.randrange(1, 90_000),
         "currency": "USD", "trader_id": f"T{rng.randrange(400)}", "timestamp": 1_700_000_000 + rng.random() * 28_800,
         "note": "x" * 800}
        for n in range(5_000)
    ])

pipeline._api_call = call
results = pipeline.process_all_desks(range(int(sys.argv[1])))
assert results.complete
assert len(results) == int(sys.argv[1])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
FEED = 950 * 5_000 // 1024
"""Size of the text of one feed, KB, about."""


def peak(desks):
    """Return the peak memory of a process that looks at some desks, KB."""
    environ = {**os.environ, "TRADE_SURVEILLANCE_ALERTS": "off", "TRADE_SURVEILLANCE_WORKERS": "3"}
    command = [sys.executable, "-c", CODE, str(desks)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_sixty_desks_take_little_more_memory_than_six():
    few, many = peak(6), peak(60)
    assert many - few < 54 * FEED / 2, (few, many)  # what grows are the columns of ten times the trades in a window
