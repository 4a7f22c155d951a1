"""One difference between two rulebooks, in words, and what it does to what is found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

ALL: Final = ""
"""What a change of the rulebook itself has in place of a rule's id."""


class Effect(str, Enum):
    """What a difference does to the alerts on any tape, as far as it can be proven."""

    LESS = "finds less"
    UNPROVEN = "may find less"
    MORE = "finds more"
    WORDS = "finds the same"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Parameters
    ----------
    rule : str
        Id of the rule; empty for the rulebook itself.
    field : str
        ``when.buys``, ``severity``, ``rule``: as in the file.
    scope : str
        Asset classes and bands for which it holds, in words; empty: all.
    before, after : str or None
        As a rule would write it; None: was, or is, not there.
    effect : Effect
        What it does to what is found.
    why : str
        Why, where that is not plain.
    """

    rule: str
    field: str
    scope: str
    before: str | None
    after: str | None
    effect: Effect
    why: str = ""

    def __str__(self) -> str:
        where = f" ({self.scope})" if self.scope else ""
        if self.before is None:
            said = f"{self.field}{where} is new: {self.after}"
        elif self.after is None:
            said = f"{self.field}{where} is gone, it was {self.before}"
        else:
            said = f"{self.field}{where}: {self.before} -> {self.after}"
        return f"{said} [{self.effect.value}{f', {self.why}' if self.why else ''}]"

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        names = ("rule", "field", "scope", "before", "after", "why")
        return {**{name: getattr(self, name) for name in names}, "effect": self.effect.value}
