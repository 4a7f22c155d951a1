import json
import tarfile
import zipfile

import pytest
from packaging_helpers import ROOT, output_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]

FOUND = """
import json
from importlib.metadata import entry_points
import surveillance
from surveillance.bundle import rules_folder, schemas_folder

print(json.dumps({
    "package": surveillance.__file__,
    "rules": str(rules_folder()),
    "schemas": str(schemas_folder()),
    "rule files": sorted(path.name for path in rules_folder().rglob("*.yaml")),
    "schema files": sorted(path.name for path in schemas_folder().rglob("*.json")),
    "plugins": {point.name: point.value for point in entry_points(group="surveillance.detectors")},
}))
"""


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def names_in_tree(folder, pattern):
    return sorted(path.name for path in (ROOT / folder).rglob(pattern))


def test_the_wheel_puts_only_our_packages_and_the_module_that_it_replaces_at_top_level(distributions):
    top = {name.split("/", 1)[0] for name in contents(distributions.wheel)}
    ours = {"surveillance", "surveillance_detectors", "trade_surveillance_pipeline.py"}
    assert {name for name in top if not name.endswith(".dist-info")} == ours


def test_the_wheel_carries_rules_schemas_type_markers_and_the_licence(distributions):
    names = set(contents(distributions.wheel))
    assert {"surveillance/py.typed", "surveillance_detectors/py.typed"} <= names
    assert any(name.startswith("surveillance/_bundle/rules/") for name in names)
    assert any(name.startswith("surveillance/_bundle/schemas/") for name in names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_sdist_builds_the_same_wheel(distributions):
    assert contents(distributions.wheel_of_sdist) == contents(distributions.wheel)


def test_the_sdist_carries_the_tests_and_nothing_that_was_made(distributions):
    with tarfile.open(distributions.sdist) as archive:
        inside = {name.split("/", 1)[1] for name in archive.getnames()}
    assert "tests/packaging/test_distributions.py" in inside
    assert not [name for name in inside if name.startswith((".venv/", "out/", "dist/")) or "__pycache__" in name]


@pytest.mark.parametrize("kind", ["wheel", "sdist", "editable"])
def test_an_installation_has_the_command_the_rules_the_schemas_and_the_detectors(
    kind, distributions, install, tmp_path
):
    what = {"wheel": [distributions.wheel], "sdist": [distributions.sdist], "editable": ["--editable", ROOT]}[kind]
    commands = install(*what)
    found = json.loads(output_of(commands / "python", "-c", FOUND, cwd=tmp_path))
    home = ROOT if kind == "editable" else commands.parent
    for place in ("package", "rules", "schemas"):
        assert found[place].startswith(str(home)), place
    assert found["rule files"] == names_in_tree("rules", "*.yaml") != []
    assert found["schema files"] == names_in_tree("schemas", "*.json") != []
    assert found["plugins"] == {"builtin": "surveillance_detectors.plugin"}
    assert output_of(commands / "surveil", "--version", cwd=tmp_path).startswith("surveil, version ")
    detectors = json.loads(output_of(commands / "surveil", "detectors", "list", "--json", cwd=tmp_path))
    assert {"notional.burst", "wash.churn", "layering"} <= {detector["id"] for detector in detectors}


def test_an_installed_wheel_finds_abuse_in_a_simulated_day_with_the_rules_it_carries(distributions, install, tmp_path):
    surveil = install(distributions.wheel) / "surveil"
    output_of(surveil, "simulate", "day", "--events", "20000", "--quiet", cwd=tmp_path)
    day = ("day/events.parquet", "--feed", "canonical", "--reference", "day/reference")
    run = json.loads(output_of(surveil, "detect", *day, "--json", "--quiet", cwd=tmp_path))
    assert run["findings"]["total"] > 0
    waiting = {rule["rule"]: rule["state"] for rule in run["rules"] if rule["state"] not in ("armed", "disabled")}
    assert waiting == {"timing-unusual": "warming"}  # no baselines were given


JUDGE = """
import os, time
allowed = os.access
os.access = lambda path, mode: mode != os.W_OK and allowed(path, mode)
begin = time.process_time()
import trade_surveillance_pipeline as pipeline
trades = [
    {"trade_id": n, "trader_id": n % 20, "asset_class": "equity", "notional": 1_000_000, "timestamp": n * 28}
    for n in range(1_000)
]
found = pipeline.detect_anomalies(trades)
print(len(found), time.process_time() - begin)
"""


def test_an_installed_wheel_judges_a_thousand_trades_at_once_where_nothing_can_be_written(
    distributions, install, tmp_path
):
    python = install(distributions.wheel) / "python"
    answers = [output_of(python, "-c", JUDGE, cwd=tmp_path).split() for _ in range(3)]
    assert {found for found, _ in answers} == {"20"}
    assert min(float(seconds) for _, seconds in answers) < 1.5
    assert not list((python.parents[1] / "lib").rglob("*.nb*"))
