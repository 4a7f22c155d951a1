"""What is usual: learned day by day, the same however events come, and known only after enough days."""

from __future__ import annotations

import gzip
import json
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.engine.baselines import Baselines, days_of, read_snapshot
from surveillance.errors import InputError
from surveillance.events.schema import NULL
from surveillance.tape.baseline_columns import WARM_DAYS
from surveillance.tape.baseline_table import BaselineTable, middle_of
from surveillance.tape.tape import BASELINE_FIELDS
from surveillance.testing.notation import read_tape

FIELDS = frozenset(BASELINE_FIELDS)
NOBODY = [f"{actor}_{what}" for actor in ("trader", "desk", "venue") for what in ("days", "hours_away")]
SCALE = 10**6  # of quantities in this notation
approx = partial(pytest.approx, rel=1e-3)  # weights are rounded down each day

DAY = """
    +0m   order  A1 IBM buy  100 @ 100 capacity=client order=O1 notional=10_000
    +0m   order  A1 IBM buy  100 @ 100 capacity=client order=O2 notional=10_000
    +20s  cancel A1 IBM buy  100 order=O1 capacity=client
    +10m  order  A2 IBM sell 300 @ 100 capacity=client order=O3 notional=30_000
    +10m  trade  A2 IBM sell 200 @ 100 trade=T1
    +20m  trade  A2 IBM sell 100 @ 101 trade=T2
    +40m  order  A1 MSFT buy 100 @ 50  capacity=client order=O4 notional=5_000
"""


def on(day, tape=DAY):
    """Return a tape of a day; 0 is a Monday, at 10:00."""
    batch, dictionaries = read_tape(tape)
    moved = (np.datetime64("2026-03-16T10:00") + np.timedelta64(day, "D")).astype("datetime64[ns]").astype(np.int64)
    batch.columns["time"] += int(moved) - int(batch.columns["time"][0])
    batch.columns["trading_day"][:] = batch.columns["time"] // 86_400_000_000_000
    return batch, dictionaries


def learn(folder, day, tape=DAY, cut=1_000):
    """Run a day over the baselines of a folder, in batches; return them, and the columns of its rows."""
    batch, dictionaries = on(day, tape)
    baselines = Baselines(folder, dictionaries, FIELDS)
    parts = [baselines.prepare(batch.take(slice(at, at + cut))) for at in range(0, len(batch), cut)]
    baselines.commit()
    told = {name: [one.columns[name] for one in parts] for name in BASELINE_FIELDS if name in parts[0].columns}
    return baselines, {name: np.concatenate(columns).tolist() for name, columns in told.items()}


def test_what_is_usual_is_what_the_days_before_had(tmp_path):
    for day in range(WARM_DAYS):
        _, told = learn(tmp_path, day)
        assert all(set(column) == {NULL} for column in told.values())
    baselines, told = learn(tmp_path, WARM_DAYS)
    assert baselines.is_warm
    first = {name: column[0] for name, column in told.items()}
    assert 94 * SCALE <= first.pop("usual_order_quantity") <= 106 * SCALE
    assert 94_000_000 <= first.pop("account_notional") <= 106_000_000
    assert 94_000_000 <= first.pop("peer_notional") <= 106_000_000
    assert {first.pop(name) for name in NOBODY} == {NULL}
    assert first == approx(
        {
            "usual_rate": 2_000_000,  # four messages in two minutes
            "usual_volume": 300 * SCALE,  # in the half hour from 10:00
            "usual_move": 10_000,  # from 100 to 101
            "account_rate": 2_000_000,
            "account_cancel_share": 333_333,
            "account_hour_share": 1_000_000,
            "account_instrument_share": 750_000,
            "peer_rate": 1_666_666,
            "peer_cancel_share": 250_000,
            "account_days": WARM_DAYS,
            "account_hours_away": 0,
        }
    )
    assert told["account_instrument_share"][-1] == approx(250_000)
    assert told["usual_volume"][-1] == 0  # MSFT never trades
    assert told["peer_rate"][4] == NULL  # a fill without a capacity


def test_who_is_new_has_nothing_usual(tmp_path):
    for day in range(WARM_DAYS):
        learn(tmp_path, day)
    _, told = learn(tmp_path, WARM_DAYS, DAY.replace("A1", "A9").replace("MSFT", "KO"))
    assert told["account_rate"][0] == told["account_instrument_share"][0] == told["usual_rate"][-1] == NULL
    assert told["usual_rate"][0] == approx(2_000_000)
    _, told = learn(tmp_path, WARM_DAYS + 1, DAY.replace("MSFT", "KO"))
    assert told["account_instrument_share"][-1] == 0  # A1 is known, and never touched KO


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_batches_change_nothing(tmp_path, cut):
    for day in range(WARM_DAYS + 1):
        whole, told = learn(tmp_path / "whole", day)
        parts, same = learn(tmp_path / "parts", day, cut=cut)
        assert told == same
        assert whole.record() == parts.record()


def test_codes_and_order_of_equal_times_change_nothing(tmp_path):
    lines = DAY.strip().splitlines()
    turned = "\n".join([lines[1], lines[0], *lines[2:]])
    learn(tmp_path / "one", 0)
    learn(tmp_path / "other", 0, turned)
    assert read_snapshot(tmp_path / "one", days_of(tmp_path / "one")[0]).digest == (
        read_snapshot(tmp_path / "other", days_of(tmp_path / "other")[0]).digest
    )


def test_the_same_day_again_changes_nothing_and_reads_what_it_read_before(tmp_path):
    for day in range(3):
        learn(tmp_path, day)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again, _ = learn(tmp_path, 1)
    assert again.record()["day"] == "2026-03-16"
    assert again.record()["learned"][0]["kept"] == "it was learned before, from as many events"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_day_that_saw_more_replaces_the_last_one_and_no_other(tmp_path):
    for day in range(3):
        learn(tmp_path, day)
    more = f"{DAY.rstrip()}\n    +41m order A1 MSFT buy 100 @ 50 capacity=client"
    middle, _ = learn(tmp_path, 1, more)
    assert middle.record()["learned"][0]["kept"] == "the baseline of 2026-03-18 was made of it"
    last, _ = learn(tmp_path, 2, more)
    assert last.record()["learned"][0]["sha256"]
    assert read_snapshot(tmp_path, days_of(tmp_path)[-1]).events == 8


def test_a_day_before_those_learned_is_judged_and_not_learned(tmp_path):
    learn(tmp_path, 0)
    learn(tmp_path, 2)
    late, _ = learn(tmp_path, 1)
    assert late.record() == {
        "day": "2026-03-16",
        "days": 1,
        "sha256": read_snapshot(tmp_path, days_of(tmp_path)[0]).digest,
        "learned": [
            {
                "day": "2026-03-17",
                "events": 7,
                "kept": "the baseline of 2026-03-18 is there already, and days come in order",
            }
        ],
    }


def test_marks_and_quotes_of_another_day_are_no_day(tmp_path):
    before, after = "+0m mark session_open\n", "\n+30h mark session_open\n+30h quote IBM buy 100 @ 10"
    learn(tmp_path, 0, before + DAY.strip() + after)
    assert len(days_of(tmp_path)) == 1
    assert read_snapshot(tmp_path, days_of(tmp_path)[0]).events == 7
    only, told = learn(tmp_path, 1, "+0m quote IBM buy 100 @ 10")
    assert (only.record()["learned"], told) == ([], {})


def test_a_file_that_is_no_baseline_is_told(tmp_path):
    learn(tmp_path, 0)
    (path,) = tmp_path.iterdir()
    content = json.loads(gzip.decompress(path.read_bytes()))
    path.write_bytes(gzip.compress(json.dumps({**content, "format": 1}).encode()))
    with pytest.raises(InputError, match="has format 1, not 2"):
        learn(tmp_path, 1)
    path.write_bytes(b"nonsense")
    with pytest.raises(InputError, match="is no baseline that can be read"):
        learn(tmp_path, 1)
    with pytest.raises(InputError, match="is no folder"):
        learn(path, 1)


def test_the_content_of_a_baseline_is_the_golden_one(tmp_path):
    """What was learned stays readable: a change of this digest needs another format number."""
    for day in range(3):
        learn(tmp_path, day)
    assert [read_snapshot(tmp_path, day).digest[:16] for day in days_of(tmp_path)] == GOLDEN


GOLDEN = ["e8336dca0996322b", "708caebd87898c0c", "6368367f03245ab1"]


counted = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 10**9), max_size=6)


@settings(max_examples=50)
@given(st.lists(counted, min_size=1, max_size=6))
def test_weights_are_exact_and_halve_in_22_days(days):
    table, exact = BaselineTable.empty(1), {}
    for day in days:
        counts = np.array([[day[name]] for name in day], dtype=np.int64).reshape(-1, 1)
        sizes = np.array([[place, 5, 1] for place in range(len(day))], dtype=np.int64).reshape(-1, 3)
        table = table.followed_by(BaselineTable.of_day(list(day), counts, sizes))
        exact = {name: weight * 31 // 32 for name, weight in exact.items()}
        exact = {name: exact.get(name, 0) + 1024 * day.get(name, 0) for name in sorted({*exact, *day})}
    assert dict(zip(table.ids.tolist(), table.counts[:, 0].tolist(), strict=True)) == exact
    assert set(table.medians().tolist()) <= {int(middle_of(np.array([5]))[0])}
    assert BaselineTable.from_dict(json.loads(json.dumps(table.as_dict())), 1).as_dict() == table.as_dict()
    for _ in range(22):
        table = table.followed_by(BaselineTable.of_day([], np.zeros((0, 1)), np.zeros((0, 3))))
    late = {name: weight for name, weight in exact.items() if weight > 10**6}
    halved = dict(zip(table.ids.tolist(), table.counts[:, 0].tolist(), strict=True))
    assert all(abs(halved[name] / weight - 0.497) < 0.001 for name, weight in late.items())


def test_entities_that_stopped_are_forgotten():
    table = BaselineTable.empty(1).followed_by(BaselineTable.of_day(["a"], np.array([[5]]), np.array([[0, 5, 1]])))
    nothing = BaselineTable.of_day([], np.zeros((0, 1)), np.zeros((0, 3)))
    for _ in range(130):
        table = table.followed_by(nothing)
    assert (len(table.ids), len(table.sizes)) == (0, 0)
