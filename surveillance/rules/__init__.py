"""Rules: YAML files that a compliance engineer writes, loaded strictly, with every difference resolved."""

from surveillance.rules.cases import Expected, RuleTest
from surveillance.rules.conditions import Condition, Threshold
from surveillance.rules.loader import Reading, load_head, load_rulebook, read_rulebook
from surveillance.rules.rule import Rationale, Rule
from surveillance.rules.rulebook import Rulebook, Scoring
from surveillance.rules.suppression import Suppression

__all__ = [
    "Condition",
    "Expected",
    "Rationale",
    "Reading",
    "Rule",
    "RuleTest",
    "Rulebook",
    "Scoring",
    "Suppression",
    "Threshold",
    "load_head",
    "load_rulebook",
    "read_rulebook",
]
