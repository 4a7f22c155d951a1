"""Where an alert came from: its release, rules as they were, code and inputs, and what was done with it since."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from surveillance.audit.inputs import release_of
from surveillance.audit.log import AuditLog
from surveillance.errors import InputError


def origin(found: Mapping[str, Any], rules: Path, log: AuditLog) -> dict[str, Any]:
    """Tell where an alert came from.

    Parameters
    ----------
    found : Mapping
        The alert with its capsule, as `surveillance.alerts.store.library.Library.show` gives it.
    rules : Path
        Rulebook in the repository that has the releases.
    log : AuditLog
        What was done with it.

    Returns
    -------
    dict
        ``alert``, ``release`` (None where none has its rulebook), ``rules``, ``inputs``, ``actions``.
    """
    alert, capsule = found["alert"], found["capsule"] or {"findings": [], "rules": {}}
    lineage = {name: value for name, value in alert["lineage"].items() if name != "digest"}
    try:
        release = release_of(alert["lineage"], rules)
    except InputError:  # no repository, or no releases: the alert can still be told
        release = None
    return {
        "alert": {name: value for name, value in alert.items() if name != "lineage"},
        "release": None if release is None else {"tag": release.tag, **release.manifest},
        "rules": [_rule(name, kept, capsule["findings"]) for name, kept in capsule["rules"].items()],
        "inputs": lineage,
        "actions": [
            msgspec.to_builtins(one)
            for one in (log.entries() if log.path.exists() else ())
            if one.what.get("alert_id") == alert["alert_id"]
        ],
    }


def _rule(name: str, kept: Mapping[str, Any], findings: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a rule as it was, with the values that held for the strongest of its findings."""
    mine = [one for one in findings if one["rule"] == name]
    strongest = max(mine, key=lambda one: (one["strength"], one["finding_id"]))
    return {
        "rule": name,
        **kept,
        "detector": strongest["detector"],
        "detector_version": strongest["detector_version"],
        "asset_class": strongest["asset_class"],
        "conditions": strongest["conditions"],
    }
