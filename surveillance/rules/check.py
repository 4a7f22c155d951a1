"""What a check is: the id that its problems carry, how grave they are, and how its problems are mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ERROR: Final = "error"
WARNING: Final = "warning"

FORM, MEANING, TAPES, LOCK, JUDGEMENT = (
    "Files and form",
    "What a rule says",
    "Tapes of tests",
    "Versions",
    "Judgement",
)
"""Groups of checks, as the page of all checks shows them."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is checked.

    Parameters
    ----------
    code : str
        Stable kebab-case id: that of `surveillance.errors.Problem`.
    group : str
        Under which heading it is described.
    meaning, why, mend : str
        What its problems say, why that matters, and how to mend it: Markdown, one paragraph each.
    example : str
        Lines of a file that have the problem, or what is printed.
    severity : str
        ``error`` or ``warning``; warnings do not make a check fail.
    waivable : bool
        Whether a comment with a reason may waive it: checks of judgement, never of validity.
    needs : str
        What has to be given for it to be checked at all: ``reference``, ``tape`` or nothing.
    """

    code: str
    group: str
    meaning: str
    why: str
    mend: str
    example: str
    severity: str = ERROR
    waivable: bool = False
    needs: str = ""
