"""An engine over the shipped rulebook, without the files and the records of a run around it."""

from __future__ import annotations

from pathlib import Path

from surveillance.detecting.plugins import load_plugins
from surveillance.engine.engine import Engine
from surveillance.events.dictionary import Dictionaries
from surveillance.rules import load_head, load_rulebook


def engine(rules: Path, dictionaries: Dictionaries) -> Engine:
    head, problems = load_head(rules / "rulebook.yaml")
    assert head is not None, problems
    classes = {name: one.detector for name, one in load_plugins(head.plugins).items()}
    return Engine(load_rulebook(rules, classes), classes, dictionaries, ["events"])
