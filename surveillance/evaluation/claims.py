"""What a run claims: that somebody did something somewhere, from then until then, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from surveillance.errors import InputError, Location, Problem
from surveillance.events.reference_files import moment

ALERTS: Final = "alerts.ndjson"
FINDINGS: Final = "findings.ndjson"
PEOPLE: Final = ("account", "trader", "beneficial_owner", "desk")


@dataclass(frozen=True, slots=True)
class Claim:
    """An alert, or a finding of one rule.

    Parameters
    ----------
    id : str
        Of the alert or finding.
    rules : tuple of str
        Rules that stand behind it.
    level : str
        Level of the alert, or severity of the rule.
    score : float
        Score of the alert from 0 to 100, or strength of the finding from 0 to 1: what a threshold could be set on.
    actors : frozenset of str
        Accounts, and the trader, owner or desk that it is about.
    instruments : frozenset of str
        Empty when it is about none in particular.
    start, end : int
        Times of the first and last event, ns UTC.
    raised : int
        Time of the event with which it was first raised, ns UTC.
    run : int
        Which of several runs says so.
    """

    id: str
    rules: tuple[str, ...]
    level: str
    score: float
    actors: frozenset[str]
    instruments: frozenset[str]
    start: int
    end: int
    raised: int
    run: int = 0


def read_alerts(run: Path) -> list[Claim]:
    """Read the last revision of each alert of a run's folder.

    Raises
    ------
    InputError
        The folder holds no alerts, or a line cannot be read.
    """
    last: dict[str, Mapping[str, Any]] = {}
    for alert in _records(run / ALERTS):
        known = last.get(alert["alert_id"])
        if known is None or alert["revision"] > known["revision"]:
            last[alert["alert_id"]] = alert
    return [
        Claim(
            one["alert_id"],
            tuple(sorted({part["rule"] if isinstance(part, dict) else part for part in one["rules"]})),
            one["level"],
            float(one["score"]),
            frozenset(one["accounts"]) | {one["subject"]["id"]},
            frozenset(one["instruments"]),
            _ns(one["start"]),
            _ns(one["end"]),
            _ns(one["event_time"]),
        )
        for one in last.values()
    ]


def read_findings(run: Path) -> list[Claim]:
    """Read the findings of a run's folder, those of rules in shadow among them.

    Raises
    ------
    InputError
        The folder holds no findings, or a line cannot be read.
    """
    return [
        Claim(
            one["finding_id"],
            (one["rule"],),
            one["severity"],
            float(one["strength"]),
            frozenset(one["accounts"]) | {one["key"][name] for name in PEOPLE if one["key"].get(name)},
            frozenset((one["instrument"],) if one["instrument"] else ()),
            _ns(one["start"]),
            _ns(one["end"]),
            _ns(one["end"]),
        )
        for one in _records(run / FINDINGS)
    ]


def _records(path: Path, *, whole: bool = False) -> Iterator[dict[str, Any]]:
    try:
        lines = path.open("rb")
    except OSError as error:
        hint = "Name the folder that surveil detect wrote with --out."
        where = Location(str(path))
        raise InputError(Problem("unreadable-file", f"cannot be read: {error.strerror}", where, hint)) from error
    with lines:
        if whole:
            yield _record(lines.read(), Location(str(path)))
            return
        for number, line in enumerate(lines, 1):
            yield _record(line, Location(str(path), number))


def _record(line: bytes, place: Location) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise InputError(Problem("bad-record", f"is not a JSON record: {error}", place)) from error


def read_rules(run: Path) -> dict[str, frozenset[str]]:
    """Return the armed rules of a run's folder, each with its id and its detector's: the typologies that it is for.

    Raises
    ------
    InputError
        The folder is not that of a run.
    """
    (content,) = _records(run / "run.json", whole=True)
    return {
        one["rule"]: frozenset((one["rule"], one["detector"])) for one in content["rules"] if one["state"] == "armed"
    }


def _ns(text: str) -> int:
    found = moment(text)
    assert found is not None
    return found
