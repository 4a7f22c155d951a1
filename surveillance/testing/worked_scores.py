"""The worked examples of scores in docs/alerts.md, computed by the code that scores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from surveillance.alerts.amounts import percent, points
from surveillance.alerts.scoring import Evidence, Score, score, weight
from surveillance.bundle import rules_folder
from surveillance.detecting.measure import Unit
from surveillance.engine.judge import STRENGTH_SCALE, excess
from surveillance.rules import Condition, Scoring, load_head
from surveillance.rules.rulebook import SCORE_SCALE

BEGIN: Final = "<!-- Made by: make schemas -->\n"
END: Final = "<!-- End of what is made -->\n"

Case = tuple[str, tuple[tuple[str, str, int], ...]]

CASES: Final[tuple[Case, ...]] = (
    ("low, at its thresholds", (("low", "a", 0),)),
    ("medium, at its thresholds", (("medium", "a", 0),)),
    ("high, at its thresholds", (("high", "a", 0),)),
    ("critical, at its thresholds", (("critical", "a", 0),)),
    ("high, of strength 50%", (("high", "a", 5000),)),
    ("high, as strong as can be", (("high", "a", 10_000),)),
    ("medium and medium, two families", (("medium", "a", 0), ("medium", "b", 0))),
    ("high and medium, two families", (("high", "a", 0), ("medium", "b", 0))),
    ("high and high, two families", (("high", "a", 0), ("high", "b", 0))),
    ("high and high, one family", (("high", "a", 0), ("high", "a", 5000))),
    ("eight low, eight families", tuple(("low", name, 0) for name in "abcdefgh")),
    ("five medium, five families", tuple(("medium", name, 0) for name in "abcde")),
)
"""What the rules of an alert are: severity, family and strength of each."""


def house_scoring() -> Scoring:
    """Return the weights and levels of the shipped rulebook."""
    head, _ = load_head(rules_folder() / "rulebook.yaml")
    assert head is not None
    return head.scoring


def tables(scoring: Scoring) -> str:
    """Return the worked examples as Markdown.

    Parameters
    ----------
    scoring : Scoring
        Weights and levels of the rulebook.
    """
    return "\n".join([*_strengths(scoring), "", *_alerts(scoring), ""])


def rewrite(page: str, scoring: Scoring) -> str:
    """Return a page with the part between `BEGIN` and `END` made anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables(scoring)}\n{END}{after}"


def _strengths(scoring: Scoring) -> Iterator[str]:
    yield "| one condition | measured | its strength | weight of a high rule | score |"
    yield "| --- | --- | --- | --- | --- |"
    count = Condition("buys", "at_least", 3, 2**62, "at least 3", Unit.COUNT, graded=True, threshold=3)
    share = Condition("alternation", "at_least", 60, 2**62, "at least 60%", Unit.SHARE, graded=True, threshold=60)
    for condition, unit, values in ((count, "", (3, 4, 6, 10, 30, 300)), (share, "%", (60, 70, 90, 100))):
        for value, strength in zip(values, excess(np.array(values), condition, 100).tolist(), strict=True):
            one = score(scoring, [Evidence("r", "f", "high", strength)])
            mine = percent(weight(scoring, "high", strength) / SCORE_SCALE)
            part = percent(strength / STRENGTH_SCALE)
            yield f"| {condition.text} | {value}{unit} | {part} | {mine} | {points(one.value)} |"


def _alerts(scoring: Scoring) -> Iterator[str]:
    yield "| rules of the alert | weights that count | 100 x (1 - product) | score | level |"
    yield "| --- | --- | --- | --- | --- |"
    for said, rules in CASES:
        found = score(
            scoring,
            [
                Evidence(f"r{place}", family, severity, strength)
                for place, (severity, family, strength) in enumerate(rules)
            ],
        )
        yield f"| {said} | {_counting(found)} | {points(found.uncapped)} | {points(found.value)} | {found.level} |"


def _counting(found: Score) -> str:
    weights = [percent(found.weights[rule] / SCORE_SCALE) for rule in found.counted.values()]
    same = len(weights) > 1 and len(set(weights)) == 1
    return f"{len(weights)} x {weights[0]}" if same else ", ".join(weights)
