"""A run reads the columns that its rules read and its findings show, and no other."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from surveillance.engine.run import detect
from surveillance.simulator import SimulationConfig, simulate_to

UNREAD = ["order_type", "parent_order"]


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    folder = tmp_path_factory.mktemp("day")
    simulate_to(folder, SimulationConfig(seed=3, events=20_000))
    return folder


def found(day, table, folder):
    folder.mkdir()
    pq.write_table(table, folder / "events.parquet", row_group_size=4_096)
    result = detect([folder / "events.parquet"], feed="canonical", reference=day / "reference", out=folder / "out")
    return result.run["counts"], (folder / "out" / "findings.ndjson").read_bytes()


def test_columns_that_no_rule_reads_and_no_finding_shows_change_nothing(day, tmp_path):
    whole = pq.read_table(day / "events.parquet")
    counts, findings = found(day, whole, tmp_path / "whole")
    assert counts["events"] >= 19_000
    assert findings.count(b"\n") > 3
    assert found(day, whole.drop_columns(UNREAD), tmp_path / "part") == (counts, findings)


def test_a_value_that_nobody_reads_rejects_no_event(day, tmp_path):
    whole = pq.read_table(day / "events.parquet")
    spoilt = whole.drop_columns(["order_type"]).append_column("order_type", pa.array(["nonsense"] * len(whole)))
    assert found(day, spoilt, tmp_path / "spoilt") == found(day, whole, tmp_path / "whole")
