"""What is written: the same bytes for the same seed, and the same events in every format."""

import csv
import hashlib
import json
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from surveillance.errors import InputError
from surveillance.events.schema import COLUMN, ENUMS
from surveillance.simulator import SimulationConfig, simulate, simulate_to, write
from surveillance.simulator.truth import iso

CONFIG = SimulationConfig(seed=2, events=6_000, episodes=1, hard_negatives=1)
FORMATS = ["parquet", "csv", "ndjson"]


@pytest.fixture(scope="module")
def day():
    return simulate(CONFIG)


@pytest.fixture(scope="module")
def folders(day, tmp_path_factory):
    base = tmp_path_factory.mktemp("days")
    for form in FORMATS:
        write(day, base / form, form)
    return base


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_seed_gives_the_same_bytes(tmp_path, folders, form):
    simulate_to(tmp_path / "again", CONFIG, format=form)
    assert contents(tmp_path / "again") == contents(folders / form)


def test_another_seed_gives_other_events(tmp_path, folders):
    simulate_to(tmp_path, SimulationConfig(seed=3, events=6_000, episodes=1, hard_negatives=1))
    assert (tmp_path / "events.parquet").read_bytes() != (folders / "parquet" / "events.parquet").read_bytes()
    assert (tmp_path / "truth.csv").read_bytes() != (folders / "parquet" / "truth.csv").read_bytes()


def test_three_formats_hold_the_same_events(folders):
    table = pq.read_table(folders / "parquet" / "events.parquet")
    times = [iso(time) for time in table.column("time").cast(pa.int64()).to_pylist()]
    parquet = table.drop_columns(["time"]).to_pylist()
    for row, time in zip(parquet, times, strict=True):
        row["time"] = time
    with (folders / "csv" / "events.csv").open(encoding="utf-8", newline="") as file:
        text = list(csv.DictReader(file))
    lines = (folders / "ndjson" / "events.ndjson").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in lines]
    assert len(parquet) == len(text) == len(records)
    numbers = {"price", "quantity"}
    for one, two, three in zip(parquet, text, records, strict=True):
        plain = {name: value for name, value in one.items() if value is not None}
        assert plain == {name: Decimal(v) if name in numbers else v for name, v in two.items() if v}
        assert plain == three


def test_text_is_plain(folders):
    with (folders / "csv" / "events.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert len(row["time"]) == len("2026-03-16T09:30:00.000000000Z")
            assert not row["price"].endswith((".", "00")) or "." not in row["price"]
            assert "e" not in (row["price"] + row["quantity"]).lower()


def test_columns_and_values_are_the_schemas(folders):
    file = pq.ParquetFile(folders / "parquet" / "events.parquet")
    assert set(file.schema_arrow.names) <= set(COLUMN)
    table = file.read()
    for name, enum in ENUMS.items():
        if name in table.column_names:
            known = {member.name.lower() for member in enum} | {None}
            assert set(table.column(name).cast(pa.string()).to_pylist()) <= known
    assert file.schema_arrow.field("time").type == pa.timestamp("ns", tz="UTC")
    assert file.schema.column(file.schema_arrow.names.index("price")).physical_type == "INT64"
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_reference_data_knows_every_account_and_instrument(folders):
    table = pq.read_table(folders / "parquet" / "events.parquet")
    with (folders / "parquet" / "reference" / "accounts.csv").open(encoding="utf-8") as file:
        accounts = {row["account_id"]: row for row in csv.DictReader(file)}
    with (folders / "parquet" / "reference" / "instruments.csv").open(encoding="utf-8") as file:
        instruments = {row["instrument"]: row for row in csv.DictReader(file)}
    assert {one["asset_class"] for one in instruments.values()} == {"equity", "fixed_income", "derivative", "crypto"}
    assert {one["currency"] for one in instruments.values()} == {"USD", "EUR"}
    for row in table.drop_columns(["time"]).to_pylist():
        if row["account"]:
            for name in ("capacity", "beneficial_owner", "trader", "desk"):
                assert row[name] == accounts[row["account"]][name]
        if row["instrument"]:
            known = instruments[row["instrument"]]
            for name in ("asset_class", "currency", "venue"):
                assert row[name] == known[name]
            for name in ("price", "quantity"):
                if row[name] is not None:
                    assert row[name] % Decimal(1).scaleb(-int(known[f"{name}_scale"])) == 0


def test_the_summary_says_what_is_in_the_files(tmp_path):
    seen = []
    summary = simulate_to(tmp_path, CONFIG, progress=lambda done, total: seen.append((done, total)))
    document = json.loads((tmp_path / "simulation.json").read_text(encoding="utf-8"))
    assert document["rows"] == summary.rows == pq.read_metadata(tmp_path / "events.parquet").num_rows
    assert sum(document["kinds"].values()) == summary.rows
    assert (summary.episodes, summary.hard_negatives) == (3, 6)
    assert document["config"]["day"] == "2026-03-16"
    for name, digest in summary.digests.items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest
    assert seen == sorted(seen)
    assert seen[-1] == (CONFIG.events, CONFIG.events)


@pytest.mark.parametrize("events", [12_000, 40_000])
def test_a_day_has_about_as_many_rows_as_asked(events):
    rows = len(simulate(SimulationConfig(seed=4, events=events)).events)
    assert rows == pytest.approx(events, rel=0.03)


def test_the_session_is_new_yorks_in_summer_and_in_winter():
    for day, opens in ((date(2026, 1, 14), "14:30"), (date(2026, 7, 15), "13:30")):
        events = simulate(SimulationConfig(day=day, events=2_000, episodes=0, hard_negatives=0)).events
        marks = [
            iso(time)
            for time, mark in zip(
                events.column("time").cast(pa.int64()).to_pylist(),
                events.column("mark").cast(pa.string()).to_pylist(),
                strict=True,
            )
            if mark == "session_open"
        ]
        assert set(marks) == {f"{day}T{opens}:00.000000000Z"}


def test_all_wrong_options_are_named_at_once():
    with pytest.raises(InputError) as caught:
        SimulationConfig(seed=-1, events=10, accounts=5)
    assert len(caught.value.problems) == 3


def test_an_unknown_format_is_refused_before_anything_is_played(tmp_path):
    with pytest.raises(InputError, match="parquet, csv, ndjson"):
        simulate_to(tmp_path / "new", CONFIG, format="xlsx")
    assert not (tmp_path / "new").exists()
