"""The evaluation of a run: alerts over all, findings by rule, episodes by typology, severity and density."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final

from surveillance.evaluation.claims import Claim
from surveillance.evaluation.curves import Point, precision_recall
from surveillance.evaluation.matching import Matches, match
from surveillance.evaluation.measures import Share, delays, f1, share
from surveillance.evaluation.missed import Miss
from surveillance.evaluation.truth import Episode

DENSITIES: Final = (3, 10, 30, 100, 250)
"""Upper ends of the classes of order density, orders a second."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How one group of claims does on one group of episodes.

    Parameters
    ----------
    recall : Share
        Episodes of abuse that some claim is about.
    precision : Share
        Claims that are about an episode of abuse.
    per_episode : float or None
        Claims for each episode that was found; None when none was.
    delay : dict or None
        From the start of an episode to the first claim about it.
    lookalikes : dict of str to Share
        Lawful behaviour to its episodes that some claim is about.
    """

    recall: Share
    precision: Share
    per_episode: float | None
    delay: dict[str, float] | None
    lookalikes: dict[str, Share]

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        return f1(self.precision, self.recall)

    def as_dict(self) -> dict[str, Any]:
        """Return them as plain values for JSON."""
        return {
            "recall": self.recall.as_dict(),
            "precision": self.precision.as_dict(),
            "f1": self.f1,
            "alerts_per_episode": self.per_episode,
            "delay": self.delay,
            "lookalikes": {name: one.as_dict() for name, one in self.lookalikes.items()},
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that is said of a run.

    Parameters
    ----------
    alerts : Figures
        Of the alerts that count.
    by_rule : dict of str to Figures
        Of each rule's findings; recall is of the typologies that it is for.
    by_typology, by_severity, by_density : dict of str to Share
        Episodes of abuse that some alert is about.
    curve : list of Point
        Precision and recall by the score of alerts.
    curves : dict of str to list of Point
        The same by rule, by the strength of findings.
    missed : list of Episode
        Episodes of abuse that no alert is about.
    nearest : dict of str to Miss
        By episode what came nearest to it; filled where the run is judged again, see `surveillance.evaluation.again`.
    """

    alerts: Figures
    by_rule: dict[str, Figures]
    by_typology: dict[str, Share]
    by_severity: dict[str, Share]
    by_density: dict[str, Share]
    curve: list[Point]
    curves: dict[str, list[Point]]
    missed: list[Episode]
    nearest: dict[str, Miss] = field(default_factory=dict)


def evaluate(
    alerts: Sequence[Claim],
    findings: Sequence[Claim],
    episodes: Sequence[Episode],
    rules: Mapping[str, frozenset[str]],
    tolerance: int = 0,
) -> Evaluation:
    """Compare what a run claims with what happened.

    Parameters
    ----------
    alerts, findings : sequence of Claim
        Those that count.
    episodes : sequence of Episode
        Abuse, and lawful behaviour that looks like it.
    rules : Mapping
        Each rule of the run, and the typologies that it is for; where none of them is labelled, its recall is over
        those that its findings are about.
    tolerance : int
        How far a claim may be from an episode in time, ns.
    """
    matched = match(alerts, episodes, tolerance)
    labelled = {one.typology for one in episodes if one.is_abuse}
    by_rule, curves = {}, {}
    for rule, meant in sorted(rules.items()):
        ours = [one for one in findings if rule in one.rules]
        of_rule = match(ours, episodes, tolerance)
        seen = {episodes[place].typology for about in of_rule.of_claims for place in about if episodes[place].is_abuse}
        wanted = (meant & labelled) or seen
        by_rule[rule] = figures(ours, episodes, of_rule, wanted)
        curves[rule] = precision_recall(ours, episodes, of_rule, wanted)
    abuse = [(one, bool(about)) for one, about in zip(episodes, matched.of_episodes, strict=True) if one.is_abuse]
    return Evaluation(
        figures(alerts, episodes, matched),
        by_rule,
        _grouped(abuse, lambda one: one.typology),
        _grouped(abuse, lambda one: _tenth(one.params.get("severity"))),
        _grouped(abuse, lambda one: density_class(one.params.get("density"))),
        precision_recall(alerts, episodes, matched),
        curves,
        [one for one, found in abuse if not found],
    )


def figures(
    claims: Sequence[Claim], episodes: Sequence[Episode], matches: Matches, typologies: AbstractSet[str] | None = None
) -> Figures:
    """Return the figures of some claims; recall over some typologies, or all."""
    wanted = [
        place
        for place, one in enumerate(episodes)
        if one.is_abuse and (typologies is None or one.typology in typologies)
    ]
    abusive = {place for place, one in enumerate(episodes) if one.is_abuse}
    found = [place for place in wanted if matches.of_episodes[place]]
    first = [
        max(0, min(claims[number].raised for number in matches.of_episodes[place]) - episodes[place].start)
        for place in found
    ]
    lawful = [(one, bool(about)) for one, about in zip(episodes, matches.of_episodes, strict=True) if not one.is_abuse]
    return Figures(
        share([bool(matches.of_episodes[place]) for place in wanted]),
        share([bool(abusive.intersection(about)) for about in matches.of_claims]),
        sum(len(matches.of_episodes[place]) for place in found) / len(found) if found else None,
        delays(first),
        _grouped(lawful, lambda one: one.typology),
    )


def _grouped(abuse: Iterable[tuple[Episode, bool]], group: Callable[[Episode], str | None]) -> dict[str, Share]:
    groups: dict[str, list[bool]] = {}
    for episode, found in abuse:
        name = group(episode)
        if name is not None:
            groups.setdefault(name, []).append(found)
    return {name: share(cases) for name, cases in sorted(groups.items())}


def _tenth(severity: Any) -> str | None:
    return None if severity is None else f"{float(severity):.1f}"


def density_class(density: Any) -> str | None:
    """Return the class of an order density in words; None when it is not known."""
    if density is None:
        return None
    below = next((end for end in DENSITIES if float(density) <= end), None)
    return f"above {DENSITIES[-1]:3} orders/s" if below is None else f"up to {below:3} orders/s"
