"""Plugins come through entry points; one that does not load stops the start and is named."""

from __future__ import annotations

import sys
from importlib import metadata

import pytest

from surveillance.detecting.plugins import BUILT_IN, load_detectors, load_plugins
from surveillance.errors import PluginError

GOOD = """
from surveillance.api import TRADE, Measure, Needs, Params, Unit, WindowDetector, hookimpl, rows

class Count(WindowDetector):
    id, version, key, shard = "{id}", "7", ("account",), ("account",)
    needs = Needs(kinds=(TRADE,))
    measures = {{"trades": Measure(Unit.COUNT, "Trades.")}}
    trades = rows(TRADE).by("account").count()

    def measure(self, at):
        return {{"trades": at.trades}}

@hookimpl
def surveillance_detectors():
    return [Count]
"""

OFFERS = """
from surveillance.api import Detector, Needs, hookimpl
{body}
@hookimpl
def surveillance_detectors():
    return [{what}]
"""


class Installed:
    """A distribution as entry points see it."""

    def __init__(self, name, version="1.0"):
        self.name, self.version = name, version


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Pretend that the given modules, by distribution, are the plugins that are installed."""
    monkeypatch.syspath_prepend(str(tmp_path))
    real = metadata.entry_points

    def pretend(**sources):
        points = []
        for place, (name, source) in enumerate(sources.items()):
            module = f"plugin_{tmp_path.name.replace('-', '_')}_{place}"
            (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
            monkeypatch.delitem(sys.modules, module, raising=False)
            point = metadata.EntryPoint(name, module, "surveillance.detectors")
            vars(point).update(dist=Installed(name.replace("_", "-")))
            points.append(point)
        monkeypatch.setattr(
            metadata,
            "entry_points",
            lambda **wanted: points if wanted == {"group": "surveillance.detectors"} else real(**wanted),
        )

    return pretend


def problems(allowed=None):
    with pytest.raises(PluginError) as raised:
        load_plugins(allowed)
    return {problem.code: problem.message for problem in raised.value.problems}


def test_the_built_in_detectors_are_a_plugin_like_any_other():
    loaded = load_plugins([BUILT_IN])
    assert {"aggregate", "layering", "notional.burst", "wash.churn"} <= set(loaded)
    assert {one.distribution for one in loaded.values()} == {BUILT_IN}


def test_a_plugin_brings_its_detectors_with_name_and_version(install):
    install(acme_rules=GOOD.format(id="acme.count"))
    (loaded,) = load_plugins().values()
    assert (loaded.detector.id, loaded.distribution, loaded.version) == ("acme.count", "acme-rules", "1.0")
    assert load_detectors() == {"acme.count": loaded.detector}


@pytest.mark.parametrize("allowed", ["acme-rules", "ACME_Rules", "acme.rules"])
def test_only_allowed_distributions_load_however_their_names_are_written(allowed, install):
    install(acme_rules=GOOD.format(id="acme.count"), other="raise RuntimeError('never imported')")
    assert set(load_plugins([allowed])) == {"acme.count"}
    assert load_plugins([]) == {}


def test_a_plugin_that_raises_is_named_with_its_version(install):
    install(acme=GOOD.format(id="acme.count"), broken="import math\nmath.sqrt(-1)")
    assert problems()["plugin-load"].startswith("plugin broken 1.0 (plugin_")
    assert problems()["plugin-load"].endswith("does not load: ValueError: math domain error")


def test_a_plugin_that_is_not_there_is_named(install):
    install(gone="import a_module_that_nobody_has")
    assert "plugin gone 1.0" in problems()["plugin-load"]
    assert "ModuleNotFoundError" in problems()["plugin-load"]


@pytest.mark.parametrize(
    ("body", "what", "why"),
    [
        ("", "42", "42 is not a subclass of Detector"),
        ("class A: ...", "A", "is not a subclass of Detector"),
        ("class A(Detector): ...", "A", "A does not say its id, version, key, shard, needs, measures"),
        (
            (
                "class A(Detector):\n    id = version = 'a'\n    key = shard = ()\n"
                "    needs, measures = Needs(kinds=()), {}"
            ),
            "A",
            "A does not define anchors, look_back, measure",
        ),
    ],
)
def test_what_is_no_detector_is_refused_with_the_reason(body, what, why, install):
    install(acme=OFFERS.format(body=body, what=what))
    assert problems()["plugin-detector"].startswith("plugin acme 1.0 (")
    assert problems()["plugin-detector"].endswith(why)


def test_an_id_that_another_plugin_has_is_refused(install):
    install(acme=GOOD.format(id="same"), beta=GOOD.format(id="same"))
    assert problems()["plugin-duplicate"].startswith("plugin beta 1.0 (")
    assert problems()["plugin-duplicate"].endswith("brings same, which acme already has")


def test_all_that_is_wrong_is_said_at_once(install):
    install(a="1 / 0", b=OFFERS.format(body="", what="None"), c=GOOD.format(id="same"), d=GOOD.format(id="same"))
    assert set(problems()) == {"plugin-load", "plugin-detector", "plugin-duplicate"}


def test_a_hook_that_does_not_exist_is_refused(install):
    install(acme="from surveillance.api import hookimpl\n@hookimpl\ndef surveillance_detector():\n    return []")
    assert "surveillance_detector" in problems()["plugin-load"]
