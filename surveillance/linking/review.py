"""Suggestions as a file for a person: one pair a line with what speaks for it, and two columns to fill in."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final

from surveillance.errors import InputError, Location, Problem
from surveillance.events.small_csv import Row, read_csv
from surveillance.linking.suggesting import Suggestion

COLUMNS: Final = (
    "account_id", "other_account_id", "meetings", "expected", "surprise", "days", "instruments", "ring", "evidence",
    "decision", "reason",
)  # fmt: skip
"""``decision`` is ``yes``, ``no`` or empty for not yet; ``yes`` needs a ``reason``."""

_NEEDED: Final = ("account_id", "other_account_id", "decision", "reason")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A pair that a person says acts together.

    Parameters
    ----------
    accounts : tuple of str
        The two.
    reason, evidence : str
        Why the person says so, and what the suggestion said.
    place : Location
        Where it stands.
    """

    accounts: tuple[str, str]
    reason: str
    evidence: str
    place: Location


def as_csv(suggestions: Sequence[Suggestion]) -> str:
    """Return suggestions as the content of a file for review, nothing decided."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in suggestions:
        writer.writerow(
            [
                *one.accounts,
                one.meetings,
                f"{one.expected:.2f}",
                f"{one.surprise:.1f}",
                one.days,
                ";".join(one.instruments),
                ";".join(one.ring),
                in_words(one),
                "",
                "",
            ]
        )
    return text.getvalue()


def check_undecided(path: Path) -> None:
    """Make sure that a file for review may be written anew.

    Raises
    ------
    InputError
        Somebody has decided something in it.
    """
    if not path.is_file():
        return
    rows = read_csv(path, [])
    header = next(rows, None)
    names = [] if header is None else header.values
    decided = [row for row in rows if "decision" in names and row.values[names.index("decision")].strip()]
    if decided or names != list(COLUMNS):
        what = "holds decisions" if decided else "is another file"
        hint = "name another file with --out"
        raise InputError(Problem("not-overwritten", f"{what}, and is left as it is", Location(str(path)), hint))


def in_words(one: Suggestion) -> str:
    """Write what speaks for a suggestion."""
    often = f"traded with each other {one.meetings:,} times, {one.expected:,.1f} expected by chance"
    return "; ".join([often, *one.reasons])


def read_confirmed(path: Path) -> list[Confirmed]:
    """Return the pairs that a person confirmed in a file.

    Raises
    ------
    InputError
        With all that is wrong with it, each at its place.
    """
    problems: list[Problem] = []
    rows = read_csv(path, problems)
    header = next(rows, None)
    if header is None:
        raise InputError(problems or [Problem("empty-file", "is empty", Location(str(path)))])
    missing = [name for name in _NEEDED if name not in header.values]
    hint = "confirm a file that surveil links suggest wrote"
    problems += [Problem("missing-column", f"there is no column {name!r}", header.place(), hint) for name in missing]
    found = [] if missing else [_confirmed(row, header.values, problems) for row in rows]
    if problems:
        raise InputError(problems)
    return [one for one in found if one is not None]


def _confirmed(row: Row, names: list[str], problems: list[Problem]) -> Confirmed | None:
    fields = dict(zip(names, (value.strip() for value in row.values), strict=True))
    decision = fields["decision"].lower()
    if decision not in ("yes", "no", ""):
        place = row.place(names.index("decision"))
        problems.append(
            Problem("bad-decision", f"{fields['decision']!r} is neither yes nor no", place, "or leave it empty")
        )
    if decision != "yes":
        return None
    if not fields["reason"]:
        place = row.place(names.index("reason"))
        problems.append(Problem("no-reason", "a pair that is confirmed needs a reason", place, "say how you know"))
    empty = [name for name in _NEEDED[:2] if not fields[name]]
    problems += [Problem("no-account", f"{name} is empty", row.place(names.index(name))) for name in empty]
    pair = (fields["account_id"], fields["other_account_id"])
    return Confirmed(pair, fields["reason"], fields.get("evidence", ""), row.place())
