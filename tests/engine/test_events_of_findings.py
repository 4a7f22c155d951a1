"""The events of a finding are those of the windows that were judged."""

from __future__ import annotations

import numpy as np
import pytest
from engine_flows import SECOND, START, make_engine
from tape_helpers import cut, make_batch, make_dictionaries

from surveillance.events.schema import NULL, Kind, Mark

CHURN = """detector: wash.churn
params: {window: 60s, anchor: %s, within: %s}
when: {buys: {at_least: 1}, sells: {at_least: 1}}"""


def events(rulebook, detectors, body, size, **columns):
    """Return the seconds and positions of the events of each finding of one rule."""
    flow = make_batch(**{"account": 1, "instrument": 1, "asset_class": 1, "quantity": 1, "price": 5} | columns)
    engine = make_engine(rulebook({"churn": body}), detectors, make_dictionaries())
    closed = []
    for piece in cut(flow, size):
        closed += engine.push(piece, NULL)
    closed += engine.finish()
    assert engine.faults == {}
    assert all(one.trail.count == len(one.evidence.facts()) for one in closed)
    return [[event["position"] for event in one.evidence.facts()] for one in closed]


@pytest.mark.parametrize("size", [1, 2, None])
@pytest.mark.parametrize("anchor", ["end", "start"])
def test_a_window_inside_a_session_has_no_event_of_another_session_in_its_finding(rulebook, detectors, anchor, size):
    mark = [0, 0, Mark.SESSION_CLOSE, 0, 0, Mark.SESSION_CLOSE, 0]
    found = events(
        rulebook, detectors, CHURN % (anchor, "session"), size,
        time=START + np.arange(7) * SECOND, kind=[Kind.MARK if one else Kind.TRADE for one in mark], mark=mark,
        side=[1, 1, 0, 1, 2, 0, 2], venue=1, trading_day=20_000,
    )  # fmt: skip
    assert found == [[3, 4]]


@pytest.mark.parametrize("size", [1, 2, None])
@pytest.mark.parametrize("anchor", ["end", "start"])
def test_a_window_inside_a_day_has_no_event_of_another_day_in_its_finding(rulebook, detectors, anchor, size):
    found = events(
        rulebook, detectors, CHURN % (anchor, "day"), size, time=START + np.arange(6) * SECOND, kind=Kind.TRADE,
        side=[1, 1, 2, 1, 2, 1], trading_day=[19_999, 19_998, 20_000, 20_000, 20_001, 20_002],
    )  # fmt: skip
    assert found == [[2, 3]]


@pytest.mark.parametrize("size", [1, 2, None])
def test_markets_of_different_sessions_keep_their_events_apart_while_they_alternate(rulebook, detectors, size):
    """Two venues, one after its close: each hit brings the rows of its own session that no hit of it brought before."""
    time = START + np.arange(7) * SECOND
    found = events(
        rulebook, detectors, CHURN % ("end", "session"), size, time=time,
        kind=[Kind.MARK, *[Kind.TRADE] * 6], mark=[Mark.SESSION_CLOSE, *[0] * 6], venue=[1, 1, 2, 1, 2, 2, 2],
        side=[0, 1, 1, 2, 1, 1, 2], trading_day=20_000,
    )  # fmt: skip
    assert found == [[1, 3, 2, 4, 5, 6]]
