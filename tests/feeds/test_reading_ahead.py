from __future__ import annotations

import threading

import pytest

from surveillance.feeds.ahead import ReadAhead


def readers():
    return [thread for thread in threading.enumerate() if thread.name.startswith("surveillance-reader")]


def test_what_comes_out_is_what_goes_in_whatever_the_order_of_asking():
    ahead = ReadAhead()
    streams = [ahead.of(iter(range(first, first + 50))) for first in (0, 100, 200)]
    got = [next(streams[turn % 3]) for turn in range(150)]
    assert sorted(got) == [*range(50), *range(100, 150), *range(200, 250)]
    assert [next(stream, None) for stream in streams] == [None, None, None]
    ahead.close()
    assert not readers()


def test_the_next_block_is_read_while_the_one_before_is_used():
    begun = threading.Event()

    def blocks():
        yield 1
        begun.set()
        yield 2

    ahead = ReadAhead()
    stream = ahead.of(blocks())
    assert next(stream) == 1
    assert begun.wait(5)
    ahead.close()


def test_no_more_than_one_block_is_read_in_advance():
    made = []

    def blocks():
        for number in range(10):
            made.append(number)
            yield number

    ahead = ReadAhead()
    stream = ahead.of(blocks())
    assert next(stream) == 0
    ahead.close()
    assert made in ([0], [0, 1])  # the second may have been cancelled before it began


def test_an_error_comes_out_in_its_place_and_no_thread_is_left():
    closed = []

    def blocks():
        try:
            yield 1
            raise ValueError("the second block")
        finally:
            closed.append(threading.current_thread())

    ahead = ReadAhead()
    stream = ahead.of(blocks())
    assert next(stream) == 1
    with pytest.raises(ValueError, match="the second block"):
        next(stream)
    ahead.close()
    assert closed
    assert not readers()


def test_closing_ends_what_was_not_read_to_its_end():
    closed = []

    def blocks():
        try:
            yield from range(100)
        finally:
            closed.append(True)

    ahead = ReadAhead()
    streams = [ahead.of(blocks()) for _ in range(3)]
    for stream in streams:
        next(stream)
    ahead.close()
    assert closed == [True] * 3
    assert not readers()
