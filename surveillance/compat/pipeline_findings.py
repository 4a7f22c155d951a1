"""Episodes of the engine as the anomalies that the old module returned, with more said of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from logging import ERROR
from typing import Any, Final

import numpy as np

from surveillance.compat.pipeline_levels import Flow, level
from surveillance.compat.pipeline_log import log
from surveillance.compat.pipeline_rules import JUDGED, RULE, Bursts
from surveillance.engine.findings import finding_id
from surveillance.engine.memory_run import MemoryRun, WholeEpisode
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import MONEY_SCALE

STEP: Final = 131_072
"""Events that go onto the tape at a time."""

_LARGE: Final = 50_000
_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """An episode over the limit, before its trades are named.

    Parameters
    ----------
    trader : str
        Key of the episode.
    source, position : ndarray
        Where each of its trades stands.
    at_peak : ndarray of bool
        Which of them make up the greatest window.
    content : dict
        Everything else that is said of it.
    """

    trader: str
    source: Any
    position: Any
    at_peak: Any
    content: dict[str, Any]


def judge(
    batches: Iterable[tuple[EventBatch, int]],
    bursts: Bursts,
    dictionaries: Dictionaries,
    sources: list[str],
    *,
    rows: int,
    clock: Callable[[], float],
) -> tuple[list[Found], list[str]]:
    """Run the rule over events; return its episodes, ordered by their first trade, and what kept it from seeing all.

    Parameters
    ----------
    batches : iterable of (EventBatch, int)
        Events in order, each with the watermark after it.
    bursts : Bursts
        The rule.
    dictionaries : Dictionaries
        Texts of their codes.
    sources : list of str
        Names of the sources by ordinal.
    rows : int
        How many events there are, about: few need no reserved address space.
    clock : callable
        Time of day, s.
    """
    run = MemoryRun(
        bursts.book, bursts.detectors, dictionaries, sources, greatest={RULE: JUDGED}, reserve=rows > _LARGE,
    )  # fmt: skip
    flow = Flow(bursts.window)
    found: list[WholeEpisode] = []
    for batch, watermark in batches:
        for start in range(0, len(batch), STEP):
            part = batch.take(slice(start, start + STEP)) if len(batch) > STEP else batch
            flow.add(part)
            last = start + STEP >= len(batch)
            found += run.push(part, watermark if last else int(part.columns["time"][-1]))
    found += run.finish()
    faults = sorted(run.engine.faults.values())
    for fault in faults:
        log(ERROR, "rule_blind", rule=RULE, reason=fault)
    found.sort(key=lambda one: (int(one.time[0]), int(one.source[0]), int(one.position[0])))
    return [_found(one, bursts, dictionaries, sources, flow, clock()) for one in found], faults


def _found(
    one: WholeEpisode, bursts: Bursts, dictionaries: Dictionaries, sources: list[str], flow: Flow, now: float
) -> Found:
    trader = one.episode.names["trader"]
    common = int(bursts.detectors[bursts.book.rules[0].detector](bursts.book.rules[0].params(None)).p.common)
    times_limit = one.peak.value / common
    notional = one.peak.measures["notional"]
    usual = flow.times_usual(dictionaries["trader"].find(trader), one.peak.time, notional)
    grave = level(bursts.book.scoring, times_limit, float(bursts.multiple), usual)
    first = int(one.source[0]), int(one.position[0])
    return Found(
        trader,
        one.source,
        one.position,
        one.at_peak,
        {
            "combined_notional": notional,
            "alert_id": finding_id(RULE, one.episode.names, sources[first[0]], first[1]),
            "level": grave.name,
            "score": round(grave.score, 2),
            "times_limit": round(times_limit, 4),
            "times_usual": None if usual is None else round(usual, 4),
            "start": int(one.time[0]) / _NS,
            "end": int(one.time[-1]) / _NS,
            "peak_start": int(one.time[np.argmax(one.at_peak)]) / _NS,
            "peak_end": one.peak.time / _NS,
            "detected_at": now,
        },
    )


def money(amount: int, *, whole: bool) -> int | float:
    """Return money as the old module did: whole numbers stay whole numbers where all trades had them."""
    unit = 10**MONEY_SCALE
    return amount // unit if whole and amount % unit == 0 else amount / unit


def in_order(batches: list[EventBatch]) -> Iterator[tuple[EventBatch, int]]:
    """Yield the events of one source in order of time; equal times keep their order."""
    from surveillance.tape.order import join

    if batches:
        times = np.concatenate([batch.columns["time"] for batch in batches])
        ordered = len(batches) == 1 and bool((times[1:] >= times[:-1]).all())
        whole = batches[0] if ordered else join(batches, np.argsort(times, kind="stable"))
        yield whole, int(whole.columns["time"][-1])
