"""Columns grow without being copied and give back what is old; a plain buffer serves where that is refused."""

from __future__ import annotations

import mmap
import subprocess
import sys

import numpy as np
import pytest

from surveillance.tape import memory
from surveillance.tape.memory import GrowingColumn

RESIDENT = """
import resource
from pathlib import Path
import numpy as np
from surveillance.tape.memory import GrowingColumn

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() >> 20

column = GrowingColumn("int64")
assert column.reserved
most = before = resident()
for block in range(100):
    low, high = block << 19, (block + 1) << 19
    column.ensure(high)
    column.array[low:high] = block + 1
    column.give_back(low)
    most = max(most, resident())
print(most - before, int(column.array[0]), int(column.array[high - 1]), int(column.array[low]))
"""

FILLED = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
from surveillance.tape.memory import GrowingColumn
column = GrowingColumn("int64")
column.ensure(10**6)
column.array[10**6 - 1] = 7
print(column.reserved, len(column.array) >= 10**6, int(column.array[10**6 - 1]))
"""


def run(script):
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


if sys.platform.startswith("linux"):  # elsewhere neither /proc nor limits on address space say the same

    def test_a_column_of_400_megabytes_never_occupies_more_than_a_few():
        grown, gone, last, first_of_last = run(RESIDENT)
        assert int(grown) < 40
        assert (gone, last, first_of_last) == ("0", "100", "100")

    def test_where_address_space_is_limited_a_doubling_buffer_takes_its_place():
        assert run(FILLED) == ["False", "True", "7"]


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64"])
@pytest.mark.parametrize("reserve", [True, False])
def test_what_was_written_stays_where_it_is(dtype, reserve):
    column = GrowingColumn(dtype, reserve=reserve)
    assert column.reserved == reserve
    for rows in (10, 5000, 100_000):
        column.ensure(rows)
        assert len(column.array) >= rows
        column.array[rows - 1] = rows % 100
    assert column.array[[9, 4999, 99_999]].tolist() == [10, 0, 0]
    assert column.array.dtype == np.dtype(dtype)


def test_a_reserved_column_is_never_copied():
    column = GrowingColumn("int64")
    array = column.array
    column.ensure(10**8)
    assert column.array is array


def test_only_whole_pages_before_the_row_are_given_back():
    column, page = GrowingColumn("int64"), mmap.PAGESIZE // 8
    column.array[: 3 * page] = 1
    column.give_back(2 * page + 5)
    assert not column.array[: 2 * page].any()
    assert column.array[2 * page : 3 * page].all()
    column.give_back(page)
    assert column.array[2 * page : 3 * page].all()


def test_a_doubling_buffer_keeps_what_it_cannot_give_back():
    column = GrowingColumn("int32", reserve=False)
    column.array[:1000] = 1
    column.give_back(1000)
    assert column.array[:1000].all()


def test_a_column_that_is_full_says_so(monkeypatch):
    monkeypatch.setattr(memory, "RESERVED_ROWS", 1 << 12)
    column = GrowingColumn("int64")
    column.ensure(1 << 12)
    with pytest.raises(MemoryError, match="at most 4,096 rows"):
        column.ensure((1 << 12) + 1)


def test_a_platform_without_advice_gets_a_doubling_buffer(monkeypatch):
    monkeypatch.setattr(memory, "_GIVE_BACK", None)
    column = GrowingColumn("int64")
    column.ensure(5000)
    column.array[4999] = 3
    column.give_back(5000)
    assert not column.reserved
    assert column.array[4999] == 3
