"""What is found depends on the tape alone: not on batches, interleaving, shards, memory or the run."""

from __future__ import annotations

import numpy as np
import pytest
from engine_flows import FLOWS, RULES, find, find_through_buffer, in_order, make_engine
from tape_helpers import make_dictionaries

from surveillance.engine import engine as engine_module

SMALL_STEPS = {"_FORGET_EVERY": 60, "_FEW_KEYS": 0}
"""Give pages and keys back all the time, as over a long run."""


@pytest.fixture
def dictionaries():
    made = make_dictionaries()
    made.terms.code(3, 0, 2, 0)
    return made


@pytest.fixture
def forgetting(monkeypatch):
    for name, value in SMALL_STEPS.items():
        monkeypatch.setattr(engine_module, name, value)


@pytest.fixture
def book(rulebook):
    return rulebook(RULES)


@pytest.mark.parametrize("name", FLOWS)
def test_findings_do_not_depend_on_batches_or_on_memory(name, book, detectors, dictionaries, forgetting):
    flow = in_order(FLOWS[name]())
    whole = find(make_engine(book, detectors, dictionaries), flow)
    assert len({one[0] for one in whole}) >= 4
    for size in (16, 1000):
        assert find(make_engine(book, detectors, dictionaries), flow, size) == whole
    assert find(make_engine(book, detectors, dictionaries, reserve=False), flow, 100) == whole
    short = flow.take(slice(0, 200))
    whole_of_short = find(make_engine(book, detectors, dictionaries), short)
    for size in (1, 7):
        assert find(make_engine(book, detectors, dictionaries), short, size) == whole_of_short


def test_every_rule_finds_something_in_some_flow(book, detectors, dictionaries):
    seen = {
        one[0] for make in FLOWS.values() for one in find(make_engine(book, detectors, dictionaries), in_order(make()))
    }
    assert seen == set(RULES)


@pytest.mark.parametrize("seed", range(3))
def test_findings_do_not_depend_on_how_sources_interleave(seed, book, detectors, dictionaries, forgetting):
    flow, random = in_order(FLOWS["two sources"]()), np.random.default_rng(seed)
    whole = find(make_engine(book, detectors, dictionaries), flow)
    sizes = random.integers(1, 60, 2).tolist()
    assert find_through_buffer(make_engine(book, detectors, dictionaries), flow, sizes, random) == whole


@pytest.mark.parametrize("name", ["random", "hot key", "silences", "two sources"])
@pytest.mark.parametrize("shards", [2, 5])
def test_findings_of_shards_are_those_of_the_whole(name, shards, rulebook, detectors, dictionaries, forgetting):
    flow = in_order(FLOWS[name]())
    by_shard = {}
    for rule, body in RULES.items():
        (detector,) = [one for one in detectors if f"detector: {one}\n" in body]
        by_shard.setdefault(detectors[detector].shard, {})[rule] = body
    assert set(by_shard) == {("account",), ("trader",)}
    book = rulebook(RULES)
    for (field,), rules in by_shard.items():
        others = frozenset(RULES) - set(rules)
        whole = find(make_engine(book, detectors, dictionaries, skip=others), flow, 100)
        parts = []
        for shard in range(shards):
            mine = flow.take((flow.columns[field] % shards == shard) | (flow.columns["mark"] != 0))
            parts += find(make_engine(book, detectors, dictionaries, skip=others), mine, 37)
        assert sorted(parts, key=repr) == whole


def test_the_same_run_finds_the_same(book, detectors, dictionaries):
    flow = in_order(FLOWS["random"]())
    runs = [find(make_engine(book, detectors, dictionaries), flow, 50) for _ in range(2)]
    assert runs[0] == runs[1]


def test_findings_do_not_depend_on_the_order_in_which_texts_were_coded(book, detectors, dictionaries):
    columns = FLOWS["random"]()
    plain = find(make_engine(book, detectors, dictionaries), in_order(columns))
    turned = make_dictionaries()
    turned.terms.code(3, 0, 2, 0)
    for name in ("account", "trader"):
        texts = [dictionaries[name].text(code) for code in range(1, len(dictionaries[name]))]
        turned.columns[name] = type(turned[name])()
        for text in reversed(texts):
            turned[name].code(text)
        code_of = np.array([0] + [turned[name].find(text) for text in texts])
        columns[name] = code_of[columns[name]]
    assert find(make_engine(book, detectors, turned), in_order(columns)) == plain
