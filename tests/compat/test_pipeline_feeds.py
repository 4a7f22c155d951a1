"""Fetching: what may pass is tried again, until a deadline, and a failure is never taken for an empty feed."""

from __future__ import annotations

import pickle
import threading
import time
import urllib.error
from email.message import Message

import pytest

import trade_surveillance_pipeline as pipeline
from surveillance.compat import pipeline_feeds as feeds
from surveillance.compat.pipeline_feeds import FeedError, worth_retrying
from surveillance.compat.pipeline_settings import Settings, read_settings
from surveillance.errors import InputError


class Desk:
    """A desk's interface that fails in a given way before it answers."""

    def __init__(self, *failures, answer="[]"):
        self.failures, self.answer, self.calls = list(failures), answer, []

    def __call__(self, desk_id):
        self.calls.append(desk_id)
        if self.failures:
            raise self.failures.pop(0)
        return self.answer


@pytest.fixture
def waits(monkeypatch):
    """Take the waits instead of waiting."""
    waited = []
    monkeypatch.setattr(feeds.time, "sleep", waited.append)
    return waited


def put(monkeypatch, desk):
    monkeypatch.setattr(pipeline, "_api_call", desk)
    return desk


def test_a_feed_arrives_as_the_desk_answers(monkeypatch, waits):
    desk = put(monkeypatch, Desk(answer=b'\xef\xbb\xbf[{"a": 1}]'))
    assert pipeline.fetch_trade_feed(("desk", 1)) == b'\xef\xbb\xbf[{"a": 1}]'
    assert desk.calls == [("desk", 1)]
    assert waits == []


def test_what_may_pass_is_tried_again_with_growing_waits(monkeypatch, waits):
    desk = put(monkeypatch, Desk(ConnectionResetError(), TimeoutError(), Exception("odd"), OSError(), answer="x"))
    assert pipeline.fetch_trade_feed(1, max_retries=5) == "x"
    assert len(desk.calls) == 5
    for wait, bound in zip(waits, (0.5, 1, 2, 4), strict=True):
        assert bound / 2 <= wait <= bound


def test_waits_are_random_so_that_desks_do_not_come_back_together(monkeypatch, waits):
    for _ in range(20):
        put(monkeypatch, Desk(ConnectionError()))
        pipeline.fetch_trade_feed(1)
    assert len(set(waits)) > 10


def test_the_last_failure_is_raised_and_no_wait_follows_it(monkeypatch, waits):
    last = ConnectionError("gone")
    desk = put(monkeypatch, Desk(ConnectionError(), ConnectionError(), last))
    with pytest.raises(FeedError, match="desk 'D1': ConnectionError: gone, after 3 attempts") as failed:
        pipeline.fetch_trade_feed("D1")
    assert failed.value.__cause__ is last
    assert (failed.value.desk_id, failed.value.attempts, len(desk.calls), len(waits)) == ("D1", 3, 3, 2)


def http(status):
    return urllib.error.HTTPError("http://desk", status, "no", Message(), None)


class ClientError(Exception):
    def __init__(self, status_code):
        super().__init__(status_code)
        self.response = type("Response", (), {"status_code": status_code})()


@pytest.mark.parametrize(
    "error",
    [TypeError(), KeyError("x"), PermissionError(), NotImplementedError(), http(403), http(404), ClientError(401)],
)
def test_what_will_not_pass_is_not_tried_again(monkeypatch, waits, error):
    desk = put(monkeypatch, Desk(error))
    with pytest.raises(FeedError) as failed:
        pipeline.fetch_trade_feed(1)
    assert failed.value.__cause__ is error
    assert (len(desk.calls), waits) == (1, [])


@pytest.mark.parametrize(
    "error", [http(429), http(503), ClientError(502), ConnectionError(), RuntimeError(), OSError(5)]
)
def test_what_may_pass(error):
    assert worth_retrying(error)


def test_no_attempt_is_no_empty_feed(monkeypatch):
    desk = put(monkeypatch, Desk())
    with pytest.raises(FeedError, match="no attempt was allowed"):
        pipeline.fetch_trade_feed(1, max_retries=0)
    assert desk.calls == []


def test_a_call_that_hangs_ends_at_the_deadline(monkeypatch):
    monkeypatch.setenv("TRADE_SURVEILLANCE_DEADLINE_S", "0.2")
    release = threading.Event()
    put(monkeypatch, lambda _: release.wait(30))
    started = time.monotonic()
    with pytest.raises(FeedError, match=r"did not answer within 0\.2 s"):
        pipeline.fetch_trade_feed(1)
    release.set()
    assert time.monotonic() - started < 5


def test_no_attempt_begins_after_the_deadline(monkeypatch, waits):
    settings = Settings(deadline_s=1.0, backoff_s=4.0)
    desk = Desk(*[ConnectionError()] * 10)
    with pytest.raises(FeedError, match="after 1 attempts"):
        feeds.fetch(1, 10, desk, settings)
    assert waits == []


def test_an_interrupt_is_not_taken_for_a_failure(monkeypatch):
    put(monkeypatch, Desk(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        pipeline.fetch_trade_feed(1)


def test_a_failure_passes_between_processes():
    error = pickle.loads(pickle.dumps(FeedError(3, "gone", 2)))
    assert (error.desk_id, error.reason, error.attempts) == (3, "gone", 2)


def test_nothing_is_printed(monkeypatch, capsys, waits, caplog):
    put(monkeypatch, Desk(ConnectionError()))
    caplog.set_level("INFO")
    pipeline.fetch_trade_feed("D9")
    assert capsys.readouterr() == ("", "")
    events = [(record.event, record.fields["desk_id"]) for record in caplog.records]
    assert events == [("feed_attempt_failed", "D9"), ("feed_fetched", "D9")]
    assert len({record.correlation_id for record in caplog.records}) == 1


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("TRADE_SURVEILLANCE_WORKERS", "12")
    monkeypatch.setenv("TRADE_SURVEILLANCE_BACKOFF_S", "0.1")
    assert read_settings() == Settings(workers=12, backoff_s=0.1, alerts="off")


def test_settings_that_are_no_numbers_are_all_told(monkeypatch):
    monkeypatch.setenv("TRADE_SURVEILLANCE_WORKERS", "2.5")
    monkeypatch.setenv("TRADE_SURVEILLANCE_DEADLINE_S", "-1")
    monkeypatch.setenv("TRADE_SURVEILLANCE_BACKOFF_S", "inf")
    with pytest.raises(InputError) as refused:
        read_settings()
    assert len(refused.value.problems) == 3
