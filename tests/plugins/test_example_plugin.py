"""The example plugin is small, installs, passes its own tests, and finds what it is for when the rulebook allows it."""

import json
import shutil

import pytest
from plugin_helpers import ROOT

EXAMPLE = ROOT / "examples" / "plugin"
MODULE = EXAMPLE / "src" / "surveillance_pinging.py"

HEAD = "time,kind,side,price,quantity,instrument,asset_class,account,order,time_in_force,aggressor,currency\n"

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("plugins")]


@pytest.fixture
def example(tmp_path):
    return shutil.copytree(EXAMPLE, tmp_path / "example", ignore=shutil.ignore_patterns("__pycache__", ".*"))


def pings(count):
    rows = [
        f"2026-03-03T09:00:{second:02d}Z,order,buy,10.5,100,IBM,equity,A1,o{second},ioc,,USD" for second in range(count)
    ]
    return HEAD + "\n".join([*rows, "2026-03-03T09:01:00Z,trade,buy,10.5,100,IBM,equity,A2,,,taker,USD"]) + "\n"


def test_the_example_has_fewer_than_sixty_lines():
    assert len(MODULE.read_text().splitlines()) < 60


def test_the_example_is_installed_and_passes_its_own_tests(install, example):
    assert " passed" in install(example).pytest(example)


def test_its_rule_is_valid_and_passes_its_own_tests(install, example):
    environment = install(example)
    environment.surveil("rules", "check", example / "rules")
    environment.surveil("rules", "test", example / "rules")


def test_an_installed_plugin_is_listed_and_finds_what_it_is_for(install, example, tmp_path):
    environment = install(example)
    listed = {one["id"]: one for one in json.loads(environment.surveil("detectors", "list", "--json"))}
    assert listed["pinging"]["distribution"] == "surveillance-pinging"
    (tmp_path / "events.csv").write_text(pings(10))
    environment.surveil(
        "detect",
        tmp_path / "events.csv",
        "--feed",
        "canonical",
        "--rules",
        example / "rules",
        "--out",
        tmp_path / "out",
    )
    (finding,) = map(json.loads, (tmp_path / "out" / "findings.ndjson").read_text().splitlines())
    assert (finding["detector"], finding["key"]["account"], finding["measures"]["pings"]) == ("pinging", "A1", 10)
    brought = json.loads((tmp_path / "out" / "run.json").read_text())["environment"]["plugins"]
    assert {"distribution": "surveillance-pinging", "version": "1.0.0"} in brought


def test_a_rulebook_that_does_not_allow_the_plugin_does_not_know_its_detector(install, example):
    environment = install(example)
    head = example / "rules" / "rulebook.yaml"
    head.write_text(head.read_text().replace(", surveillance-pinging]", "]"))
    told = environment.surveil("rules", "check", example / "rules", status=3)
    assert "pinging" in told
