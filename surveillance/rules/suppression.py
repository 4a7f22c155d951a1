"""Suppressions: findings that a person has decided not to be alerted about, with a reason, an owner and an end.

A suppression never edits a rule. It holds back less rather than more: what is not known does not match, and from
the day on which it expires its findings are found again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path as FilePath
from pathlib import PurePath
from typing import Final

import jsonschema

from surveillance.documents.document import Document, Path
from surveillance.documents.validation import did_you_mean, validate
from surveillance.documents.yaml import read_yaml
from surveillance.errors import Problem
from surveillance.rules.digest import hash_of
from surveillance.rules.rule import Rule
from surveillance.rules.schema import build_suppression_schema
from surveillance.rules.thresholds import mapping_at

ALWAYS_KNOWN: Final = ("account", "trader", "instrument", "venue", "asset_class")
"""Fields that the events of every finding say; others are known where they are in the rule's key."""

Known = Callable[[str], "frozenset[str] | None"]
"""Gives the values that a field has in the events of a finding; None when not all of them are known."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """Findings that alert nobody, until a day.

    Parameters
    ----------
    id, reason, owner : str
        As in the file.
    rules : frozenset of str
        Ids of the rules whose findings it holds back.
    scope : Mapping
        Field to the values that it may have; all fields must match.
    since, until : date or None
        First day (UTC) on which a finding may start, last one on which it may end.
    expires : date
        First day (UTC) on which a finding that ends is found again.
    file : str
        Where it was read from.
    """

    id: str
    rules: frozenset[str]
    scope: Mapping[str, frozenset[str]]
    reason: str
    owner: str
    expires: date
    since: date | None
    until: date | None
    file: str

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of what it holds back."""
        scope = {name: sorted(values) for name, values in self.scope.items()}
        return hash_of([self.id, sorted(self.rules), scope, self.since, self.until, self.expires])

    def covers(self, rule: str, start: date, end: date, known: Known) -> bool:
        """Tell whether a finding is within its scope, expired or not.

        Parameters
        ----------
        rule : str
            Id of the finding's rule.
        start, end : date
            Days (UTC) of its first and last event.
        known : callable
            Gives the values of a field in its events.
        """
        if rule not in self.rules or (self.since and start < self.since) or (self.until and end > self.until):
            return False
        for name, allowed in self.scope.items():
            values = known(name)
            if values is None or not values <= allowed:
                return False
        return True


def load_suppressions(
    paths: Iterable[FilePath], rules: Mapping[str, Rule], named: Iterable[str], documents: dict[str, Document]
) -> tuple[list[Suppression], list[Problem]]:
    """Read all suppression files.

    Parameters
    ----------
    paths : iterable of Path
        The files.
    rules : Mapping
        Valid rules by id.
    named : iterable of str
        Ids of all rules, those included in which something is wrong.
    documents : dict
        Where the files that can be read are put, by their paths.

    Returns
    -------
    list of Suppression
        Those in which nothing is wrong.
    list of Problem
        Everything that is; that one has expired is none.
    """
    validator = jsonschema.Draft7Validator(build_suppression_schema())
    known = sorted({*rules, *named})
    found: dict[str, Suppression] = {}
    problems: list[Problem] = []
    for path in paths:
        document, faults = read_yaml(path)
        if document is not None:
            documents[document.file] = document
            faults += validate(document, validator)
            if not faults:
                faults += [*_check(document, rules, known)]
            if not faults and document.value["id"] in found:
                other = found[document.value["id"]].file
                faults.append(document.problem("duplicate-id", f"the id is taken by {other}", ("id",)))
            if not faults:
                found[document.value["id"]] = _build(document)
        problems += faults
    return list(found.values()), problems


def _check(document: Document, rules: Mapping[str, Rule], known: Iterable[str]) -> Iterator[Problem]:
    """Say what no schema can: names that do not exist, days that cannot be, scopes that never match."""
    content, name = document.value, PurePath(document.file).stem
    if content["id"] != name:
        message, hint = f"the suppression {content['id']} is in the file {name}.yaml", "rename the file or the id"
        yield document.problem("id-is-not-file-name", message, ("id",), hint)
    for place, rule in enumerate(content["rules"]):
        if rule not in known:
            yield document.problem(
                "unknown-rule", f"no rule has the id '{rule}'", ("rules", place), did_you_mean(rule, known)
            )
        elif rule in rules:
            for field in mapping_at(document, ("scope",)):
                if field not in (*ALWAYS_KNOWN, *rules[rule].key, "from", "until"):
                    message = f"findings of {rule} do not say their {field}, so that this would hide none of them"
                    hint = f"they say {', '.join(dict.fromkeys((*rules[rule].key, *ALWAYS_KNOWN)))}"
                    yield document.problem("idle-scope", message, ("scope", field), hint, key=True)
    if set(content["scope"]) <= {"from", "until"}:
        hint = "name whose findings they are, such as account or instrument; to stop a rule, set its status to shadow"
        yield document.problem("bad-scope", "days alone would hide every finding of the rules", ("scope",), hint)
    days: dict[str, date] = {}
    for path in (("scope", "from"), ("scope", "until"), ("expires",)):
        yield from _check_day(document, path, days)
    if "from" in days and "until" in days and days["until"] < days["from"]:
        yield document.problem("bad-day", "until lies before from", ("scope", "until"), "swap them")


def _check_day(document: Document, path: Path, days: dict[str, date]) -> Iterator[Problem]:
    written = mapping_at(document, path[:-1]).get(str(path[-1]))
    if isinstance(written, str):
        try:
            days[str(path[-1])] = date.fromisoformat(written)
        except ValueError:
            yield document.problem("bad-day", f"{written} is not a day of the calendar", path)


def _build(document: Document) -> Suppression:
    content = document.value
    scope = dict(content["scope"])
    since, until = scope.pop("from", None), scope.pop("until", None)
    return Suppression(
        id=content["id"],
        rules=frozenset(content["rules"]),
        scope={name: frozenset(values) for name, values in scope.items()},
        reason=content["reason"],
        owner=content["owner"],
        expires=date.fromisoformat(content["expires"]),
        since=None if since is None else date.fromisoformat(since),
        until=None if until is None else date.fromisoformat(until),
        file=document.file,
    )
