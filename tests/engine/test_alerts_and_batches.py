"""Alerts, their evidence and their near misses depend on the tape alone, whatever the batches and the memory."""

import pyarrow as pa
import pytest
from engine_flows import FLOWS, RULES, in_order, make_engine
from tape_helpers import cut, make_dictionaries

from surveillance.engine import engine as engine_module
from surveillance.engine.alerting import Alerting
from surveillance.engine.findings import Writer
from surveillance.events.batch import EventBatch
from surveillance.events.schema import NULL

WHEN = "2026-03-16T20:00:00.000000000Z"


@pytest.fixture
def dictionaries():
    made = make_dictionaries()
    made.terms.code(3, 0, 2, 0)
    return made


@pytest.fixture
def forgetting(monkeypatch):
    for name, value in {"_FORGET_EVERY": 60, "_FEW_KEYS": 0}.items():
        monkeypatch.setattr(engine_module, name, value)


@pytest.fixture
def alerts_of(rulebook, detectors, dictionaries, tmp_path):
    """Return a function that gives the bytes of alerts.ndjson and capsules.ndjson of a flow."""
    book = rulebook(RULES)

    def made(flow, size=None):
        engine = make_engine(book, detectors, dictionaries)
        writer = Writer(dictionaries.terms, ["first", "second"], "USD")
        lineage = {"digest": "0" * 64}
        alerting = Alerting(tmp_path, engine, ["first", "second"], book, None, None, lineage, WHEN)
        pieces = cut(flow, size)
        for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
            watermark = NULL if after is None else int(after.columns["time"][0])
            for episode in engine.push(piece, watermark):
                alerting.add(episode, writer.finding(episode))
            alerting.close()
        for episode in engine.finish():
            alerting.add(episode, writer.finding(episode))
        alerting.close()
        alerting.recorder.commit()
        assert engine.faults == {}
        return tuple((tmp_path / name).read_bytes() for name in ("alerts.ndjson", "capsules.ndjson"))

    return made


@pytest.mark.parametrize("name", FLOWS)
def test_alerts_and_evidence_do_not_depend_on_batches_or_on_memory(name, alerts_of, forgetting):
    flow = in_order(FLOWS[name]())
    alerts, capsules = alerts_of(flow)
    assert alerts.count(b"\n") >= 1
    for size in (9, 100):
        assert alerts_of(flow, size) == (alerts, capsules)


def test_some_flow_has_near_misses_and_prices(alerts_of):
    _, capsules = alerts_of(in_order(FLOWS["random"]()))
    assert b'"shortfall":' in capsules
    assert b'"prices":{"instrument-' in capsules


def test_evidence_names_the_ids_that_only_some_of_its_events_have_whatever_the_batches(alerts_of):
    flow = in_order(FLOWS["hot key"]())
    ids = [f"T{row}" if row % 400 > 350 else None for row in range(len(flow))]
    flow = EventBatch(flow.columns, {**flow.texts, "trade": pa.array(ids, pa.string())})
    _, capsules = alerts_of(flow)
    assert b'"trade":"T3' in capsules
    assert alerts_of(flow, 9)[1] == capsules
