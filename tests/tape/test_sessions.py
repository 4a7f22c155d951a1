"""A session ends at a close mark of its venue, or of no venue, and of its own trading day alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_windows import Events
from tape_helpers import DAY, Bench, cut, make_batch

from surveillance.events.schema import Kind, Mark
from surveillance.tape.sessions import PER_DAY

CLOSE, TRADE = Mark.SESSION_CLOSE, Kind.TRADE


def sessions(size, mark, venue, day):
    """Return the sessions of rows of which those with a mark are marks."""
    kind = [Kind.MARK if one else TRADE for one in mark]
    flow = make_batch([3 * DAY] * len(mark), kind=kind, mark=mark, venue=venue, trading_day=day)
    bench = Bench()
    for piece in cut(flow, size):
        bench.push(piece)
    wanted = [row["session"] for row in Events(flow).rows]
    return bench.tape["session"][: len(mark)].tolist(), wanted


@pytest.mark.parametrize("size", [1, 2, None])
def test_a_close_without_a_venue_stays_closed_while_another_market_lives_in_its_next_day(size):
    found, _ = sessions(size, mark=[0, CLOSE, 0, 0, 0], venue=[1, 0, 2, 1, 2], day=[3, 3, 4, 3, 4])
    assert found == [3 * PER_DAY, 3 * PER_DAY, 4 * PER_DAY, 3 * PER_DAY + 1, 4 * PER_DAY]


@st.composite
def flows(draw):
    rows = st.tuples(st.sampled_from([0, 0, CLOSE]), st.integers(0, 2), st.integers(3, 4))
    drawn = draw(st.lists(rows, min_size=1, max_size=12))
    return tuple(map(list, zip(*drawn, strict=True)))


@given(flows(), st.sampled_from([1, 5, None]))
def test_sessions_of_days_that_overlap_are_what_the_reference_says(flow, size):
    found, wanted = sessions(size, *flow)
    assert found == [min(one, one // PER_DAY * PER_DAY + PER_DAY - 1) for one in wanted]
