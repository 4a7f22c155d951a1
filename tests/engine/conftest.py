"""Engines over small rulebooks, and what they find in a form in which no batch shows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS / "tape"))

from surveillance.detecting.plugins import load_detectors  # noqa: E402
from surveillance.rules import load_rulebook  # noqa: E402

HEAD = "format: 1\nversion: 1\ntitle: Test\nstatus: active\nseverity: high\nowner: desk\nexplain: '{account}'\n"


@pytest.fixture(scope="session")
def detectors():
    return load_detectors()


@pytest.fixture
def rulebook(tmp_path, detectors):
    """Load a rulebook from rule bodies by id; each names its detector."""

    def load(rules, using=None):
        (tmp_path / "rulebook.yaml").write_bytes((TESTS.parent / "rules" / "rulebook.yaml").read_bytes())
        for name, body in rules.items():
            head = HEAD.replace("{account}", "{trader}") if "notional.burst" in body else HEAD
            text = f"{head}id: {name}\nfamily: test\n{body}\n"
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return load_rulebook(tmp_path, using or detectors)

    return load
