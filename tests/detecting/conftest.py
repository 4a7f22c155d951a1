"""Detectors run on a real engine: rules over them from a folder, and flows from plain values."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "tape"), str(TESTS / "engine")]

from engine_flows import FIELDS  # noqa: E402
from tape_helpers import cut, make_dictionaries  # noqa: E402

from surveillance.engine.engine import Engine  # noqa: E402
from surveillance.events.schema import NULL  # noqa: E402
from surveillance.rules import load_rulebook  # noqa: E402

HEAD = "format: 1\nversion: 1\ntitle: Test\nstatus: active\nseverity: high\nowner: desk\nfamily: test\nexplain: 'x'\n"
HEAD += "asset_classes: {equity: {}}\n"


@pytest.fixture
def engine_of(tmp_path):
    """Make an engine that runs one detector class under one rule body."""

    def make(detector, body):
        (tmp_path / "rulebook.yaml").write_bytes((TESTS.parent / "rules" / "rulebook.yaml").read_bytes())
        (tmp_path / "one.yaml").write_text(f"{HEAD}id: one\ndetector: {detector.id}\n{body}\n", encoding="utf-8")
        book = load_rulebook(tmp_path, {detector.id: detector})
        return Engine(book, {detector.id: detector}, make_dictionaries(), ["first"], fields=FIELDS)

    return make


@pytest.fixture
def found():
    """Push a flow in pieces of some rows; return (account, hits, strongest measures) of each finding."""

    def run(engine, flow, size=None):
        pieces, episodes = cut(flow, size), []
        for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
            episodes += engine.push(piece, NULL if after is None else int(after.columns["time"][0]))
        episodes += engine.finish()
        return sorted(((one.names["account"], one.hits, one.measures) for one in episodes), key=repr)

    return run
