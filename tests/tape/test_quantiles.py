"""Running quantiles are values that did occur, and near the exact ones by the bound that is promised."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tape_helpers import DAY, Bench, make_batch, watermarked

from surveillance.api import ORDER, TRADE, Duration, Measure, Needs, Params, Unit, WindowDetector, rows
from surveillance.events.schema import NULL, Kind
from surveillance.tape.aggregates import Aggregate, Window
from surveillance.tape.rows import RowClass
from surveillance.testing import measured

ORDERS = RowClass((Kind.ORDER,), ("instrument",))


def quantiles(flow, length, rank, size=None):
    """Return the running quantile of the quantity at each row."""
    bench = Bench()
    anchors = bench.windows.anchors(ORDERS, 0)
    handle = bench.windows.request(Aggregate(ORDERS, "quantile", "quantity", rank=rank), Window(length), anchors)
    found = []
    for piece, watermark in watermarked(flow, size):
        bench.push(piece, watermark)
        found += handle.values.tolist()
        bench.forget(min(bench.windows.tails, anchors.decided))
    return np.array(found, dtype=np.int64)


def exactly(time, instrument, quantity, length, rank):
    """Return the exact quantile at each row, by numpy, and the values among which it is."""
    for row in range(len(time)):
        inside = (instrument == instrument[row]) & (time >= time[row] - length) & (np.arange(len(time)) <= row)
        values = np.sort(quantity[inside])
        yield values[max(-(-len(values) * rank // 10**6), 1) - 1], values


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 2), st.integers(1, 40) | st.integers(1, 2**62)), min_size=1,
        max_size=60,
    ),
    st.sampled_from([1, 250_000, 500_000, 900_000, 999_000, 1_000_000]),
    st.sampled_from([1, 7, None]),
)  # fmt: skip
def test_a_running_quantile_occurs_in_the_window_and_is_less_than_a_sixteenth_off(flow, rank, size):
    steps, instrument, quantity = (np.array(one, dtype=np.int64) for one in zip(*flow, strict=True))
    time = np.cumsum(steps) + DAY
    batch = make_batch(time, kind=Kind.ORDER, instrument=instrument, quantity=quantity, side=1)
    found = quantiles(batch, 20, rank, size)
    for value, (exact, values) in zip(found.tolist(), exactly(time, instrument, quantity, 20, rank), strict=True):
        assert value in values
        assert 16 * abs(value - int(exact)) < int(exact)


def test_a_running_median_of_round_lots_is_exact():
    random, count = np.random.default_rng(3), 4_000
    time = np.cumsum(random.integers(0, 50, count)) + DAY
    quantity = random.choice([100, 200, 300, 500, 1_000, 10_000], count, p=[0.3, 0.25, 0.2, 0.15, 0.09, 0.01])
    instrument = random.integers(1, 3, count)
    batch = make_batch(time, kind=Kind.ORDER, instrument=instrument, quantity=quantity, side=1)
    found = quantiles(batch, 5_000, 500_000, 333)
    assert found.tolist() == [exact for exact, _ in exactly(time, instrument, quantity, 5_000, 500_000)]


def test_without_a_known_value_there_is_no_quantile():
    batch = make_batch([DAY, DAY + 1], kind=Kind.ORDER, instrument=1, quantity=[None, 7], side=1)
    assert quantiles(batch, 5, 500_000).tolist() == [NULL, 7]


def test_a_column_that_is_no_size_has_no_quantiles():
    bench = Bench()
    anchors, side = bench.windows.anchors(ORDERS, 0), Aggregate(ORDERS, "quantile", "side", rank=1)
    with pytest.raises(ValueError, match="'side' has no quantiles"):
        bench.windows.request(side, Window(5), anchors)


@pytest.mark.parametrize("rank", ["0%", "100.1%", "50", "half", "1.23456%", "-5%"])
def test_a_rank_that_is_no_share_is_refused(rank):
    with pytest.raises(ValueError, match="is not a share of the values"):
        rows(ORDER).by("instrument").quantile("quantity", rank)


class LargeParams(Params, frozen=True):
    """How long `recent` flow is.

    Parameters
    ----------
    window : duration
        How far back it goes.
    """

    window: Duration


class Large(WindowDetector):
    """Measure trades beside the usual size of their instrument."""

    id = "test.large"
    version = "1"
    key = ("instrument",)
    shard = ("instrument",)
    needs = Needs(kinds=(TRADE,), fields=("instrument", "quantity"))
    measures: ClassVar = {
        "usual": Measure(Unit.QUANTITY, "Median of the instrument's trades."),
        "large": Measure(Unit.QUANTITY, "Size that nine tenths of them do not exceed."),
    }
    Params = LargeParams

    usual = rows(TRADE).by("instrument").median("quantity")
    large = rows(TRADE).by("instrument").quantile("quantity", "90%")

    def measure(self, at):
        """Hand on the quantiles."""
        return {"usual": at.usual, "large": at.large}


def test_a_window_detector_reads_medians_and_quantiles_by_name():
    tape = """
        +0s  trade A1 IBM buy  100 @ 10
        +1s  trade A2 IBM sell 300 @ 10
        +2s  trade A3 IBM buy  900 @ 10
        +11s trade A1 IBM buy  500 @ 10
    """
    found = measured(Large, tape, {"window": "10s"})
    assert [(one["usual"], one["large"]) for one in found] == [(100, 100), (100, 300), (300, 900), (500, 900)]
