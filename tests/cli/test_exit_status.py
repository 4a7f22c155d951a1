import itertools

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.cli.options import LEVELS, RejectLimit, at_or_above, read_reject_limit
from surveillance.cli.status import Status, first_of


def reject_limit(text: str) -> RejectLimit:
    command = click.Command("any")
    return read_reject_limit(click.Context(command), click.Option(["--max-rejects"]), text)


def test_the_numbers_are_the_documented_ones():
    assert {status.name: status.value for status in Status} == {
        "FINISHED": 0,
        "USAGE": 2,
        "INVALID_RULES": 3,
        "NOT_ARMED": 4,
        "REJECTS": 5,
        "FAIL_ON": 10,
        "INTERNAL": 70,
        "INTERRUPTED": 130,
        "CLOSED_PIPE": 141,
    }


def test_nothing_to_report_is_finished():
    assert first_of([]) == 0
    assert first_of([Status.FINISHED]) == 0


@pytest.mark.parametrize("given_in_any_order", list(itertools.permutations([0, 70, 5, 4, 10], 3)))
def test_of_several_the_least_trustworthy_wins_in_any_order(given_in_any_order):
    order = [70, 5, 4, 10, 0]
    assert first_of(given_in_any_order) == min(given_in_any_order, key=order.index)


def test_a_reject_limit_is_a_count_or_a_share():
    assert not reject_limit("100").exceeded_by(100, 1_000)
    assert reject_limit("100").exceeded_by(101, 1_000)
    assert not reject_limit("0.5%").exceeded_by(5, 1_000)
    assert reject_limit("0.5%").exceeded_by(6, 1_000)
    assert reject_limit("1_000").exceeded_by(1_001, 10**9)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_share_of_rejects_is_compared_exactly(rejected, read):
    assert reject_limit("0.1%").exceeded_by(rejected, read) == (rejected * 1000 > read)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "101%", "1e3", "half", "٣", "5 %", "%"])
def test_a_wrong_reject_limit_is_refused_with_an_example(text):
    with pytest.raises(click.BadParameter, match=r"such as 0\.5%"):
        reject_limit(text)


def test_levels_are_ordered_from_mild_to_severe():
    assert [at_or_above(level, "high") for level in LEVELS] == [False, False, True, True]
