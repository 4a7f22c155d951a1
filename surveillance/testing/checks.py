"""What the conformance kit checks of a detector: each check is one promise that the engine relies on."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.detecting.declarations import flaws_of
from surveillance.detecting.detector import Detector
from surveillance.events.batch import EventBatch
from surveillance.events.schema import COLUMN, NULL, PPM, Kind
from surveillance.rules import Threshold
from surveillance.rules.units import Amount
from surveillance.tape.tape import ALWAYS, BOOK_FIELDS, ORDER_FIELDS
from surveillance.testing.case import Case
from surveillance.testing.comparing import anchor_times, difference, same_findings, sorted_table, where
from surveillance.testing.describing import undocumented
from surveillance.testing.flows import Flow
from surveillance.testing.harness import NonconformingError, identity

_BATCHES: Final[dict[str, Any]] = {
    "batches of 7": {"size": 7},
    "batches of 1,000": {"size": 1_000},
    "batches of all sizes": {"size": (1, 90, 3, 400, 2, 17)},
    "a watermark that runs ahead": {"size": 50, "ahead": True},
}
_ONE_BY_ONE: Final = 200
"""Events that are given one at a time: a thousand would take long and show nothing more."""

_SHARDS: Final = 3
_ENGINES: Final = 4
_TO_ALL: Final = (int(Kind.MARK), int(Kind.BUST), int(Kind.CORRECT))
"""Kinds that every shard gets: marks are about all, and a revision need not say whose trade it revises."""

_MAKES_BOOKS: Final = tuple(
    int(kind) for kind in (Kind.ORDER, Kind.AMEND, Kind.CANCEL, Kind.REJECT, Kind.EXPIRE, Kind.TRADE, Kind.QUOTE)
)
"""Kinds from which standing orders and books are known; `needs` names only those about which the detector asks."""


def check_declarations(case: Case) -> None:
    """Check that it says what it is, what it reads and what its key is, and that all of it exists."""
    detector = case.subject.bound
    wrong = flaws_of(case.subject.detector)
    declared = {*detector.needs.fields, *detector.key, *ALWAYS, "trading_day", "session", "mark"}
    hidden = sorted(detector.reads - declared) if case.subject.detector.needs.kinds else []
    if hidden:
        wrong.append(f"`needs` does not name the {_columns(hidden)}, which it reads: rule authors could not know")
    asked = {kind for one, _ in detector.windows().values() for kind in one.rows.kinds} | set(detector.anchors.kinds)
    unsaid = sorted(kind.name for kind in asked - set(detector.needs.kinds))
    if unsaid:
        wrong.append(f"`needs` does not name the kinds {', '.join(unsaid)}, which it reads")
    if not set(detector.shard) <= set(detector.key):
        wrong.append(f"`shard` {detector.shard} is not a part of the key {detector.key}")
    for name, (one, _) in detector.windows().items():
        if not set(detector.shard) <= set(one.rows.key):
            wrong.append(f"the aggregate {name} has the key {one.rows.key}, without all of `shard` {detector.shard}")
    _raise(wrong)


def check_documentation(case: Case) -> None:
    """Check that rule authors can read what it does, what each measure means and what each parameter takes."""
    _raise(undocumented(case.subject.detector, case.subject.params))


def check_measures(case: Case) -> None:
    """Check that it measures something, and all that it declares, as whole numbers of the right length."""
    if not any(len(case.whole(flow)) for flow in case.flows):
        hint = "give the kit a tape on which it does: conformance(…, tapes=[…])"
        raise NonconformingError(f"the detector finds no candidate in any flow, so nothing is shown; {hint}")


def check_any_batching(case: Case) -> None:
    """Check that what it measures does not depend on how the events were cut into batches."""
    for flow in case.flows:
        for how, options in _BATCHES.items():
            case.compare(flow, case.subject.run(flow, **options), how)
        start = flow.take(np.arange(min(_ONE_BY_ONE, len(flow))))
        one_by_one = case.subject.run(start, size=1)
        difference(case.subject.run(start).table, one_by_one.table, f"event by event over {flow.name!r}", flow)


def check_pages_given_back(case: Case) -> None:
    """Check that it needs no rows that the tape has given back, and does the same where none are given back."""
    flow = case.long
    case.compare(flow, case.subject.run(flow, size=2_000), "batches of 2,000")
    for small in (*case.flows, flow):
        how = "buffers that double instead of reserved address space"
        case.compare(small, case.subject.run(small, size=10_000, reserve=False), how)


def check_any_threads(case: Case) -> None:
    """Check that engines in several threads at once do not disturb each other."""
    work = [(flow, size) for size in (64, 1_000) for flow in case.flows]
    for flow, _ in work:
        case.whole(flow)
    with ThreadPoolExecutor(_ENGINES) as pool:
        runs = list(pool.map(lambda one: case.subject.run(one[0], size=one[1]), work))
    for (flow, size), run in zip(work, runs, strict=True):
        case.compare(flow, run, f"{_ENGINES} engines in threads and batches of {size}")


def check_any_sharding(case: Case) -> None:
    """Check that events can be spread over engines by the declared `shard`; () needs the whole tape."""
    if not case.subject.bound.shard:
        return
    for flow in (*case.flows, case.long):
        size = 97 if len(flow) < 10_000 else 5_000
        parts = [case.subject.run(flow, size=size, shard=mask) for mask in _shards(flow, case.subject.bound.shard)]
        tables = [part.table for part in parts]
        merged = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
        how = f"{_SHARDS} engines, sharded by {', '.join(case.subject.bound.shard)}, over the flow {flow.name!r}"
        difference(case.whole(flow).table, sorted_table(merged), how, flow)


def check_no_memory(case: Case) -> None:
    """Check that it keeps nothing between calls: what it measures depends on the tape alone."""
    first, second = case.flows[0], case.flows[1]
    using = case.subject.observed()
    instance = using[0]
    case.compare(first, case.subject.run(first, using=using), "an instance that is fresh")
    kept = copy.deepcopy(vars(instance))
    case.compare(second, case.subject.run(second, size=100, using=using), "an instance that has seen another tape")
    case.compare(first, case.subject.run(first, size=100, using=using), "an instance that has seen two other tapes")
    changed = sorted(name for name, value in vars(instance).items() if not _same(value, kept.get(name)))
    if changed:
        raise NonconformingError(f"it changes its attributes from tape to tape: {', '.join(changed)}")
    columns = {name: values.copy() for name, values in first.batch.columns.items()}
    case.subject.run(first)
    spoiled = [name for name, values in columns.items() if not np.array_equal(values, first.batch.columns[name])]
    if spoiled:
        raise NonconformingError(f"it changes the events that it was given: {', '.join(spoiled)}")


def check_reads_what_it_declares(case: Case) -> None:
    """Check that events of kinds that it does not declare make no difference.

    Columns that it does not declare are not on the tape of any check. What is known of standing orders and books comes
    from all kinds of events about them.
    """
    wanted = [int(kind) for kind in case.subject.bound.needs.kinds]
    wanted += _MAKES_BOOKS if _asks_about_orders(case.subject.bound) else ()
    schedule = [int(Kind.MARK)] if getattr(case.subject.params, "mark", "") else []
    for flow in case.flows:
        keep = np.isin(flow.batch.columns["kind"], [*wanted, *schedule, *_TO_ALL])
        run = case.subject.run(flow.take(np.flatnonzero(keep)), size=500)
        case.compare(flow, run, "no events but those of the kinds in `needs`")


def check_look_back_and_horizon(case: Case) -> None:
    """Check that rows before `look_back` and after `horizon` make no difference: a restart reads no more.

    A restart also knows the orders that stand. Where a detector asks about them, rows before `look_back` are left in
    and made nobody's, in flows in which no row takes its account from its order.
    """
    detector = case.subject.bound
    for flow in case.flows:
        if len(flow) < 2:
            continue
        whole, time = case.whole(flow), flow.time
        cut = int(time[len(time) // 2])
        marks = flow.batch.columns["kind"] == int(Kind.MARK)
        begin = cut - detector.look_back()
        if not _asks_about_orders(detector):
            later = case.subject.run(flow.take(np.flatnonzero((time >= begin) | marks)))
        elif flow.batch.column("account").all():
            later = case.subject.run(_of_nobody(flow, (time < begin) & ~marks))
        else:
            later = whole
        anchored = anchor_times(flow, whole), anchor_times(flow, later)
        how = f"only the rows from look_back() before a moment on, over the flow {flow.name!r}"
        difference(where(whole, anchored[0] >= cut), where(later, anchored[1] >= cut), how, flow)
        earlier = case.subject.run(flow.take(np.flatnonzero(time <= cut)))
        known = cut - detector.horizon()
        how = f"only the rows up to horizon() after a moment, over the flow {flow.name!r}"
        difference(
            where(whole, whole.table["time"] <= known), where(earlier, earlier.table["time"] <= known), how, flow
        )


def check_findings(case: Case) -> None:
    """Check that findings of rules over it are the same in any batches and on any number of shards."""
    thresholds = _thresholds(case)
    for flow in case.flows:
        expected = case.subject.run(flow, thresholds=thresholds).findings
        for size in (40, 333):
            run = case.subject.run(flow, size=size, thresholds=thresholds)
            same_findings(expected, run.findings, flow, f"batches of {size}")
        if case.subject.bound.shard:
            shards = _shards(flow, case.subject.bound.shard)
            parts = [case.subject.run(flow, size=150, shard=mask, thresholds=thresholds).findings for mask in shards]
            merged = sorted((one for part in parts for one in part), key=identity)
            same_findings(expected, merged, flow, f"{_SHARDS} shards")


def check_cost(case: Case) -> dict[str, Any]:
    """Check that it costs no more CPU time an event than allowed, on a flow with a hot key."""
    flow = case.long
    runs = [case.subject.run(flow, size=1 << 16) for _ in range(2)]
    best = min(runs, key=lambda run: run.total)
    each, measuring = best.total // best.events, min(run.measuring for run in runs) // best.events
    if measuring > case.slowest:
        hint = "ask for spans and aggregates instead of going through rows in Python"
        raise NonconformingError(
            f"measure takes {measuring:,} ns an event, and {case.slowest:,} are allowed (`slowest`); {hint}"
        )
    return {"ns_per_event": each, "ns_per_event_in_measure": measuring}


CHECKS: Final = {
    "declares what it is": check_declarations,
    "documented": check_documentation,
    "measures are complete": check_measures,
    "any batching": check_any_batching,
    "pages given back": check_pages_given_back,
    "any number of threads": check_any_threads,
    "any sharding": check_any_sharding,
    "no memory": check_no_memory,
    "reads what it declares": check_reads_what_it_declares,
    "look-back and horizon": check_look_back_and_horizon,
    "findings": check_findings,
    "cost": check_cost,
}
"""All checks, by the name under which a test shows them."""


def _thresholds(case: Case) -> list[Threshold]:
    """Make the condition of a rule that about three in a hundred candidates meet."""
    detector = case.subject.bound
    measures = detector.measures_of(case.subject.params)
    name = next((name for name in measures if detector.scale(name) is not None), next(iter(measures)))
    values = np.concatenate([case.whole(flow).table[name] for flow in case.flows])
    known = values[values != NULL]
    limit = int(np.quantile(known, 0.97)) if len(known) else 0
    amount = Amount(Fraction(limit, detector.scale(name) or PPM))
    return [Threshold(name, measures[name].unit, "at_least", (amount,), f"at least {limit}", graded=limit > 0)]


def _asks_about_orders(detector: Detector) -> bool:
    return not detector.reads.isdisjoint((*ORDER_FIELDS, *BOOK_FIELDS))


def _of_nobody(flow: Flow, rows: NDArray[np.bool_]) -> Flow:
    """Return a flow some rows of which have no account."""
    account = np.where(rows, 0, flow.batch.column("account")).astype(np.int32)
    return Flow(flow.name, EventBatch({**flow.batch.columns, "account": account}, flow.batch.texts), flow.dictionaries)


def _shards(flow: Flow, by: tuple[str, ...]) -> Iterator[NDArray[Any]]:
    mixed = np.zeros(len(flow), dtype=np.int64)
    to_all = np.isin(flow.batch.columns["kind"], _TO_ALL)
    for name in by:
        values = flow.batch.column(name)
        mixed = mixed * 31 + values
        to_all |= values == COLUMN[name].null_value  # such a row takes it from its order, which may be on any shard
    for number in range(_SHARDS):
        yield (mixed % _SHARDS == number) | to_all


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return bool(one == other)


def _columns(names: list[str]) -> str:
    unknown = [name for name in names if name not in COLUMN]
    return f"{'column' if len(names) == 1 else 'columns'} {', '.join(names)}" + (
        f" ({unknown} unknown)" if unknown else ""
    )


def _raise(wrong: list[str]) -> None:
    if wrong:
        raise NonconformingError("\n".join(wrong))
