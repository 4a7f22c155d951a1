"""Ties say how far chance explains who deals with whom; scipy-free formulas are compared with sums by hand."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from surveillance.tape.deals import Deals
from surveillance.tape.ties import ties_of


def deals_of(pairs, *, near=None, unlike=None, size=None, quantity=None, instrument=None):
    count = len(pairs)
    buyer, seller = np.array(pairs, dtype=np.int32).T
    rows = np.arange(count)
    return Deals(
        rows, rows, rows,
        np.ones(count, np.int32) if instrument is None else np.array(instrument, np.int32),
        np.ascontiguousarray(buyer), np.ascontiguousarray(seller),
        np.full(count, 100, np.int64) if quantity is None else np.array(quantity, np.int64),
        *(np.full(count, 300, np.int16) if one is None else np.array(one, np.int16) for one in (near, unlike, size)),
    )  # fmt: skip


def strangers(count):
    return [(100 + 2 * number, 101 + 2 * number) for number in range(count)]


def poisson_tail(count, mean):
    return 1 - sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(count))


def gamma_tail(parts, total):
    return sum(math.exp(-total) * total**k / math.factorial(k) for k in range(parts))


def test_pairs_are_counted_in_both_directions_and_seldom_ones_are_left_out():
    ties = ties_of(deals_of([(1, 2), (2, 1), (1, 2), (3, 4)], quantity=[10, 3, 20, 5]), 3)
    assert (ties.one.tolist(), ties.two.tolist(), ties.deals.tolist()) == ([1], [2], [3])
    assert (ties.forth.tolist(), ties.back.tolist()) == ([30], [3])
    assert ties.pair.tolist() == [0, 0, 0, -1]


def test_how_often_is_measured_by_what_the_activity_of_both_would_bring_about():
    ties = ties_of(deals_of([(1, 2)] * 4 + strangers(36)), 3)
    assert ties.often[0] / 1e6 == pytest.approx(-math.log10(poisson_tail(4, 4 * 4 / (2 * 40))), abs=0.05)


def test_two_who_deal_with_everybody_are_not_tied_by_dealing_with_each_other():
    busy = [(1, 100 + number) for number in range(40)] + [(2, 200 + number) for number in range(40)]
    ties = ties_of(deals_of([(1, 2)] * 8 + busy), 3)
    assert ties.often[0] < 1_000_000


def test_closeness_is_ranked_among_the_instruments_own_deals():
    near = [5] * 3 + list(range(20, 77))
    ties = ties_of(deals_of([(1, 2)] * 3 + strangers(57), near=near), 3)
    expected = -math.log10(gamma_tail(6, 3 * math.log(60 / 3)))
    assert ties.close[0] / 1e6 == pytest.approx(expected, abs=0.05)


def test_where_everybodys_orders_are_as_close_nothing_is_unusual():
    ties = ties_of(deals_of([(1, 2)] * 3 + strangers(57), near=[5] * 60, unlike=[0] * 60), 3)
    assert ties.close[0] == 0


def test_large_deals_count_where_they_are_less_likely_than_close_ones():
    size = [400] * 3 + list(range(20, 377))
    ties = ties_of(deals_of([(1, 2)] * 3 + strangers(357), size=size), 3)
    assert ties.close[0] / 1e6 == pytest.approx(-math.log10(gamma_tail(9, 3 * math.log(120))), abs=0.05)


def test_instruments_are_judged_each_by_its_own_deals():
    pairs = [(1, 2)] * 3 + strangers(30)
    alone = ties_of(deals_of(pairs), 3)
    both = ties_of(deals_of(pairs + pairs, instrument=[1] * 33 + [2] * 33), 3)
    assert both.often.tolist() == alone.often.tolist() * 2
    assert both.instrument.tolist() == [1, 2]
    assert both.pair.tolist() == [0] * 3 + [-1] * 30 + [1] * 3 + [-1] * 30


def test_many_pairs_keep_their_deals_when_seldom_ones_are_dropped():
    rng = np.random.default_rng(1)
    pairs = [tuple(one) for one in rng.integers(1, 30, (2_000, 2)).tolist()]
    ties = ties_of(deals_of(pairs), 4)
    counted: dict[tuple[int, int], int] = {}
    for one in pairs:
        key = (min(one), max(one))
        counted[key] = counted.get(key, 0) + 1
    found = {
        (min(one, two), max(one, two)): count
        for one, two, count in zip(ties.one.tolist(), ties.two.tolist(), ties.deals.tolist(), strict=True)
    }
    assert found == {key: count for key, count in counted.items() if count >= 4}
    for place, pair in zip(ties.pair.tolist(), pairs, strict=True):
        known = -1 if place < 0 else (int(ties.one[place]), int(ties.two[place]))
        assert known == -1 or sorted(known) == sorted(pair)


def test_no_deals_make_no_ties():
    assert len(ties_of(deals_of([(1, 2)]).take(np.zeros(0, np.int64)), 1)) == 0


@pytest.mark.slow
def test_a_million_deals_of_twenty_thousand_accounts_take_seconds_however_unevenly_they_are_spread():
    rng = np.random.default_rng(3)
    count, weights = 1_000_000, 1 / np.arange(1, 20_001) ** 0.7
    accounts = rng.choice(20_000, (count, 2), p=weights / weights.sum()) + 1
    deals = deals_of(accounts, near=rng.integers(0, 300, count), size=rng.integers(0, 200, count))
    ties_of(deals.take(np.arange(10)), 1)
    started = time.thread_time()
    assert len(ties_of(deals, 3)) > 1_000
    assert time.thread_time() - started < 10
