"""No file of rates or reference data, however broken, gives anything but data or errors with their places."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.errors import InputError
from surveillance.events.calendars import Calendars
from surveillance.events.dictionary import Dictionary
from surveillance.events.rates import read_rates
from surveillance.events.reference import read_reference
from surveillance.events.reference_files import SHAPES

DATES = ["2026-03-13", "2026-13-01", "0001-01-01", "9999-12-31"]
NUMBERS = ["1.5", "0", "-1", "1e400", "N/A", "\u0661"]
NAMES = [
    "date",
    "Date",
    "base",
    "quote",
    "rate",
    "USD",
    "EUR",
    "account_id",
    "trader",
    "instrument",
    "identifier",
    "A1",
]
MORE = ["", '"', '"a,b"', '"a\nb"', "\ufeff", "\x00", "A" * 200_000, "valid_from", "valid_to", "price_scale", "feed"]
CELLS = st.sampled_from([*DATES, *NUMBERS, *NAMES, *MORE])
TEXTS = st.lists(st.lists(CELLS, max_size=6).map(",".join), max_size=6).map("\n".join).map(str.encode)
FILES = st.one_of(st.binary(max_size=200), TEXTS)
PLAIN = TEXTS.map(lambda text: b"date,base,quote,rate\n" + text)
ECB = TEXTS.map(lambda text: b"Date,USD,JPY,\n" + text)


def only_known_errors(read, data, name):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        problems = []
        try:
            read(folder)
        except InputError as error:
            problems = error.problems
        assert all(problem.location.file.startswith(folder) for problem in problems)


@given(st.one_of(FILES, PLAIN, ECB))
def test_any_bytes_are_rates_or_errors(data):
    only_known_errors(lambda folder: read_rates([Path(folder) / "rates.csv"], "USD"), data, "rates.csv")


@given(st.sampled_from(sorted(SHAPES)), FILES, st.lists(CELLS, max_size=4))
def test_any_bytes_are_reference_data_or_errors(table, data, more):
    for text in (data, ",".join([SHAPES[table].key, *SHAPES[table].needs, *more]).encode() + b"\n" + data):
        only_known_errors(read_reference, text, f"{table}.csv")


ZONES = st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "../etc", "America"])
DAYS = st.sampled_from(
    ["monday", "friday-tuesday", "monday-sunday", "2026-03-08", "0001-01-01", "9999-12-31", "2262-04-11", "mon"]
)
TIMES = st.sampled_from(["", "00:00", "02:30", "09:30:15", "17:00", "24:00", "25:00"])
FROM = st.sampled_from(["", "2026-03-08", "0001-01-01", "9999-12-31", "2262-04-11", "2026-03-08T12:00:00Z"])
PHASE = st.sampled_from(["", "session", "auction"])
HOURS = st.lists(st.tuples(st.just("OTC"), ZONES, DAYS, PHASE, TIMES, TIMES, FROM, FROM).map(",".join), max_size=6)


@given(HOURS)
def test_any_hours_are_a_calendar_or_errors(lines):
    text = "\n".join(["calendar,zone,day,phase,open,close,valid_from,valid_to", *lines])
    only_known_errors(read_reference, text.encode(), "calendars.csv")


@given(
    st.lists(st.tuples(DAYS, PHASE, TIMES, TIMES), max_size=4),
    st.integers(-(2**62), 2**62),
    st.lists(st.integers(0, 40 * 86_400), max_size=5),
)
def test_any_time_is_placed_or_told_to_be_beyond_the_calendar(lines, start, seconds):
    times = [start + one * 10**9 for one in seconds]
    with tempfile.TemporaryDirectory() as folder:
        text = "\n".join(
            ["calendar,zone,day,phase,open,close", *(",".join(("OTC", "Asia/Tokyo", *one)) for one in lines)]
        )
        (Path(folder) / "calendars.csv").write_text(text)
        (Path(folder) / "venues.csv").write_text("venue,calendar\nV,OTC\n" if lines else "venue\nV\n")
        try:
            known = read_reference(folder).calendars
            names = Dictionary()
            calendars = Calendars(known, names)
            codes = np.full(len(times), names.code("OTC") if known else 0, np.int32)
            sessions = calendars.place(codes, np.array(times, np.int64), np.zeros(len(times), np.int32))
        except InputError:
            return
        assert len(sessions) == len(times)
        assert calendars.events.sum() == len(times)


@given(st.binary(max_size=200))
def test_any_bytes_are_parquet_or_errors(data):
    only_known_errors(read_reference, data, "accounts.parquet")


def test_a_folder_for_a_file_is_an_error(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_rates([tmp_path], "USD")


def test_blank_lines_are_no_records(tmp_path):
    (tmp_path / "rates.csv").write_text("\n\ndate,base,quote,rate\n\n2026-03-13,EUR,USD,2\n\n\n")
    assert list(read_rates([tmp_path / "rates.csv"], "USD").series("EUR", "USD").values()) == [2]
