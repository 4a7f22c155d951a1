"""docs/plugin-authors.md is so, and nothing that a plugin author can see is undescribed."""

import ast
import re

import pytest
from plugin_helpers import ROOT

from surveillance import api
from surveillance.detecting import hookspecs
from surveillance.detecting.plugins import BUILT_IN, load_detectors
from surveillance.testing import NonconformingError
from surveillance.testing.case import Case
from surveillance.testing.checks import CHECKS
from surveillance.testing.conformance import params_of
from surveillance.testing.harness import Subject
from surveillance.testing.reference import CONSTANTS, pages, undescribed

DOC = (ROOT / "docs" / "plugin-authors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", DOC, re.MULTILINE | re.DOTALL)


def without_numbers(text):
    """Random numbers may differ between versions of numpy."""
    return re.sub(r"[\d,.]+", "#", text.strip())


@pytest.fixture(scope="module")
def shown():
    """Run the page; return what its code defines."""
    names = {"__name__": "plugin_authors"}
    for kind, text in BLOCKS:
        if kind == "python":
            exec(compile(text, "docs/plugin-authors.md", "exec"), names)
    return names


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize(
    ("name", "settings"), [("Taker", {"window": "30m"}), ("Withdrawn", {"window": "5s"}), ("Standing", {"every": "1h"})]
)
@pytest.mark.slow
def test_the_detectors_on_the_page_keep_their_promises(shown, name, settings, check):
    check(Case(Subject(shown[name], params_of(shown[name], settings))))


def test_the_page_shows_what_a_broken_promise_looks_like(shown):
    forgetful = Case(Subject(shown["Forgetful"], params_of(shown["Forgetful"], {"window": "30m"})))
    with pytest.raises(NonconformingError) as error:
        CHECKS["any batching"](forgetful)
    assert without_numbers(str(error.value)) in [without_numbers(text) for kind, text in BLOCKS if kind == "text"]


def test_the_page_names_every_check_and_every_hook():
    assert {name for name in CHECKS if f"| {name} |" not in DOC} == set()
    hooks = [name for name, value in vars(hookspecs).items() if hasattr(value, "surveillance.detectors_spec")]
    assert hooks == ["surveillance_detectors"]
    for hook in hooks:
        assert f"`{hook}()`" in DOC
        assert getattr(hookspecs, hook).__doc__


def test_the_packaging_on_the_page_is_that_of_the_example():
    (entry,) = [text for kind, text in BLOCKS if kind == "toml"]
    assert entry in (ROOT / "examples" / "plugin" / "pyproject.toml").read_text()
    (allowed,) = [text for kind, text in BLOCKS if kind == "yaml"]
    assert allowed.strip() in (ROOT / "examples" / "plugin" / "rules" / "rulebook.yaml").read_text()


def test_every_public_name_of_the_api_and_its_members_are_described():
    assert undescribed() == []
    assert set(CONSTANTS) <= set(api.__all__)


def test_all_that_the_api_imports_for_plugins_is_public():
    tree = ast.parse((ROOT / "surveillance" / "api.py").read_text())
    imported = {one.name for node in tree.body if isinstance(node, ast.ImportFrom) for one in node.names}
    assert imported <= set(api.__all__)


def test_every_measure_of_a_built_in_detector_has_a_meaning():
    missing = [
        f"{name}.{measure}"
        for name, detector in load_detectors([BUILT_IN]).items()
        for measure, each in detector.measures.items()
        if not each.meaning.endswith(".")
    ]
    assert missing == []


@pytest.mark.parametrize("page", ["api.md", "detectors.md"])
def test_the_pages_that_are_made_from_the_code_are_up_to_date(page):
    there = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert pages()[page] == there, "run: python -m surveillance.testing.reference docs"
