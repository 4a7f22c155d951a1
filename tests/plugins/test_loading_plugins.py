"""A plugin that may not load is not imported; one that cannot be used stops the start, by name and version."""

import sys
import textwrap

import pytest

from surveillance.detecting.plugins import load_plugins, not_allowed
from surveillance.errors import PluginError

DETECTOR = """
from surveillance.api import TRADE, Duration, Measure, Needs, Params, Unit, WindowDetector, hookimpl, rows

class MineParams(Params, frozen=True):
    window: Duration

class Mine(WindowDetector):
    id = "mine"
    version = "1"
    key = ("account",)
    shard = ("account",)
    needs = Needs(kinds=(TRADE,), fields=("account",))
    measures = {"trades": Measure(Unit.COUNT, "Trades.")}
    Params = MineParams
    trades = rows(TRADE).by("account").count()

    def measure(self, at):
        return {"trades": at.trades}

@hookimpl
def surveillance_detectors():
    return [Mine]
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Return a function that installs a plugin of one module, as far as Python can tell."""
    monkeypatch.syspath_prepend(tmp_path)

    def installed(text=DETECTOR, name="mine-plugin", version="1.2"):
        module = name.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(text))
        information = tmp_path / f"{module}-{version}.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (information / "entry_points.txt").write_text(f"[surveillance.detectors]\n{module} = {module}\n")
        monkeypatch.delitem(sys.modules, module, raising=False)
        return module

    return installed


def told(allowed=("trade-surveillance", "mine-plugin")):
    with pytest.raises(PluginError) as error:
        load_plugins(allowed)
    return {problem.code for problem in error.value.problems}, str(error.value)


def test_a_plugin_brings_its_detector_with_name_and_version(plugin):
    plugin()
    mine = load_plugins()["mine"]
    assert (mine.distribution, mine.version, mine.detector.id) == ("mine-plugin", "1.2", "mine")


def test_a_plugin_that_is_not_allowed_is_not_even_imported(plugin):
    module = plugin("raise SystemExit('I ran')")
    assert "mine" not in load_plugins(["trade-surveillance"])
    assert module not in sys.modules
    assert "mine-plugin" in not_allowed(["trade-surveillance"])


def test_names_of_distributions_are_compared_as_package_indexes_do(plugin):
    plugin()
    assert "mine" in load_plugins(["Mine_Plugin"])
    assert "mine-plugin" not in not_allowed(["Mine.Plugin"])


@pytest.mark.parametrize("line", ["import nothing_like_it", "1 / 0", "raise SystemExit(3)"])
def test_a_plugin_that_does_not_load_stops_the_start_by_name_and_version(plugin, line):
    plugin(line)
    codes, text = told()
    assert codes == {"plugin-load"}
    assert "plugin mine-plugin 1.2 (mine_plugin) does not load" in text
    assert "hint:" in text


@pytest.mark.parametrize(("wanted", "hint"), [("2", "newer trade-surveillance"), ("0", "newer version of the plugin")])
def test_a_plugin_for_another_version_of_the_api_is_refused_with_what_to_do(plugin, wanted, hint):
    plugin(f"SURVEILLANCE_API = {wanted}\n{DETECTOR}")
    codes, text = told()
    assert codes == {"plugin-api"}
    assert f"version {wanted} of surveillance.api, and this is version 1" in text
    assert hint in text


def test_a_plugin_for_this_version_of_the_api_loads(plugin):
    plugin(f"SURVEILLANCE_API = 1\n{DETECTOR}")
    assert "mine" in load_plugins()


def test_a_plugin_without_a_hook_is_not_passed_over_in_silence(plugin):
    plugin(DETECTOR.replace("@hookimpl", ""))
    codes, text = told()
    assert codes == {"plugin-empty"}
    assert "@hookimpl" in text


def test_a_hook_that_does_not_exist_is_named(plugin):
    plugin(DETECTOR.replace("def surveillance_detectors", "def surveillance_detector"))
    codes, text = told()
    assert codes == {"plugin-load"}
    assert "surveillance_detector" in text


def test_everything_that_is_wrong_with_a_detector_is_told_at_once(plugin):
    text = DETECTOR.replace('"mine"', '"Mine!"').replace('("account",)\n    shard', '("acount",)\n    shard')
    plugin(text.replace('shard = ("account",)', 'shard = "account"').replace("frozen=True", ""))
    codes, text = told()
    assert codes == {"plugin-detector"}
    for said in ("Mine.id is 'Mine!'", "did you mean 'account'?", "Mine.shard is 'account', not a tuple"):
        assert said in text


def test_two_plugins_with_one_id_stop_the_start(plugin):
    plugin()
    plugin(name="other-plugin")
    codes, text = told(["mine-plugin", "other-plugin"])
    assert codes == {"plugin-duplicate"}
    assert "plugin other-plugin 1.2 (other_plugin) brings mine, which mine-plugin already has" in text


def test_a_plugin_cannot_take_the_place_of_a_built_in_detector(plugin):
    plugin(DETECTOR.replace('"mine"', '"wash.churn"'), name="a-plugin")
    _, text = told(["trade-surveillance", "a-plugin"])
    assert "plugin a-plugin 1.2 (a_plugin) brings wash.churn, which trade-surveillance already has" in text


def test_the_faults_of_all_plugins_come_at_once(plugin):
    plugin("1 / 0")
    plugin("import nothing_like_it", name="other-plugin")
    _, text = told(["mine-plugin", "other-plugin"])
    assert "mine-plugin 1.2" in text
    assert "other-plugin 1.2" in text
