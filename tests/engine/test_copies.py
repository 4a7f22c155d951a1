"""A finding keeps its first and last events as the tape had them, however they came and whenever they were copied."""

from itertools import cycle

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from tape_helpers import make_batch, make_dictionaries

from surveillance.engine.copies import MOST, Copies
from surveillance.events.batch import EventBatch
from surveillance.events.schema import NULL, Kind
from surveillance.tape.tape import Tape

BLOCK = 100


def tape_of(rows):
    """Return a tape whose blocks have ids of trades, of orders, or of neither."""
    tape = Tape({"account", "price"}, make_dictionaries(), reserve=False)
    for first in range(0, rows, BLOCK):
        places = np.arange(first, min(first + BLOCK, rows))
        batch = make_batch(time=places, kind=Kind.TRADE, account=1, price=places * 3)
        batch.columns["position"] = places
        texts = {"trade": pa.array([f"T{row}" if row % 3 else None for row in places.tolist()], pa.string())}
        texts = ({}, texts, {"order": pa.array([f"O{row}" for row in places.tolist()], pa.large_string())})
        tape.append(EventBatch(batch.columns, texts[first // BLOCK % 3]), NULL)
    return tape


def expected_ids(name, rows):
    if name == "trade":
        return [f"T{row}" if row // BLOCK % 3 == 1 and row % 3 else None for row in rows]
    return [f"O{row}" if row // BLOCK % 3 == 2 else None for row in rows]


@given(
    chosen=st.sets(st.integers(0, 1499), min_size=1, max_size=1500) | st.just(set(range(1500))),
    steps=st.lists(st.tuples(st.integers(20, 400), st.sampled_from(["no", "all", "some"])), min_size=1, max_size=8),
)
def test_the_first_and_last_rows_are_kept_whatever_the_cuts_and_the_copying(chosen, steps):
    tape, rows, copies = tape_of(1500), np.array(sorted(chosen)), Copies()
    done = cut = 0
    for step, settle in cycle(steps):
        cut += step
        end = int(np.searchsorted(rows, cut))
        copies.extend(rows[done:end])
        done = end
        if settle != "no":
            copies.settle(tape, None if settle == "all" else max(cut - 300, 0))
        if cut >= 1500:
            break
    copies.settle(tape)
    kept = rows.tolist() if len(rows) <= MOST else [*rows[: MOST // 2].tolist(), *rows[-MOST // 2 :].tolist()]
    block = copies.whole()
    assert block["position"].tolist() == kept
    assert block["price"].tolist() == [3 * row for row in kept]
    for name in ("order", "trade"):
        wanted = expected_ids(name, kept)
        assert (block[name].to_pylist() if name in block else [None] * len(kept)) == wanted
        assert (name in block) == any(wanted)
    assert "parent_order" not in block
