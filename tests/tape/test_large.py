"""Spans over large rows hold the orders and cancellations that are large beside the instrument's own, and no others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_windows import quantile
from tape_helpers import DAY, FIELDS, Bench, make_batch, watermarked

from surveillance.api import CANCEL, ORDER, Duration, Large, Measure, Needs, Params, SequenceDetector, Unit, candidates
from surveillance.events.batch import EventBatch
from surveillance.events.schema import NULL, PPM, Kind, TimeInForce
from surveillance.testing import measured

RESTING = (TimeInForce.DAY, TimeInForce.GTC, 0)


def brute_force(rows, recent, times):
    """Return the places of large rows: each is compared with the median order of its instrument up to it.

    A row is as large as the order that it is about.
    """
    found = []
    for place, (time, kind, instrument, quantity, in_force, whole) in enumerate(rows):
        orders = [
            one[3]
            for one in rows[: place + 1]
            if one[1] == Kind.ORDER and one[2] == instrument and one[0] >= time - recent and one[3] is not None
        ]
        if kind not in (Kind.ORDER, Kind.CANCEL) or quantity is None or in_force not in RESTING or not orders:
            continue
        usual = quantile(orders, PPM // 2)
        if usual > 0 and max(quantity, whole or 0) * PPM >= usual * times:
            found.append(place)
    return found


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 4), st.sampled_from([Kind.ORDER] * 3 + [Kind.CANCEL, Kind.TRADE]), st.integers(1, 2),
            st.none() | st.integers(0, 99), st.sampled_from([0, *TimeInForce]), st.none() | st.integers(0, 99),
        ),
        min_size=1, max_size=50,
    ),
    st.sampled_from([PPM, 2 * PPM, 3_500_000]),
    st.sampled_from([1, 7, None]),
)  # fmt: skip
def test_large_rows_are_those_of_the_definition(flow, times, size):
    time = (np.cumsum([one[0] for one in flow]) + DAY).tolist()
    rows = [
        (at, kind, instrument, quantity, in_force if in_force <= TimeInForce.FOK else 1, whole)
        for at, (_, kind, instrument, quantity, in_force, whole) in zip(time, flow, strict=True)
    ]
    names = ("time", "kind", "instrument", "quantity", "time_in_force")
    columns = {name: [one[place] for one in rows] for place, name in enumerate(names)}
    batch = make_batch(side=1, account=1, **columns)  # the table of live orders tells how large orders were
    wholes = [NULL if one[5] is None else one[5] for one in rows]
    batch = EventBatch({**batch.columns, "order_quantity": np.array(wholes, dtype=np.int64)}, batch.texts)
    bench = Bench(fields=(*FIELDS, "order_quantity"))
    key = bench.keys.column(("account", "instrument"))
    asked = bench.plant.large.request(Large(times, 10), key)
    marked = []
    for piece, watermark in watermarked(batch, size):
        low = bench.tape.end
        bench.push(piece, watermark)
        bench.plant.large.advance(low, bench.tape.end)
        marked += asked.rows.column.array[low : bench.tape.end].tolist()
        kept = marked[-(bench.tape.end - low) :] if bench.tape.end > low else []
        assert all(mark in (0, kind) for mark, kind in zip(kept, bench.tape["kind"][low:], strict=False))
    kinds = columns["kind"]
    large = [place for place, mark in enumerate(marked) if mark and kinds[place] in (Kind.ORDER, Kind.CANCEL)]
    assert large == brute_force(rows, 10, times)


class PiledParams(Params, frozen=True):
    """From when on orders are large.

    Parameters
    ----------
    recent : duration
        How far back the usual size is looked for.
    """

    recent: Duration


class Piled(SequenceDetector):
    """Count the large orders and cancellations of a side in the ten seconds after a large order."""

    id = "test.piled"
    version = "1"
    key = ("account", "instrument")
    shard = ("instrument",)
    needs = Needs(kinds=(ORDER, CANCEL), fields=("side", "quantity", "account", "instrument"))
    measures: ClassVar = {
        "orders": Measure(Unit.COUNT, "Large orders."),
        "cancels": Measure(Unit.COUNT, "Large cancellations."),
        "all": Measure(Unit.COUNT, "Orders of any size."),
    }
    Params = PiledParams
    anchor = ORDER

    def horizon(self):
        """Return ten seconds."""
        return 10 * 10**9

    def look_back(self):
        """Return how far back orders are usual."""
        return self.p.recent

    def large_from(self):
        """Return that orders of four times the median are large."""
        return Large(4 * PPM, self.p.recent)

    def measure(self, at):
        """Count."""
        at = at.keep(at.is_large)
        until = at.time + self.horizon()
        spans = [at.span(one, side=at.side, start_row=at.row, until=until, large=True) for one in (ORDER, CANCEL)]
        every = at.span(ORDER, side=at.side, start_row=at.row, until=until)
        return candidates(row=at.row, orders=spans[0].count, cancels=spans[1].count, all=every.count)


TAPE = """
    +0s order  A2 IBM sell 100 @ 10
    +1s order  A3 IBM sell 100 @ 10
    +2s order  A4 IBM sell 100 @ 10
    +3s order  A1 IBM buy  {first} @ 9
    +4s order  A1 IBM buy  100 @ 9
    +5s order  A1 IBM buy  900 @ 9 time_in_force=ioc
    +6s order  A1 IBM buy  800 @ 9
    +7s cancel A1 IBM buy  400
    +8s cancel A1 IBM buy  399
    +9s cancel A1 IBM buy  900 time_in_force=ioc
"""


def test_small_and_immediate_orders_are_left_out_of_spans_over_large_rows():
    found = measured(Piled, TAPE.format(first=400), {"recent": "1m"})
    counted = [(one["at"], one["orders"], one["cancels"], one["all"]) for one in found]
    assert counted == [("+3s", 2, 1, 4), ("+6s", 1, 1, 1)]


def test_an_order_just_below_the_multiple_of_the_median_is_not_large():
    found = measured(Piled, TAPE.format(first=399), {"recent": "1m"})
    assert [one["at"] for one in found] == ["+6s"]


def test_who_asks_what_is_large_and_does_not_declare_it_is_told_so():
    class Undeclared(Piled):
        """Forget to declare it."""

        def large_from(self):
            """Return nothing."""

    with pytest.raises(Exception, match="does not say so in `large_from`"):
        measured(Undeclared, TAPE.format(first=400), {"recent": "1m"})


PARTLY = """
    +0s order  A2 IBM sell 100 @ 10
    +1s order  A3 IBM sell 100 @ 10
    +2s order  A4 IBM sell 100 @ 10
    +3s order  A1 IBM buy  400 @ 9 order=L1
    +4s order  A1 IBM buy  399 @ 9 order=L2
    +5s trade  A1 IBM buy  390 @ 9 order=L1
    +6s cancel A1 IBM buy  10 order=L1
    +7s cancel A1 IBM buy  399 order=L2
"""


def test_what_is_left_of_a_large_order_is_withdrawn_as_one():
    [found] = measured(Piled, PARTLY, {"recent": "1m"})
    assert (found["orders"], found["cancels"]) == (1, 1)
