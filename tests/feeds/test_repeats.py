"""Events that come again, against a dictionary that forgets nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.events.batch import EventBatch
from surveillance.events.identity import identities
from surveillance.events.schema import IDENTITY, NULL
from surveillance.events.text import Text, text_of_arrow
from surveillance.feeds.repeats import Repeats


def text(values):
    import pyarrow as pa

    return text_of_arrow(pa.array(values, pa.string()))


def batch(events):
    times = np.array([time for time, _ in events], np.int64)
    rows = {"time": times, "source": np.zeros(len(events), np.int32), "position": np.arange(len(events))}
    return EventBatch(rows | identities([text([name for _, name in events])], None))


def slow(events, within):
    kept, known = [], {}
    for time, name in events:
        if name and name in known and time - known[name] <= within:
            continue
        if name:
            known[name] = time
        kept.append(time)
    return kept


events = st.lists(st.tuples(st.integers(0, 40), st.sampled_from([None, "", "a", "b", "c", "ab"])), max_size=40)


@settings(deadline=None)
@given(events.map(lambda found: sorted(found, key=lambda one: one[0])), st.integers(0, 20), st.integers(1, 9))
def test_repeats_are_dropped_as_a_slow_reader_would_whatever_the_batches(found, within, size):
    repeats = Repeats(within)
    batches = [repeats.drop(batch(found[place : place + size])) for place in range(0, len(found), size)]
    kept = [time for one in batches for time in one.columns["time"].tolist()]
    assert kept == slow(found, within)
    assert repeats.by_source.total() == len(found) - len(kept)
    assert all(column.name not in one.columns for one in batches for column in IDENTITY)


def test_memory_is_bounded_by_the_time_and_not_by_the_input():
    repeats = Repeats(1_000)
    for start in range(0, 1_000_000, 500):
        names = [f"id {start + place}" for place in range(500)]
        assert len(repeats.drop(batch([(start + place, name) for place, name in enumerate(names)]))) == 500
    assert repeats.capacity <= 3 * 8_192


names = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


@settings(deadline=None)
@given(st.lists(st.tuples(names, names), min_size=2, max_size=30))
def test_identities_are_equal_where_the_values_are_and_nowhere_else(rows):
    found = identities([text([one for one, _ in rows]), text([two for _, two in rows])], None)
    made = list(zip(*(found[column.name].tolist() for column in IDENTITY), strict=True))
    for one, its in zip(rows, made, strict=True):
        for other, others in zip(rows, made, strict=True):
            if any(one) and any(other):
                assert (one == other) == (its == others)
        assert (its == (NULL, NULL)) == (not any(one))


def test_the_halves_of_a_record_are_not_the_same():
    found = identities([text(["a", "a", "a", "a"])], np.array([0, 1, 2, 1], np.int8))
    made = list(zip(*(found[column.name].tolist() for column in IDENTITY), strict=True))
    assert len(set(made)) == 3
    assert made[1] == made[3]


def test_texts_cut_from_a_buffer_are_the_same_as_whole_ones():
    data = np.frombuffer(b"xxabcdefghij", np.uint8)
    cut = Text(data, np.array([2], np.int32), np.array([12], np.int32))
    one, other = identities([cut], None), identities([text(["abcdefghij"])], None)
    assert {name: found.tolist() for name, found in one.items()} == {name: o.tolist() for name, o in other.items()}
