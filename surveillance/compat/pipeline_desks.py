"""All desks at once: fetched side by side, put in one order of time, judged as one flow, told desk by desk.

A feed is held as text only until it is written to disk as columns, so memory depends on the number of workers and the
largest feed. A desk that fails costs its own trades and nothing else, and is told in the report.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from logging import ERROR, INFO, WARNING
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np

from surveillance.compat.pipeline import FEW, Anomalies, report_of, shaped, tell
from surveillance.compat.pipeline_feeds import FeedError, fetch
from surveillance.compat.pipeline_findings import Found, judge
from surveillance.compat.pipeline_keeping import keep
from surveillance.compat.pipeline_log import correlation, log
from surveillance.compat.pipeline_money import StaticRates
from surveillance.compat.pipeline_reading import read_feed
from surveillance.compat.pipeline_rows import Entrance
from surveillance.compat.pipeline_rules import Bursts
from surveillance.compat.pipeline_settings import read_settings
from surveillance.compat.pipeline_spool import Spool, as_written
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.kernel import few_rows
from surveillance.tape.order import ReorderBuffer

_ROWS_HELD: Final = 131_072
"""Rows that the merge holds, of all desks together."""


_FEW_CHARACTERS: Final = 200_000
"""Length of a feed up to which to compile kernels would take longer than to do without."""


class DeskResults(list[list[dict[str, Any]]]):
    """Anomalies of each desk, in the order in which the desks were named, and a report.

    Parameters
    ----------
    found : iterable of list
        One list a desk; that of a desk that failed is empty.
    report : list of dict
        One a desk: ``desk_id``, ``status`` (``ok``, ``partly`` or ``failed``), ``reason``, ``seconds``, and what became
        of its trades.
    """

    def __init__(self, found: Iterable[list[dict[str, Any]]] = (), report: Iterable[dict[str, Any]] = ()) -> None:
        super().__init__(found)
        self.report = list(report)
        self.faults: list[str] = []

    @property
    def complete(self) -> bool:
        """Whether every trade of every desk was judged, and every alert kept."""
        return not self.faults and all(desk["status"] == "ok" for desk in self.report)


@dataclass(slots=True)
class _Desk:
    """One desk on its way through a call."""

    desk_id: Any
    ordinal: int
    name: str
    spool: Spool
    entrance: Entrance
    status: str = "ok"
    reason: str = ""
    seconds: float = 0.0
    error: Exception | None = None
    number_traders: set[int] = field(default_factory=set)


class DeskRun:
    """One call over some desks.

    Parameters
    ----------
    desk_ids : list
        Each desk once.
    rule : Bursts
        What is looked for.
    call : callable
        The interface of the desks.
    max_retries : int
        Most attempts for a desk.
    get_rate : callable
        What one unit of a currency is worth in USD, or None.
    """

    def __init__(
        self, desk_ids: list[Any], rule: Bursts, call: Callable[[Any], Any], max_retries: int,
        get_rate: Callable[[str], Any],
    ) -> None:  # fmt: skip
        self._rule, self._call, self._max_retries, self._get_rate = rule, call, max_retries, get_rate
        self._desk_ids = desk_ids
        self.settings = read_settings()
        self._dictionaries = Dictionaries()
        self._converting = Lock()
        self.faults: list[str] = []

    def run(self) -> tuple[dict[int, list[dict[str, Any]]], list[_Desk]]:
        """Return the anomalies by place of the desk of their last trade, and the desks."""
        with tempfile.TemporaryDirectory(prefix="trade-surveillance-") as folder:
            desks = self._desks(Path(folder))
            workers = max(1, min(self.settings.workers, len(desks)))
            with ThreadPoolExecutor(workers, "desk") as pool:
                contexts = [copy_context() for _ in desks]
                list(pool.map(lambda context, desk: context.run(self._take, desk), contexts, desks))
            names = [desk.name for desk in desks]
            rows = sum(desk.spool.rows for desk in desks)
            found: list[Found] = []
            if rows:
                with few_rows(few=rows <= FEW):
                    found, self.faults = judge(
                        self._merged(desks), self._rule, self._dictionaries, names, rows=rows, clock=time.time
                    )
            anomalies: dict[int, list[dict[str, Any]]] = {}
            for one, (ids, point) in zip(found, _named(found, desks), strict=True):
                anomalies.setdefault(int(one.source[-1]), []).append(self._anomaly(one, desks, ids, whole=not point))
        return anomalies, desks

    def _desks(self, folder: Path) -> list[_Desk]:
        """Give numbers to the desks by name, so that equal times have one order however a call lists the desks."""
        rates = StaticRates(self._get_rate)
        desks = []
        for ordinal, desk_id in enumerate(sorted(self._desk_ids, key=lambda one: (str(one), repr(one)))):
            place = folder / f"{ordinal:05d}"
            place.mkdir()
            name = f"desk {desk_id}"
            desks.append(
                _Desk(desk_id, ordinal, name, Spool(place), Entrance(name, ordinal, self._dictionaries, rates))
            )
        return desks

    def _take(self, desk: _Desk) -> None:
        """Fetch a desk's feed and write its trades to disk; whatever goes wrong is the desk's own."""
        started = time.monotonic()
        try:
            feed = fetch(desk.desk_id, self._max_retries, self._call, self.settings)
            with self._converting:  # one feed at a time is parsed: the rest of it would wait for the interpreter anyway
                self._convert(desk, feed)
        except Exception as error:  # noqa: BLE001 - what a desk sends must not cost the others; it is told
            desk.status, desk.error = "failed", error
            desk.reason = error.reason if isinstance(error, FeedError) else str(error) or type(error).__name__
            if not isinstance(error, FeedError):
                log(ERROR, "feed_unusable", desk_id=desk.desk_id, reason=desk.reason, error=type(error).__name__)
        desk.seconds = round(time.monotonic() - started, 3)

    def _convert(self, desk: _Desk, feed: Any) -> None:
        few = isinstance(feed, (str, bytes)) and len(feed) <= _FEW_CHARACTERS
        with few_rows(few=few):
            parts, fault = read_feed(feed, desk.name, desk.entrance, desk.number_traders)
        desk.entrance.close()
        desk.spool.write(parts, max(1024, _ROWS_HELD // (2 * len(self._desk_ids))))
        if fault is not None and not desk.spool.rows:
            raise fault
        if fault is not None:
            desk.status, desk.reason, desk.error = "partly", str(fault), fault
            log(ERROR, "feed_damaged", desk_id=desk.desk_id, reason=desk.reason, judged=desk.spool.rows)
        tell(report_of(desk.entrance), desk.name)
        if desk.status == "ok" and desk.entrance.counts.rejected:
            desk.status, desk.reason = "partly", f"{desk.entrance.counts.rejected} trades cannot be used"

    @staticmethod
    def _merged(desks: list[_Desk]) -> Iterator[tuple[EventBatch, int]]:
        """Yield the events of all desks in one order, holding two small batches of each.

        A release looks at all that is held, so a batch of about every desk is added before it.
        """
        buffer = ReorderBuffer(len(desks))
        streams = [desk.spool.batches() for desk in desks]
        left = set(range(len(desks)))
        while left:
            for _ in range(len(left)):
                ordinal = buffer.most_behind()
                batch = next(streams[ordinal], None)
                if batch is not None:
                    buffer.add(batch, ordinal)
                    continue
                buffer.finish(ordinal)
                left.discard(ordinal)
            released = buffer.release()
            if released is not None and len(released):
                yield released, buffer.watermark

    def _anomaly(self, found: Found, desks: list[_Desk], ids: list[Any], *, whole: bool) -> dict[str, Any]:
        last = desks[int(found.source[-1])]
        code = self._dictionaries["trader"].find(found.trader)
        trader = as_written(found.trader, number=code in last.number_traders)
        peak = [ids[place] for place in np.flatnonzero(found.at_peak).tolist()]
        anomaly = shaped(found, trader, ids, peak, self._rule.window_minutes, whole)
        involved = sorted({int(ordinal) for ordinal in found.source})
        anomaly["desks"] = [desks[ordinal].desk_id for ordinal in involved]
        return anomaly


def _named(found: list[Found], desks: list[_Desk]) -> Iterator[tuple[list[Any], bool]]:
    """Yield the ids of each episode's trades, and whether a notional of theirs has a point; each desk is asked once."""
    if not found:
        return
    source, position = (np.concatenate([getattr(one, name) for one in found]) for name in ("source", "position"))
    ids: list[Any] = [None] * len(source)
    point = np.zeros(len(source), np.bool_)
    for ordinal in np.unique(source).tolist():
        mine = np.flatnonzero(source == ordinal)
        names, point[mine] = desks[ordinal].spool.names(position[mine])
        for place, name in zip(mine.tolist(), names, strict=True):
            ids[place] = name
    start = 0
    for one in found:
        end = start + len(one.source)
        yield ids[start:end], bool(point[start:end].any())
        start = end


def process(
    desk_ids: Iterable[Any], rule: Bursts | None, call: Callable[[Any], Any], max_retries: int,
    get_rate: Callable[[str], Any],
) -> DeskResults:  # fmt: skip
    """Return the anomalies of all desks; a desk that is named twice is fetched once and told twice.

    Raises
    ------
    ValueError
        No asset class has a limit: nothing could be found.
    """
    named = list(desk_ids)
    once = list(dict.fromkeys(named))
    if not once:
        return DeskResults()
    if rule is None:
        raise ValueError("no asset class has a limit: nothing could be found")
    with correlation() as identity:
        started = time.monotonic()
        log(INFO, "desks_started", desks=len(once))
        run = DeskRun(once, rule, call, max_retries, get_rate)
        anomalies, desks = run.run()
        by_id = {desk.desk_id: desk for desk in desks}
        results = DeskResults(
            (list(anomalies.get(by_id[one].ordinal, [])) for one in named),
            (_told(by_id[one], identity) for one in named),
        )
        results.faults = run.faults
        lost = keep((one for found in anomalies.values() for one in found), run.settings.alerts)
        if lost:
            results.faults.append(f"alerts are not kept: {lost}")
        failed = [desk.desk_id for desk in desks if desk.status != "ok"]
        log(
            WARNING if failed else INFO, "desks_finished", desks=len(desks), not_whole=failed,
            anomalies=sum(map(len, anomalies.values())), seconds=round(time.monotonic() - started, 3),
        )  # fmt: skip
        return results


def process_one(
    desk_id: Any, rule: Bursts | None, call: Callable[[Any], Any], max_retries: int, get_rate: Callable[[str], Any]
) -> list[dict[str, Any]]:
    """Return the anomalies of one desk.

    Raises
    ------
    FeedError, InputError
        Its feed could not be had, or not be read.
    """
    results = process([desk_id], rule, call, max_retries, get_rate)
    (told,) = results.report
    if told["status"] == "failed":
        raise told["error"]
    return Anomalies(results[0], told)


def _told(desk: _Desk, identity: str) -> dict[str, Any]:
    return {
        "desk_id": desk.desk_id,
        "status": desk.status,
        "reason": desk.reason,
        "seconds": desk.seconds,
        "correlation_id": identity,
        **report_of(desk.entrance),
        "error": desk.error,
    }
