"""One line of a tape for many events."""

from __future__ import annotations

import pytest

from surveillance.errors import InputError
from surveillance.testing.notation import read_tape


def _read(text):
    batch, dictionaries = read_tape(text)
    start = int(batch.columns["time"][0])
    times = [(int(time) - start) // 1_000_000 for time in batch.columns["time"]]
    return times, batch.texts["order"].to_pylist(), dictionaries


def test_a_line_stands_for_as_many_events_as_it_says_each_with_its_number():
    times, orders, _ = _read("+0s order A1 IBM buy 100 @ 10 order=B# times=3 every=20ms")
    assert times == [0, 20, 40]
    assert orders == ["B1", "B2", "B3"]


def test_events_of_two_such_lines_come_in_the_order_of_their_times():
    times, orders, _ = _read(
        """
        +0s   order  A1 IBM buy 100 @ 10 order=B# times=2 every=20ms
        +10ms cancel A1 IBM buy 100      order=B# times=2 every=20ms
        """
    )
    assert times == [0, 10, 20, 30]
    assert orders == ["B1", "B1", "B2", "B2"]


def test_a_number_may_stand_in_any_text():
    _, _, dictionaries = _read("+0s order A# IBM buy 100 @ 10 order=B# times=2 every=1s")
    assert dictionaries["account"].find("A2") > 0


@pytest.mark.parametrize(
    ("line", "column", "hint"),
    [
        ("+0s order A1 IBM buy 100 @ 10 times=0 every=1s", 37, "whole number"),
        ("+0s order A1 IBM buy 100 @ 10 times=many every=1s", 37, "whole number"),
        ("+0s order A1 IBM buy 100 @ 10 times=3 every=soon", 45, "every=20ms"),
        ("+0s order A1 IBM buy 100 @ 10 times=3", 37, "every=20ms"),
    ],
)
def test_what_cannot_be_repeated_is_told_where_it_stands(line, column, hint):
    with pytest.raises(InputError) as raised:
        read_tape(line)
    (problem,) = raised.value.problems
    assert (problem.location.column, hint in problem.hint) == (column, True)
