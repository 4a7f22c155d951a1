"""An alert in numbered steps of plain English: who, what against which limits, how it adds up, what would clear it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from surveillance.alerts.amounts import clock, counted, limit, listed, measured, number, percent, points
from surveillance.alerts.clearing import smallest_change
from surveillance.alerts.filed import Filed, Subject
from surveillance.alerts.scoring import Score
from surveillance.rules.rulebook import SEVERITIES, Scoring

KINDS: Final = {"beneficial_owner": "owner", "key": ""}

Contribution = Mapping[str, Any]


def explain(
    subject: Subject, members: Sequence[Filed], scoring: Scoring, scored: Score, contributions: Sequence[Contribution]
) -> list[str]:
    """Return the steps of an alert's explanation.

    Parameters
    ----------
    subject : Subject
        Whom it is about.
    members : sequence of Filed
        Its findings, by start.
    scoring : Scoring
        Weights and levels of the rulebook.
    scored : Score
        Its score.
    contributions : sequence of Mapping
        Of each rule, the weightiest first; see `surveillance.alerts.alert`.
    """
    steps = [_who(subject, members)]
    for one in contributions:
        mine = [filed.finding for filed in members if filed.finding["rule"] == one["rule"]]
        steps += _seen(one, max(mine, key=lambda finding: (finding["strength"], finding["finding_id"])), mine)
    steps += _weights(contributions)
    steps.append(_sum(scoring, scored, contributions))
    steps += _cleared(members, contributions)
    return steps


def named(subject: Subject) -> str:
    """Return a subject as a sentence has it: ``owner B7860``."""
    return f"{KINDS.get(subject.kind, subject.kind)} {subject.id}".strip()


def _who(subject: Subject, members: Sequence[Filed]) -> str:
    rules = sorted({filed.finding["rule"] for filed in members})
    accounts = sorted({one for filed in members for one in filed.accounts})
    instruments = sorted({one for filed in members for one in filed.instruments})
    start, end = members[0].finding["start"], max(filed.finding["end"] for filed in members)
    others = _others(subject, members)
    own = [one for one in accounts if one not in others]
    through = f", through {_noun('account', own)}" if own and subject.kind != "account" else ""
    beside = f", with {_noun('account', others)}" if others else ""
    name = named(subject)
    return (
        f"{name[:1].upper()}{name[1:]}{through}{beside}: {counted(len(members), 'finding')} of "
        f"{counted(len(rules), 'rule')} in {listed(instruments) or 'no instrument'}, "
        f"from {clock(start)} to {clock(end)[11:]} UTC."
    )


def _others(subject: Subject, members: Sequence[Filed]) -> list[str]:
    """Return the accounts that are not the subject's: those of the other members of a group."""
    events = [event for filed in members for event in filed.events if event.get("account")]
    own = {event["account"] for event in events if event.get(subject.kind) in (None, subject.id)}
    return sorted({event["account"] for event in events} - own)


def _noun(noun: str, names: list[str]) -> str:
    return f"{noun}{'' if len(names) == 1 else 's'} {listed(names)}"


def _seen(one: Contribution, strongest: Mapping[str, Any], mine: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what a rule saw at its strongest, and each condition with its value and limit."""
    strongest_of = f" The strongest of {counted(len(mine), 'finding')}:" if len(mine) > 1 else ""
    yield f"Rule {one['rule']} ({one['severity']}): {one['title']}.{strongest_of} {strongest['explanation'][0]}"
    for condition in strongest["conditions"]:
        name = condition["measure"].replace("_", " ").capitalize()
        by = f", passed by {measured(condition, 'margin')}" if condition["margin"] else ", met exactly"
        yield f"{name} was {measured(condition)}; {one['rule']} asks for {limit(condition)}{by}."


def _weights(contributions: Sequence[Contribution]) -> Iterator[str]:
    for one in contributions:
        said = (
            f"{one['rule']}: a {one['severity']} rule met with strength {percent(one['strength'])} weighs "
            f"{percent(one['weight'])}"
        )
        if one["counted"]:
            yield f"{said} and counts for the family {one['family']}; without it the score would be {one['without']}."
        else:
            yield f"{said}, but the family {one['family']} counts once, and another of its rules weighs more."


def _sum(scoring: Scoring, scored: Score, contributions: Sequence[Contribution]) -> str:
    counting = [one for one in contributions if one["counted"]]
    factors = " x ".join(f"(1 - {number(one['weight'])})" for one in counting)
    place = SEVERITIES.index(scored.level)
    low = scoring.levels[scored.level]
    high = scoring.levels[SEVERITIES[place + 1]] if place + 1 < len(SEVERITIES) else 100
    said = f"Score: 100 x (1 - {factors}) = {points(scored.uncapped)}"
    if scored.value < scored.uncapped:
        gravest = max((one["severity"] for one in contributions), key=SEVERITIES.index)
        said += f", held at {points(scored.value)}: at most one level above its gravest rule, which is {gravest}"
    return f"{said}. The level {scored.level} goes from {low} to {high}."


def _cleared(members: Sequence[Filed], contributions: Sequence[Contribution]) -> Iterator[str]:
    """Yield what would have cleared it, the smallest single change first."""
    changes = []
    for one in contributions:
        mine = [filed.finding for filed in members if filed.finding["rule"] == one["rule"]]
        hardest = max((smallest_change(finding) for finding in mine), key=lambda change: change["change"])
        changes.append((hardest["change"], one["rule"], hardest, len(mine), one["without"]))
    for place, (_, _, change, findings, without) in enumerate(sorted(changes, key=lambda item: item[:2])):
        others = "other finding" if findings == 2 else f"other {findings - 1} findings"
        again = f" The {others} would have needed less." if findings > 1 else ""
        alone = len(changes) == 1
        again += "" if alone else f" That would leave a score of {number(without, 2)}."
        lead = "What would have cleared it: " if alone else "The smallest change: " if not place else "Or: "
        yield f"{lead}{change['text']}{again}"


def near_miss_sentence(one: Mapping[str, Any]) -> str:
    """Say what somebody almost did: who, when, which condition failed and by how much."""
    who = ", ".join(one["key"].values())
    failed = one["failed"].replace("_", " ")
    return (
        f"{who} at {clock(one['time'])[11:]} was short of {one['rule']} by one condition: {failed} was "
        f"{one['value_text']}, and the rule asks for {limit(one)} ({percent(one['shortfall'])} off)."
    )
