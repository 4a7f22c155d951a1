"""The thresholds of layering-analytics are in rules like all others, and can be changed within what its files say."""

from __future__ import annotations

import json
import shutil

import pytest
from layering_files import rows

from surveillance.bundle import rules_folder
from surveillance.cli.main import run
from surveillance.compat.layering import run_pipeline
from surveillance.compat.layering.pack import COMPILED, compile_pack, write_compiled
from surveillance.errors import RulesError

SHIPPED = rules_folder() / "packs" / "layering-analytics"
KIND = {"o": "ORDER_PLACED", "c": "ORDER_CANCELLED", "t": "TRADE_EXECUTED"}


@pytest.fixture
def pack(tmp_path):
    return shutil.copytree(SHIPPED, tmp_path / "pack")


@pytest.fixture
def changed(tmp_path, pack):
    """Change a text in a rule of the pack and run a file; return how many rows of each kind are found."""

    def run_changed(rule, old, new, data):
        path = pack / f"{rule}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        source = tmp_path / "in.csv"
        source.write_bytes(data)
        outcome = run_pipeline(source, tmp_path / "o", tmp_path / "l", rules=pack)
        return outcome.layering, outcome.wash

    return run_changed


def file(*words, price="100"):
    lines = []
    for word in words:
        at, _, what = word.partition(":")
        side = "BUY" if what[1] == "b" else "SELL"
        lines.append(f"2025-10-26T10:{int(at) // 60:02}:{int(at) % 60:02}Z,A,I,{side},{price},1000,{KIND[what[0]]}")
    return rows(*lines)


LAYERED = ("0:ob", "1:ob", "2:ob", "3:cb", "4:cb", "10:cb", "11:ts")
CHURNED = tuple(f"{place}:t{side}" for place, side in enumerate("bsbsbs"))


@pytest.mark.parametrize("price", ["100", "Infinity"])  # on the tape, and beside it
def test_a_longer_time_for_cancelling_finds_more(changed, price):
    data = file(*LAYERED, price=price)
    assert changed("analytics-layering", "cancelled: 5s", "cancelled: 5s ", data) == (0, 0)
    assert changed("analytics-layering", "cancelled: 5s", "cancelled: 8s", data) == (1, 0)


@pytest.mark.parametrize("price", ["100", "Infinity"])
def test_a_smaller_volume_finds_more(changed, price):
    data = file(*CHURNED, price=price)
    assert changed("analytics-wash", "10_000 shares", "6_001 shares", data) == (0, 0)
    assert changed("analytics-wash", "6_001 shares", "6_000 shares", data) == (0, 1)


@pytest.mark.parametrize("price", ["100", "Infinity"])
def test_a_condition_on_another_measure_can_be_added(changed, price):
    data = file("0:ob", "1:ob", "2:ob", "3:cb", "4:cb", "5:cb", "6:ts", price=price)
    wanted = "timely_cancels: {at_least: 3}"
    assert changed("analytics-layering", wanted, wanted + "\n  imbalance: {at_least: 3}", data) == (1, 0)
    assert changed("analytics-layering", "imbalance: {at_least: 3}", "imbalance: {above: 3}", data) == (0, 0)


def test_a_rule_that_is_retired_finds_nothing(changed):
    assert changed("analytics-wash", "status: active", "status: retired", file(*CHURNED)) == (0, 0)


@pytest.mark.parametrize(
    ("rule", "old", "new", "said"),
    [
        ("analytics-layering", "cancel_then_fill", "either", "has to be cancel_then_fill"),
        ("analytics-wash", "anchor: start", "anchor: end", "has to be start"),
    ],
)
def test_what_the_files_cannot_say_is_an_error_with_its_place(changed, rule, old, new, said):
    with pytest.raises(RulesError, match=said) as error:
        changed(rule, old, new, file())
    assert error.value.problems[0].location.file.endswith(f"{rule}.yaml")
    assert error.value.problems[0].location.line > 0


def test_a_pack_that_is_not_valid_is_fatal(tmp_path, pack, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = pack / "analytics-wash.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("buys:", "byus:"), encoding="utf-8")
    (tmp_path / "in.csv").write_bytes(file())
    assert run(["layering-analytics", "in.csv", "--rules", str(pack)]) == 1
    told = capsys.readouterr().err
    assert "byus" in told
    assert "buys" in told


def test_the_tests_of_the_pack_pass(capsys):
    assert run(["rules", "test", str(SHIPPED)]) == 0
    assert run(["rules", "check", str(SHIPPED)]) == 0


def test_what_is_compiled_is_what_the_files_say():
    assert json.loads((SHIPPED / COMPILED).read_bytes()) == compile_pack(SHIPPED), "run: make schemas"


def test_a_compiled_bound_that_was_changed_by_hand_is_not_taken(tmp_path, pack):
    source = tmp_path / "in.csv"
    source.write_bytes(file(*CHURNED))
    path = pack / COMPILED
    path.write_text(path.read_text(encoding="utf-8").replace("10000,", "1,"), encoding="utf-8")
    assert run_pipeline(source, tmp_path / "o", tmp_path / "l", rules=pack).wash == 0
    write_compiled(pack)
    assert path.read_bytes() == (SHIPPED / COMPILED).read_bytes()


def test_the_rulebook_of_the_house_does_not_have_the_rules_of_a_pack(capsys):
    run(["rules", "list"])
    assert "analytics-" not in capsys.readouterr().out
