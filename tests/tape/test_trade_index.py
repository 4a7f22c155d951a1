"""The rows of a trade are found by its id, however many others share its chain, as long as the tape holds them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import Kind
from surveillance.tape import trade_index
from surveillance.tape.tape import Tape
from surveillance.tape.trade_index import TradeIndex, buckets_of

IDS = [None, "", "T1", "T2", "a much longer trade id", "Ünïcode"]
ROWS = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from([Kind.TRADE, Kind.ORDER, Kind.BUST])), min_size=1)


def batch(first, rows):
    columns = {
        "time": np.arange(first, first + len(rows)),
        "source": np.zeros(len(rows), np.int32),
        "position": np.arange(first, first + len(rows)),
        "kind": np.array([kind for _, kind in rows], np.int8),
        "terms": np.zeros(len(rows), np.int32),
    }
    return EventBatch(columns, {"trade": pa.array([text for text, _ in rows], pa.string())})


@given(batches=st.lists(ROWS, max_size=5), before=st.integers(0, 5), head=st.integers(0, 20), collide=st.booleans())
def test_the_rows_of_a_trade_are_those_that_have_its_id(batches, before, head, collide):
    def bucketed(texts):
        found = buckets_of(texts)
        return np.minimum(found, 1) if collide else found

    tape, index, everything = Tape((), Dictionaries(), reserve=False), None, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trade_index, "buckets_of", bucketed)
        for number, rows in enumerate(batches):
            if number == before:
                index = TradeIndex(tape)
            made = batch(len(everything), rows)
            first, _ = tape.append(made, len(everything))
            everything += rows
            if index is not None:
                index.add(bucketed(made.texts["trade"]), first)
        index = index or TradeIndex(tape)
    tape.head = min(head, tape.end)
    for text in ("T1", "T2", "a much longer trade id", "Ünïcode", "never seen"):
        bucket = 1 if collide else int(buckets_of(pa.array([text]))[0])
        held = [row for row, one in enumerate(everything) if one == (text, Kind.TRADE) and row >= tape.head]
        assert index.rows(text, bucket) == held
