"""The short form of the fuzzing campaign; see `fuzzing`."""

from __future__ import annotations

import random

import pytest
from fuzzing import FORMATS, PACKINGS, campaign, damaged, outcome, rows, written
from hypothesis import given, settings
from hypothesis import strategies as st


def test_undamaged_files_are_read_whole(tmp_path):
    for form in FORMATS:
        path = tmp_path / f"day.{form}"
        path.write_bytes(written(form, rows(random.Random(1), 40)))
        assert outcome(path) == ("read", {})


@pytest.mark.parametrize("form", FORMATS)
def test_a_small_file_cut_off_anywhere_is_read_or_refused(tmp_path, form):
    data = written(form, rows(random.Random(2), 2))
    path = tmp_path / f"day.{form}"
    for size in range(len(data)):
        path.write_bytes(data[:size])
        outcome(path)


@pytest.mark.parametrize("packing", [".gz", ".zst", ".bz2"])
def test_a_packed_file_cut_off_anywhere_is_refused(tmp_path, packing):
    data = PACKINGS[packing](written("csv", rows(random.Random(3), 5)))
    path = tmp_path / f"day.csv{packing}"
    for size in range(5, len(data) - 1):
        path.write_bytes(data[:size])
        assert outcome(path)[0] == "damaged-file"


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(FORMATS), st.sampled_from(list(PACKINGS)), st.integers(0, 40), st.integers())
def test_records_read_are_events_and_rejects_whatever_the_damage(tmp_path_factory, form, packing, count, seed):
    random_ = random.Random(seed)
    data = damaged(written(form, rows(random_, count)), random_)
    path = tmp_path_factory.mktemp("dirt") / f"day.{form}"
    path.write_bytes(data if form == "parquet" else PACKINGS[packing](data))
    assert outcome(path) == outcome(path, block_rows=3)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(FORMATS), st.binary(max_size=300))
def test_bytes_of_any_kind_are_read_or_refused(tmp_path_factory, form, data):
    path = tmp_path_factory.mktemp("bytes") / f"day.{form}"
    path.write_bytes(data)
    outcome(path)


def test_a_short_campaign_finds_nothing():
    assert campaign(2, seed=20_251_027).total()
