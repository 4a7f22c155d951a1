"""CPU time of each batch of a live feed: from the events' arrival to what their findings need.

usage: live.py EVENTS.parquet REFERENCE RULES BATCH_ROWS
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engines import engine

from surveillance.events.dictionary import Dictionaries
from surveillance.events.profile import load_profile
from surveillance.events.reference import read_reference
from surveillance.feeds.source import open_sources
from surveillance.tape.order import ReorderBuffer

events, reference, rules, rows = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
dictionaries = Dictionaries()
profile, known = load_profile("canonical"), read_reference(reference)
(source,) = open_sources(
    [events], profile, dictionaries=dictionaries, on_reject=print, reference=known, block_rows=rows
)
running, buffer = engine(rules, dictionaries), ReorderBuffer(1, in_order=True)
took = []
for batch in source.batches():
    began = time.process_time_ns()
    buffer.add(batch, 0)
    running.push(buffer.release(), buffer.watermark)
    took.append(time.process_time_ns() - began)
milliseconds = np.array(took) / 1e6
p50, p99 = np.percentile(milliseconds, [50, 99])
print(json.dumps({"batches": len(took), "p50_ms": p50, "p99_ms": p99, "max_ms": milliseconds.max()}))
