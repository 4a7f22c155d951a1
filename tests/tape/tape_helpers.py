"""Events from plain Python values, cut into batches in any way, and a tape with all that moves along with it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from surveillance.engine.station import Plant
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import CODES, COLUMN, COLUMNS, IDS, NULL, Kind
from surveillance.tape.order import END
from surveillance.tape.sessions import Sessions
from surveillance.tape.tape import Tape

FIELDS = frozenset(column.name for column in COLUMNS) - set(IDS)
DAY = 86_400 * 10**9


def make_batch(time, *, source=0, first=0, kind=Kind.TRADE, trade=None, order=None, **columns):
    """Make a batch; each column is one value for all rows or one a row, None being null."""
    count = len(time)
    values = {"time": time, "source": source, "position": range(first, first + count), "kind": kind, "terms": 0}
    made = {}
    for name, given in {**values, **columns}.items():
        spec = COLUMN[name]
        listed = list(given) if isinstance(given, (list, tuple, range, np.ndarray)) else [given] * count
        whole = [spec.null_value if value is None else int(value) for value in listed]
        made[name] = np.array(whole, dtype=spec.dtype)
    texts = {name: pa.array(ids, pa.string()) for name, ids in (("trade", trade), ("order", order)) if ids is not None}
    return EventBatch(made, texts)


def make_dictionaries(size=64):
    """Make dictionaries in which the codes 1 to `size` of every column have a text."""
    made = Dictionaries()
    for name in CODES:
        for code in range(1, size + 1):
            made[name].code(f"{name}-{code}")
    for scale in (2, 4, 0, 6, 8):
        made.terms.code(1, 1, scale, 0)
    return made


def cut(batch, size):
    """Cut a batch into pieces of `size` rows; None leaves it whole."""
    size = max(len(batch), 1) if size is None else size
    return [batch.take(slice(low, low + size)) for low in range(0, max(len(batch), 1), size)]


def watermarked(batch, size):
    """Yield pieces with the greatest watermark that is true of each, then the end of input."""
    pieces = cut(batch, size)
    for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
        newest = piece.columns["time"][-1] if len(piece) else NULL
        yield piece, int(newest if after is None else after.columns["time"][0])
    yield None, END


class Bench:
    """A tape with its keys, revisions, windows, threads and ticks; `push` moves them all, as the engine does."""

    def __init__(self, dictionaries=None, fields=FIELDS, *, reserve=True, exchange=None):
        self.tape = Tape(fields, dictionaries or make_dictionaries(), reserve=reserve)
        Sessions(self.tape)
        self.plant = Plant(self.tape, exchange)
        self.windows, self.keys, self.revisions = self.plant.windows, self.plant.keys, self.plant.revisions
        self.threads = []
        self.ticks = []

    def push(self, batch, watermark=NULL):
        low = high = self.tape.end
        if batch is None:
            self.tape.watermark = max(self.tape.watermark, watermark)
        else:
            low, high = self.tape.append(self.revisions.prepare(batch), watermark)
        for threads in self.threads:
            threads.advance(low, high)
        self.windows.advance(low, high)
        for ticks in self.ticks:
            ticks.advance()

    def forget(self, head):
        for threads in self.threads:
            threads.unlink(head)
        self.tape.forget(head)
