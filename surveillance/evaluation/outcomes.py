"""Why a rule found nobody, in sentences: the first of all possible reasons that holds, from the gravest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from surveillance.alerts.amounts import amount, clock, counted, listed, percent
from surveillance.alerts.values import iso_time
from surveillance.engine.health import ARMED, State
from surveillance.evaluation.asking import Asked
from surveillance.evaluation.looking import Hidden
from surveillance.events.reference_files import moment
from surveillance.tape.order import END
from surveillance.testing.nearest import Margin, Nearest

_MINUTE: Final = 60 * 1_000_000_000
_SHADOW: Final = "It runs in shadow: it is counted, and alerts nobody."

Finding = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that a run showed of what was asked.

    Parameters
    ----------
    asked : Asked
        Rule, key and time.
    run : Mapping
        The run's record.
    rule : Mapping
        The rule's part of it.
    state : State
        Of the rule at the time asked about.
    unknown : sequence of (str, str)
        Columns and ids asked about that no event has.
    findings : sequence of Mapping
        Of the rule about whom was asked.
    alerts : Mapping
        Finding to the alert that it is in.
    hidden : sequence of Hidden
        Findings that suppressions held back.
    nearest : Nearest or None
        What came nearest.
    """

    asked: Asked
    run: Mapping[str, Any]
    rule: Mapping[str, Any]
    state: State
    unknown: Sequence[tuple[str, str]]
    findings: Sequence[Finding]
    alerts: Mapping[str, str]
    hidden: Sequence[Hidden]
    nearest: Nearest | None

    @property
    def name(self) -> str:
        """The rule as a sentence has it."""
        return f"{self.rule['rule']} version {self.rule['version']}"

    @property
    def reach(self) -> int:
        """How far away a finding answers the question, ns: any distance where what came nearest met all conditions."""
        met_all = self.nearest is not None and self.nearest.applies and not self.nearest.failed
        return END if met_all else self.asked.within


Outcome = tuple[str, list[str]]


def outcome_of(seen: Seen) -> Outcome:
    """Return the outcome, in one word and in sentences.

    Parameters
    ----------
    seen : Seen
        What the run showed.

    Returns
    -------
    tuple
        ``not_armed``, ``found``, ``shadow``, ``suppressed``, ``outside``, ``unknown``, ``not_for_it``, ``near`` or
        ``nothing``; and sentences, the first of which answers.
    """
    for reason in (_found_then, _suppressed_then, _outside, _not_armed, _unknown, _found_near, _suppressed_near):
        outcome = reason(seen)
        if outcome is not None:
            return outcome
    return _candidate(seen)


def _found_then(seen: Seen) -> Outcome | None:
    at = iso_time(seen.asked.at)
    return next((_found(seen, one) for one in seen.findings if one["start"] <= at <= one["end"]), None)


def _found_near(seen: Seen) -> Outcome | None:
    one = min(seen.findings, key=lambda each: _away(seen, each["start"], each["end"]), default=None)
    if one is None or _away(seen, one["start"], one["end"]) > seen.reach:
        return None
    word, (lead, *rest) = _found(seen, one)
    return word, [lead, _apart(seen, one["start"], one["end"]), *rest]


def _found(seen: Seen, one: Finding) -> Outcome:
    lead = f"{seen.name} did find it, {_span(one['start'], one['end'])}: finding {one['finding_id']}"
    if one["status"] == "shadow":
        return "shadow", [f"{lead}.", _SHADOW, *one["explanation"]]
    alert = seen.alerts.get(one["finding_id"])
    return "found", [f"{lead}{f', alert {alert}' if alert else ''}.", *one["explanation"]]


def _suppressed_then(seen: Seen) -> Outcome | None:
    at = iso_time(seen.asked.at)
    return next((_suppressed(seen, one) for one in seen.hidden if one.start <= at <= one.end), None)


def _suppressed_near(seen: Seen) -> Outcome | None:
    one = min(seen.hidden, key=lambda each: _away(seen, each.start, each.end), default=None)
    if one is None or _away(seen, one.start, one.end) > seen.reach:
        return None
    word, said = _suppressed(seen, one)
    return word, [*said, _apart(seen, one.start, one.end)]


def _suppressed(seen: Seen, one: Hidden) -> Outcome:
    holds = next(each for each in seen.run["suppressions"] if each["id"] == one.suppression)
    return "suppressed", [
        f"{seen.name} found it, {_span(one.start, one.end)}, and suppression {one.suppression} held it back.",
        f"Owner {holds['owner']}, until {holds['expires']}: {holds['reason']}",
    ]


def _outside(seen: Seen) -> Outcome | None:
    first, last = seen.run["time"]["first"], seen.run["time"]["last"]
    if first is not None and first <= iso_time(seen.asked.at) <= last:
        return None
    said = "the run has no events" if first is None else f"the run's events are {_span(first, last)}"
    return "outside", [f"Nothing is known of {clock(iso_time(seen.asked.at))} UTC: {said}."]


def _not_armed(seen: Seen) -> Outcome | None:
    if seen.state.name == ARMED:
        return None
    return "not_armed", [
        f"{seen.name} could see nothing then: it was {seen.state.name}, because {seen.state.reason}.",
        "That it found nothing says nothing about what happened.",
    ]


def _unknown(seen: Seen) -> Outcome | None:
    if not seen.unknown:
        return None
    names = listed([name.replace("_", " ") for name, _ in seen.unknown])
    return "unknown", [
        f"{seen.name} was armed, and no event of the run is about that {names}.",
        "Look whether the id is written as the feed writes it.",
    ]


def _candidate(seen: Seen) -> Outcome:
    one, around = seen.nearest, f"within {seen.asked.within // _MINUTE:,} min of {clock(iso_time(seen.asked.at))} UTC"
    if one is None:
        kinds = "Whoever you named did nothing there that the rule looks at; other rules may look at more."
        return "nothing", [f"{seen.name} was armed, and measured nothing of them {around}.", kinds]
    place = f"{', '.join(one.key.values())} at {clock(iso_time(one.at))} UTC"
    if not one.applies:
        kind = f"the asset class {one.asset_class}" if one.asset_class else "what has no known asset class"
        return "not_for_it", [f"{seen.name} was armed, and is not for {kind}: it did not judge {place}."]
    failed = sorted((part for part in one.margins if not part.met), key=lambda part: -part.short)
    lead = f"{seen.name} was armed. What came nearest {around} is {place}: it failed {len(failed)} of"
    return "near", [f"{lead} {counted(len(one.margins), 'condition')}.", *map(_failed, failed)]


def _failed(one: Margin) -> str:
    name = one.measure.replace("_", " ").capitalize()
    if not one.margin:
        return f"{name} was {one.value}; the rule asks for {_limit(one)}."
    by = one.margin.replace("%", " percentage points")
    return f"{name} was {one.value}; the rule asks for {_limit(one)}: {by}, {percent(round(one.short, 4))} of it."


def _limit(one: Margin) -> str:
    return one.asked.replace("_", ",")


def _span(start: str, end: str) -> str:
    return f"from {clock(start)} to {clock(end)[11 if start[:10] == end[:10] else 0 :]} UTC"


def _away(seen: Seen, start: str, end: str) -> int:
    """Return how far the time asked about is from a span, ns."""
    first, last = moment(start), moment(end)
    assert first is not None
    assert last is not None
    return max(first - seen.asked.at, seen.asked.at - last, 0)


def _apart(seen: Seen, start: str, end: str) -> str:
    """Say how far away a span is from the time asked about, and on which side."""
    at, away = iso_time(seen.asked.at), amount(_away(seen, start, end), "duration")
    return f"That is {away} {'after' if start > at else 'before'} {clock(at)} UTC."
