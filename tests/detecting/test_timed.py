"""How far away the next close or time of reference is."""

from __future__ import annotations

import pytest

from surveillance.api import (
    NULL,
    ORDER,
    Duration,
    Measure,
    Needs,
    Params,
    TimedDetector,
    Unit,
    WindowDetector,
    read_time,
    rows,
)
from surveillance.testing import measured


class Ahead(Params, frozen=True):
    """How far it looks ahead.

    Parameters
    ----------
    window : duration
        How far.
    times : list of str
        Times of the day.
    """

    window: Duration
    times: tuple[str, ...] = ()
    mark: str = "session_close"


class ToClose(WindowDetector, TimedDetector):
    """Measure how long after an order the close comes."""

    id = "test.to_close"
    version = "1"
    key = ("account", "instrument")
    shard = ("account",)
    needs = Needs(kinds=(ORDER,), fields=("account", "instrument"))
    measures = {"away": Measure(Unit.DURATION, "How long until the close.")}  # noqa: RUF012
    Params = Ahead

    orders = rows(ORDER).by("account", "instrument").count()

    def horizon(self):
        return self.p.window

    def measure(self, at):
        return {"away": self.ahead(at, "session_close", self.p.times)}


def _away(tape, **params):
    second = 1_000_000_000
    found = [one["away"] for one in measured(ToClose, tape, {"window": "1m", **params})]
    return [one if one in (None, NULL) else one / second for one in found]


def test_the_next_close_is_as_far_away_as_it_comes_up_to_the_horizon():
    tape = """
        +0s   order A1 IBM buy 1 @ 1
        +40s  order A1 IBM buy 1 @ 1
        +1m   order A1 IBM buy 1 @ 1
        +100s mark session_close
    """
    assert _away(tape) == [None, 60, 40]


def test_a_close_of_another_venue_does_not_count():
    tape = """
        +0s  order A1 IBM buy 1 @ 1 venue=XNYS
        +10s mark session_close venue=XPAR
        +30s mark session_close venue=XNYS
    """
    assert _away(tape) == [30]


def test_a_time_of_the_day_stands_for_a_mark_that_nobody_sends():
    tape = """
        20:59:30 order A1 IBM buy 1 @ 1    # 16:00 in New York is 21:00 UTC in January
        21:00:00 order A1 IBM buy 1 @ 1
        21:00:01 order A1 IBM buy 1 @ 1
    """
    assert _away(tape, times=["16:00 America/New_York"]) == [30, 0, None]


def test_the_nearer_of_mark_and_time_counts():
    tape = """
        20:59:30 order A1 IBM buy 1 @ 1
        20:59:40 mark session_close
    """
    assert _away(tape, times=["16:00 America/New_York", "15:59:50 America/New_York"]) == [10]


@pytest.mark.parametrize("written", ["25:00 Europe/London", "16:00", "16:00 Nowhere/City", "16:0 UTC", "noon UTC"])
def test_a_time_that_is_none_is_refused_with_an_example(written):
    with pytest.raises(ValueError, match="16:00 Europe/London"):
        read_time(written)
