"""Times are read as Python 3.11 reads them, whichever Python runs."""

from __future__ import annotations

import random
import sys
from datetime import datetime, timedelta

import pytest

from surveillance.compat.layering.timestamps import read_stamp

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - offsets are kept beside local times
_SEEDS = (
    "2025-10-26T10:00:07.123456+02:00", "20251026T100007,5", "2025-W43-7T10:00:07", "2025W437T100007+0130",
    "2025-10-26", "2025W43", "2025-W43", "2025-10-26T10", "2025-10-26 10:00:07.1234567-05:30:15.25",
    "2025-10-26T10:00:07Z", "2025W4371000", "2025W43T10", "0001-01-01T00:00:00+23:59", "2020-W53-7",
    "9999-12-31T23:59:59.999999-23:59", "2025-10-26\u00e910:00", "2025299",
)  # fmt: skip
_LETTERS = "0123456789-:.,TWZ+ \u00e9\u20ac\0\U0001f600z"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2025-10-26T10:00:07Z", "2025-10-26T10:00:07+00:00"),
        ("2025-10-26 10:00:07", "2025-10-26T10:00:07"),
        ("20251026T100007Z", "2025-10-26T10:00:07+00:00"),
        ("2025-W43-7T10:00:07Z", "2025-10-26T10:00:07+00:00"),
        ("2025-10-26T10:00:07,5Z", "2025-10-26T10:00:07.500000+00:00"),
        ("2025-10-26T10:00:07.1234569Z", "2025-10-26T10:00:07.123456+00:00"),
        ("2025-10-26", "2025-10-26T00:00:00"),
        ("2025-10-26T10:00:07-05:30", "2025-10-26T10:00:07-05:30"),
        ("2025-10-26T10:00:07+00:00:30.5", "2025-10-26T10:00:07+00:00:30.500000"),
        ("0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00+23:59"),
    ],
)
def test_what_is_read_is_printed_as_python_prints_it(text, shown):
    assert read_stamp(text).isoformat() == shown


@pytest.mark.parametrize(
    "text",
    ["", "2025-10-26T10:00:07z", "1761472807", "10/26/2025 10:00", "2025-10-26T24:00:00Z", "2025-10-26T10:00:60Z",
     "2025-02-30T10:00:00Z", "not-a-date", "2025-10-26T10:00:07+24:00", "2025-W54-1", "2025-10-26T"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError):
        read_stamp(text)


def _mutated(choice):
    text = list(choice.choice(_SEEDS))
    for _ in range(choice.choice((0, 1, 1, 2, 3, 5))):
        place, what = choice.randrange(len(text) + 1), choice.random()
        if what < 0.6:
            text[place : place + (what < 0.35)] = choice.choice(_LETTERS)
        else:
            del text[place : place + 1]
    return "".join(text)


def _python(text):
    try:
        time = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    except ValueError:
        return None
    ahead = time.utcoffset()
    local = (time.replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)
    offset = None if ahead is None else ahead // timedelta(microseconds=1)
    return local - (offset or 0), offset, time.isoformat()


def _ours(text):
    try:
        stamp = read_stamp(text)
    except ValueError:
        return None
    return stamp.instant, stamp.offset, stamp.isoformat()


def test_thousands_of_texts_are_read_as_by_the_python_that_the_earlier_system_ran_on():
    assert len(_SEEDS) == 17
    if sys.version_info[:2] != (3, 11):
        return  # other versions take other texts
    choice = random.Random(11)
    texts = [_mutated(choice) for _ in range(20_000)]
    assert [(text, _ours(text)) for text in texts] == [(text, _python(text)) for text in texts]
