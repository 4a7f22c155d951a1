"""The kernel that judges many settings does what the words say, by brute force."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.detecting.measure import Unit
from surveillance.evaluation.tuning_judge import ASKS_ACCOUNT, ASKS_INSTRUMENT, NOBODY_IN_KEY, Labelled, judge
from surveillance.evaluation.tuning_limits import Limit
from surveillance.rules.conditions import Threshold
from surveillance.rules.units import read_amount

i4, i8 = np.int32, np.int64


@st.composite
def days(draw):
    """A day of a few keys, whose candidates are one event each."""
    groups, episodes = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    count = draw(st.integers(0, 30))
    numbers = np.random.default_rng(draw(st.integers(0, 2**32)))
    group = np.sort(numbers.integers(0, groups, count)).astype(i4)
    time = np.concatenate([np.sort(numbers.integers(0, 60, int((group == one).sum()))) for one in range(groups)])
    place = np.arange(count)
    gap = np.full(groups, draw(st.sampled_from([-1, 0, 3, 10])))
    starts = numbers.integers(0, 60, episodes)
    offsets = np.arange(groups + 1) * episodes
    account, instrument = numbers.integers(0, 3, count), numbers.integers(0, 3, count)
    named = (numbers.random((2, episodes, 3)) < 0.5).astype(np.uint8)
    named[:, :, 0] = 0
    asks = numbers.integers(0, 8, groups * episodes).astype(np.int8)
    return Labelled(
        group, numbers.integers(0, 2, count).astype(i4), time.astype(i8), place.astype(i8),
        (place + numbers.integers(0, 3, count)).astype(i8), time.astype(i8), time.astype(i8), place.astype(i8),
        place.astype(i8), numbers.integers(0, 10, (count, 2)), gap.astype(i8), offsets.astype(i8),
        np.tile(np.arange(episodes), groups).astype(i4), asks, starts, starts + numbers.integers(0, 20, episodes),
        numbers.integers(0, 2, episodes).astype(np.uint8), account.astype(i4), instrument.astype(i4), *named,
    )  # fmt: skip


def by_hand(day, low, high):
    """Return findings as lists of places, right ones, and episodes found."""
    findings, last_of, used = [], {}, {}
    for place in range(len(day.group)):
        group, cell = int(day.group[place]), day.cell[place]
        if not all(low[cell] <= day.values[place]) or not all(day.values[place] <= high[cell]):
            continue
        if day.gap[group] < 0:
            if place > used.get(group, -1):
                used[group] = day.uses[place]
                findings.append([place])
        elif group in last_of and day.time[place] - day.time[last_of[group][-1]] <= day.gap[group]:
            last_of[group].append(place)
        else:
            last_of[group] = [place]
            findings.append(last_of[group])
    about = [
        [pair for pair in range(*day.offsets[day.group[one[0]] :][:2]) if is_about(day, one, pair)] for one in findings
    ]
    return findings, about


def is_about(day, finding, pair):
    episode, asks = day.episode[pair], day.asks[pair]
    start, end = day.time[finding[0]], day.time[finding[-1]]
    if day.starts[episode] > end or day.ends[episode] < start:
        return False
    rows = range(finding[0], finding[-1] + 1)
    people = {int(day.account[row]) for row in rows} - {0}
    places = {int(day.instrument[row]) for row in rows} - {0}
    named = any(day.of_account[episode, one] for one in people) or (asks & NOBODY_IN_KEY and not people)
    where = len(places) != 1 or day.of_instrument[episode, next(iter(places))]
    return bool((not asks & ASKS_ACCOUNT or named) and (not asks & ASKS_INSTRUMENT or where))


@given(days(), st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=1, max_size=4))
def test_findings_and_what_they_are_about_are_those_counted_by_hand(day, floors):
    low = np.array(floors).reshape(-1, 2, 2)
    high = np.full_like(low, 8)
    found = judge(day, low, high, np.array([0, 1]), 2)
    for setting in range(len(floors)):
        findings, about = by_hand(day, low[setting], high[setting])
        right = [any(day.abuse[day.episode[pair]] for pair in pairs) for pairs in about]
        classes = [int(day.cell[one[0]]) for one in findings]
        assert found.findings[setting].tolist() == [classes.count(0), classes.count(1)]
        assert found.right[setting].sum() == sum(right)
        seen = {int(day.episode[pair]) for pairs in about for pair in pairs}
        assert set(np.flatnonzero(found.found[setting]).tolist()) == seen


@pytest.mark.parametrize(
    ("unit", "op", "text", "loosest", "among"),
    [
        (Unit.COUNT, "at_least", 3, "1", ["1", "2", "3", "13"]),
        (Unit.COUNT, "at_most", 4, "16", ["1", "4", "14", "16"]),
        (Unit.SHARE, "at_least", "60%", "15%", ["15%", "60%", "99%"]),
        (Unit.SHARE, "at_most", "60%", "100%", ["5%", "60%", "100%"]),
        (Unit.SHARE, "at_least", "25bp", "6.2bp", ["25bp", "500bp"]),
        (Unit.QUANTITY, "at_least", "2_000 shares", "500 shares", ["1_000 shares", "20_000 shares"]),
        (Unit.MONEY, "above", "1000000 USD", "250_000 USD", ["1_000_000 USD", "20_000_000 USD"]),
        (Unit.DURATION, "below", "30s", "120s", ["4500ms", "30s", "120s"]),
        (Unit.MULTIPLE, "above", 3, "0.75", ["0.75", "3", "9"]),
        (Unit.PRICE, "at_least", "1 tick", "0.25 ticks", ["1 tick", "2 ticks"]),
        (Unit.MULTIPLE, "at_least", 0, "0", ["0"]),
    ],
)  # fmt: skip
def test_values_are_round_and_written_as_a_person_would(unit, op, text, loosest, among):
    threshold = Threshold("m", unit, op, (read_amount(text, unit, "USD"),), f"{op} {text}", graded=True)
    limit = Limit(("when", "m", op), threshold)
    assert limit.written(limit.loosest(Fraction(1, 4))) == loosest
    written = [limit.written(value) for value in limit.values(Fraction(1, 4))]
    assert set(among) <= set(written)
    assert len(written) == len(set(written)) <= 30
    for one in written:
        assert (
            limit.written(
                read_amount(one if unit not in {Unit.COUNT, Unit.MULTIPLE} else _bare(one), unit, "USD").value
            )
            == one
        )


def _bare(text):
    from decimal import Decimal

    return Decimal(text.replace("_", "")) if "." in text else int(text)
