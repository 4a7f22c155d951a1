"""Alerts of two rulebooks over the same events: which are gained, lost, or scored in another way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from surveillance.alerts.lineage import digest_of
from surveillance.alerts.recording import ALERTS
from surveillance.rules.rulebook import SEVERITIES

Alert = Mapping[str, Any]

_SEEN: Final = ("alert_id", "score", "level", "rules", "start", "end", "instruments", "accounts", "trading_day")


def tape_diff(before: Path, after: Path) -> dict[str, Any]:
    """Compare the alerts in two folders that a run wrote.

    Parameters
    ----------
    before, after : Path
        Folders with alerts.ndjson and findings.ndjson, of the same events.

    Returns
    -------
    dict
        ``gained`` and ``lost``, alerts with their ``explanation``; ``rescored``, pairs of them; ``same``, how many;
        a ``digest`` of the alerts after; ``rules``, ``asset_classes`` and ``levels``, the numbers before and after.

    Notes
    -----
    Alerts of the same id are one alert. A finding that is gained or lost can change an alert's id, so that of those
    that are left, alerts of one subject that share an instrument and overlap in time are one too, each once, in order.
    """
    old, new = _alerts(before), _alerts(after)
    pairs = [(old[name], new[name]) for name in old if name in new]
    left, right = ([one for name, one in each.items() if name not in other] for each, other in ((old, new), (new, old)))
    moved = _overlapping(left, right)
    pairs += moved
    paired = {id(one) for pair in moved for one in pair}
    rescored = [pair for pair in pairs if _differ(*pair)]
    return {
        "alerts": [len(old), len(new)],
        "digest": digest_of(sorted([one["alert_id"], one["score"], sorted(one["findings"])] for one in new.values())),
        "same": len(pairs) - len(rescored),
        "gained": [_shown(one) for one in right if id(one) not in paired],
        "lost": [_shown(one) for one in left if id(one) not in paired],
        "rescored": [
            {"before": _shown(one), "after": _shown(other), "because": _because(one, other)} for one, other in rescored
        ],
        "levels": _counts([one["level"] for one in old.values()], [one["level"] for one in new.values()], SEVERITIES),
        "rules": _of_findings(before, after, "rule"),
        "asset_classes": _of_findings(before, after, "asset_class"),
    }


def lost_or_lower(diff: Mapping[str, Any]) -> bool:
    """Tell whether an alert is lost or scores less."""
    return bool(diff["lost"]) or any(one["after"]["score"] < one["before"]["score"] for one in diff["rescored"])


def gained_or_higher(diff: Mapping[str, Any]) -> bool:
    """Tell whether an alert is gained or scores more."""
    return bool(diff["gained"]) or any(one["after"]["score"] > one["before"]["score"] for one in diff["rescored"])


def _alerts(folder: Path) -> dict[str, Alert]:
    """Return the last revision of each alert that was not withdrawn."""
    with (folder / ALERTS).open("rb") as lines:
        found = {one["alert_id"]: one for one in map(msgspec.json.decode, lines)}
    return {name: one for name, one in found.items() if one["findings"]}


def _overlapping(left: Sequence[Alert], right: Sequence[Alert]) -> list[tuple[Alert, Alert]]:
    """Pair alerts of one subject that share an instrument and overlap in time."""
    of_subject: dict[tuple[str, ...], list[Alert]] = {}
    for one in sorted(right, key=_begin):
        of_subject.setdefault(_subject(one), []).append(one)
    pairs = []
    for one in sorted(left, key=_begin):
        others = of_subject.get(_subject(one), [])
        fitting = (other for other in others if _meet(one, other))
        found = next(fitting, None)
        if found is not None:
            others.remove(found)
            pairs.append((one, found))
    return pairs


def _begin(one: Alert) -> tuple[str, str]:
    return one["start"], one["alert_id"]


def _subject(one: Alert) -> tuple[str, ...]:
    return tuple(str(part) for pair in sorted(one["subject"].items()) for part in pair)


def _meet(one: Alert, other: Alert) -> bool:
    shared = set(one["instruments"]) & set(other["instruments"])
    return bool(shared) and bool(one["start"] <= other["end"] and other["start"] <= one["end"])


def _differ(one: Alert, other: Alert) -> bool:
    return any(one[name] != other[name] for name in ("score", "level", "rules"))


def _because(one: Alert, other: Alert) -> list[str]:
    """Say which rules came, went, or weigh otherwise."""
    before, after = ({part["rule"]: part for part in alert["contributions"]} for alert in (one, other))
    said = [f"{name} no longer counts" for name in before if name not in after]
    said += [f"{name} counts now" for name in after if name not in before]
    for name in before:
        if name in after and before[name]["weight"] != after[name]["weight"]:
            said.append(f"{name} weighs {after[name]['weight']}, it was {before[name]['weight']}")
    return said


def _shown(one: Alert) -> dict[str, Any]:
    return {"subject": one["subject"], **{name: one[name] for name in _SEEN}, "explanation": one["explanation"]}


def _of_findings(before: Path, after: Path, field: str) -> dict[str, list[int]]:
    def values(folder: Path) -> Iterable[str]:
        with (folder / "findings.ndjson").open("rb") as lines:
            return [str(one[field]) for one in map(msgspec.json.decode, lines)]

    return _counts(values(before), values(after))


def _counts(before: Iterable[str], after: Iterable[str], order: Sequence[str] = ()) -> dict[str, list[int]]:
    old, new = Counter(before), Counter(after)
    names = order or sorted({*old, *new})
    return {name: [old[name], new[name]] for name in names if old[name] or new[name]}
