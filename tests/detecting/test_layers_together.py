"""Where the times of layers that are withdrawn together begin and end, and what large orders of others change."""

from __future__ import annotations

import pytest

from surveillance.testing import measured
from surveillance_detectors.layering import Layering, LayeringParams

PARAMS = {
    "sequence": "together",
    "placed": "10s",
    "lifetime": "1m",
    "cancelled": "5s",
    "traded": "2s",
    "large": 4,
    "recent": "30m",
}


def layers(placed=("+1m", "+1m1s", "+1m2s"), fill="+1m3s", cancels=("+1m4s", "+1m5s", "+1m6s"), size=400):
    """Return a tape of ten ordinary orders, three layers, a fill on the other side and three cancellations."""
    lines = [f"{time} order A1 IBM buy {size} @ 99.9" for time in placed]
    lines += [f"{time} cancel A1 IBM buy {size}" for time in cancels]
    lines.insert(len(placed), f"{fill} trade A1 IBM sell 100 @ 100")
    tape = "\n".join(["+0s order B# IBM sell 100 @ 100.1 times=10 every=1s", *lines])
    return measured(Layering, tape, PARAMS)


@pytest.mark.parametrize(("third", "orders"), [("+1m10s", 3), ("+1m10s1ns", 2)])
def test_the_last_layer_is_placed_at_most_ten_seconds_after_the_first(third, orders):
    found = layers(placed=("+1m", "+1m5s", third), fill="+1m11s", cancels=("+1m12s", "+1m13s", "+1m14s"))
    assert found[0]["at"] == "+1m"
    assert found[0]["orders"] == orders


@pytest.mark.parametrize(("last", "cancels"), [("+1m9s", 3), ("+1m9s1ns", 2)])
def test_cancellations_come_within_five_seconds_of_the_first(last, cancels):
    assert layers(cancels=("+1m4s", "+1m6s", last))[0]["cancels"] == cancels


@pytest.mark.parametrize(("first", "found"), [("+2m", True), ("+2m1ns", False)])
def test_the_first_cancellation_comes_within_a_minute_of_the_first_layer(first, found):
    measures = layers(fill="+1m30s", cancels=(first, "+2m1s", "+2m2s"))
    assert ("+1m" in {one["at"] for one in measures}) == found


def late(fill):
    """Return what is measured where the fill comes after the cancellations."""
    lines = [f"+1m{n}s order A1 IBM buy 400 @ 99.9" for n in range(3)] + [
        "+1m6s cancel A1 IBM buy 400 times=3 every=0s"
    ]
    crowd = "+0s order B# IBM sell 100 @ 100.1 times=10 every=1s"
    return measured(Layering, "\n".join([crowd, *lines, f"{fill} trade A1 IBM sell 100 @ 100"]), PARAMS)


def test_a_fill_within_two_seconds_of_the_last_cancellation_belongs_to_them():
    assert [one["at"] for one in late("+1m8s")] == ["+1m", "+1m1s"]


def test_a_fill_after_that_does_not():
    assert late("+1m8s1ns") == []


def test_orders_below_the_multiple_of_the_median_are_no_layers():
    assert layers(size=400) != []
    assert layers(size=399) == []


def test_the_size_of_layers_is_told_beside_the_median_and_beside_nine_of_ten_orders():
    [first, *_] = layers(size=1_000)
    assert (first["usual"], first["layer_size"], first["beyond"], first["large_share"]) == (100, 10, 10, 1)


def test_what_is_large_needs_recent_orders_that_tell_it():
    with pytest.raises(ValueError, match="large and recent go together"):
        LayeringParams(placed=1, cancelled=1, traded=1, lifetime=1, large=4)
    with pytest.raises(ValueError, match="must not be below 0"):
        LayeringParams(placed=1, cancelled=1, traded=1, lifetime=1, large=-1, recent=1)


def test_a_layering_that_looks_at_everybodys_orders_is_spread_by_instrument():
    assert Layering(LayeringParams(placed=1, cancelled=1, traded=1, lifetime=1)).shard == ("account",)
    assert Layering(LayeringParams(placed=1, cancelled=1, traded=1, lifetime=1, large=4, recent=1)).shard == (
        "instrument",
    )
