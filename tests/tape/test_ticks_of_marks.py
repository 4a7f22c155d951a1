"""A mark that names a calendar, a venue or an instrument asks about the rows of that one and about no others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tape_helpers import DAY, Bench, make_batch, watermarked

from surveillance.events.schema import Kind, Mark
from surveillance.tape.rows import RowClass
from surveillance.tape.ticks import Schedule, Ticks

TRADES = RowClass((Kind.TRADE,), ("account",))


def asked(flow, size):
    bench = Bench()
    ticks = Ticks(bench.tape, bench.windows.anchors(TRADES, 0), Schedule(mark="session_close"))
    bench.ticks.append(ticks)
    found = []
    for piece, watermark in watermarked(flow, size):
        bench.push(piece, watermark)
        found += zip(ticks.times.tolist(), bench.tape["position"][ticks.rows].tolist(), strict=True)
    return sorted(found)


def flow_of(*rows):
    """Rows of (time, account or None for a close, calendar, venue, instrument)."""
    times, accounts, calendars, venues, instruments = zip(*rows, strict=True)
    kind = [Kind.TRADE if account else Kind.MARK for account in accounts]
    mark = [0 if account else Mark.SESSION_CLOSE for account in accounts]
    return make_batch(
        times, kind=kind, mark=mark, account=accounts, calendar=calendars, venue=venues, instrument=instruments
    )


@pytest.mark.parametrize("size", [1, None])
def test_each_venue_is_asked_at_its_own_close(size):
    rows = [(1, 1, None, 1, 1), (2, 2, None, 2, 1), (3, None, None, 2, None), (4, None, None, 1, None)]
    assert asked(flow_of(*rows), size) == [(3, 1), (4, 0)]


@pytest.mark.parametrize("size", [1, None])
def test_a_mark_of_a_calendar_is_about_all_its_venues(size):
    rows = [(1, 1, 7, 1, 1), (2, 2, 7, 2, 1), (3, 3, 8, 1, 1), (4, 4, None, 1, 1), (5, None, 7, 1, None)]
    assert asked(flow_of(*rows), size) == [(5, 0), (5, 1)]


@pytest.mark.parametrize("size", [1, None])
def test_a_mark_that_names_nothing_is_about_all_and_one_of_an_instrument_about_it(size):
    rows = [(1, 1, 7, 1, 1), (2, 2, None, 2, 2), (3, None, None, None, 2), (4, None, None, None, None)]
    assert asked(flow_of(*rows), size) == [(3, 1), (4, 0)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1, 5]), st.sampled_from([1, 2, None]), *[st.sampled_from([None, 1, 2])] * 3),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from([1, 3, None]),
)
def test_what_is_asked_is_what_looking_at_every_mark_says(rows, size):
    times = np.cumsum([step for step, *_ in rows]) + DAY
    rows = [(int(time), *row[1:]) for time, row in zip(times, rows, strict=True)]

    def concerns(mark, row):
        _, _, calendar, venue, instrument = mark
        if calendar is not None:
            return calendar == row[2]
        return venue in (None, row[3]) and instrument in (None, row[4])

    last = {}
    for position, row in enumerate(rows):
        marks = [one[0] for one in rows if one[1] is None and one[0] >= row[0] and concerns(one, row)]
        if row[1] is not None and marks:
            last[min(marks), row[1]] = position
    assert asked(flow_of(*rows), size) == sorted((tick, position) for (tick, _), position in last.items())
