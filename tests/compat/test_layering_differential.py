"""Random files through the engine and through the plain reading: the same bytes."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layering_files import FATAL, Writer, engine, plainly, rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("differential")


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_a_random_file_gives_the_bytes_of_the_plain_reading(folder, seed):
    data = Writer(random.Random(seed)).file()
    assert engine(folder, data) == plainly(folder, data), data


@pytest.mark.slow
def test_ten_thousand_random_files_give_the_bytes_of_the_plain_reading(folder):
    found = skipped = fatal = 0
    for seed in range(10_000):
        data = Writer(random.Random(seed)).file()
        expected = plainly(folder, data)
        assert engine(folder, data) == expected, seed
        found += expected[0].count(b"\n") - 1
        skipped += expected[2]
        fatal += expected == FATAL
    assert (found > 10_000, skipped > 5_000, fatal > 500) == (True, True, True)  # the files are worth their time


def _dense(choice, *, trades):
    """Return many events of few groups at few times, as no random pattern has them."""
    writer = Writer(choice)
    writer.oddity = 0.0
    kinds = ["TRADE_EXECUTED"] if trades else ["ORDER_PLACED", "ORDER_CANCELLED", "ORDER_CANCELLED", "TRADE_EXECUTED"]
    times = sorted(choice.randrange(0, 60 if trades else 40) * 500_000 for _ in range(300))
    lines = [
        writer._line(
            time, choice.choice(("A", "B")), "I", choice.choice(("BUY", "SELL")), choice.randint(1, 900),
            choice.choice(kinds),
        )
        for time in times
    ]  # fmt: skip
    header = "timestamp,account_id,product_id,side,price,quantity,event_type"
    return "\n".join([header, *lines, ""]).encode()


@pytest.mark.parametrize("trades", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_dense_groups_with_many_equal_times_give_the_bytes_of_the_plain_reading(folder, seed, trades):
    data = _dense(random.Random(seed), trades=trades)
    assert engine(folder, data) == plainly(folder, data)


@pytest.mark.parametrize("seed", range(3))
def test_groups_beside_the_tape_give_the_bytes_of_the_plain_reading(folder, seed):
    """One price of Infinity sends the dense group of B through Python."""
    lines = _dense(random.Random(seed), trades=seed == 2).decode().splitlines()
    first = next(place for place, line in enumerate(lines) if ",B," in line)
    cells = lines[first].split(",")
    cells[4] = "Infinity"
    lines[first] = ",".join(cells)
    data = "\n".join([*lines, ""]).encode()
    assert engine(folder, data) == plainly(folder, data)


def test_a_long_file_of_many_groups_gives_the_bytes_of_the_plain_reading(folder, monkeypatch):
    """Rows and keys are given back many times while it is read."""
    monkeypatch.setattr("surveillance.engine.hits._FEW_KEYS", 64)
    monkeypatch.setattr("surveillance.compat.layering.transactions._CHUNK", 50_000)
    choice = random.Random(5)
    lines = []
    for number in range(30_000):
        seconds = number // 2
        account = f"A{choice.randrange(40) + number // 300}"
        kind = choice.choice(("ORDER_PLACED", "ORDER_CANCELLED", "TRADE_EXECUTED"))
        time = f"2025-10-26T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}Z"
        lines.append(f"{time},{account},I,{choice.choice(('BUY', 'SELL'))},{choice.randint(90, 110)},2000,{kind}")
    data = rows(*lines)
    assert engine(folder, data) == plainly(folder, data)


def test_a_file_that_comes_in_other_blocks_gives_the_same(tmp_path, monkeypatch):
    lines = _dense(random.Random(1), trades=False).decode().splitlines()[1:]
    odd = [lines[0].replace(",A,", ',"A\r\nB",'), lines[1].replace("100", '"1e2"'), "", 'x,"', '"', lines[2]]
    data = rows(*odd, *lines, *lines[::-1], *lines)
    expected = engine(tmp_path, data)
    for chunk in (200, 333, 1000):
        monkeypatch.setattr("surveillance.compat.layering.transactions._CHUNK", chunk)
        for room in (1, 3, 64):
            monkeypatch.setattr("surveillance.compat.layering.transactions._ROWS", room)
            assert engine(tmp_path, data) == expected
