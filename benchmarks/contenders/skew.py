"""A million trades of so many accounts: does it matter whether one account makes them all?

usage: skew.py RULES EVENTS ACCOUNTS QUANTITY
Small quantities keep all thresholds out of reach, large ones make every event a hit.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engines import engine

from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import AssetClass, Kind

rules, (events, accounts, size) = Path(sys.argv[1]), map(int, sys.argv[2:])
BATCH = 65_536
DAY = 20_528
dictionaries = Dictionaries()
terms = dictionaries.terms.code(int(AssetClass.EQUITY), 0, 2, 0)
instrument = dictionaries["instrument"].code("I1")
for name, letter in (("account", "A"), ("trader", "T")):
    for number in range(accounts):
        dictionaries[name].code(f"{letter}{number}")
running = engine(rules, dictionaries)
chance = np.random.default_rng(7)


def batch(first: int, rows: int) -> EventBatch:
    row = np.arange(first, first + rows)
    who = (row % accounts + 1).astype(np.int32)
    quantity = np.full(rows, size)
    price = chance.integers(9_900, 10_100, rows)
    money = price * quantity * 100
    wide = {"time": DAY * 86_400_000_000_000 + row * 23_400_000_000_000 // events, "position": row}
    return EventBatch({
        **wide, "price": price, "quantity": quantity, "notional": money, "base_notional": money,
        "source": np.zeros(rows, np.int32), "terms": np.full(rows, terms, np.int32), "account": who, "trader": who,
        "instrument": np.full(rows, instrument, np.int32), "trading_day": np.full(rows, DAY, np.int32),
        "kind": np.full(rows, int(Kind.TRADE), np.int8), "side": chance.integers(1, 3, rows).astype(np.int8),
        "asset_class": np.full(rows, int(AssetClass.EQUITY), np.int8),
    })  # fmt: skip


took, findings = 0, 0
for first in range(0, events, BATCH):
    made = batch(first, min(BATCH, events - first))
    watermark = int(made.columns["time"][-1])
    began = time.process_time_ns()
    findings += len(running.push(made, watermark))
    took += time.process_time_ns() - began
findings += len(running.finish())
print(json.dumps({"ns_per_event": took / events, "findings": findings}))
