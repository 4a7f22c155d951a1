"""What the audit log says of a run: which rulebook and suppressions were applied to what, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surveillance.audit.hashing import sha256_of


def entry_of(run: Mapping[str, Any], out: Path, *, stored: bool) -> dict[str, Any]:
    """Return the facts of a run; names of files are left out where ids are pseudonyms.

    Parameters
    ----------
    run : Mapping
        Content of run.json.
    out : Path
        Its folder.
    stored : bool
        Whether the alerts went into a store.
    """
    reference = run["reference"] or {}
    return {
        "run_sha256": sha256_of(out / "run.json"),
        "alerts_sha256": sha256_of(out / "alerts.ndjson"),
        "out": None if run["privacy"] else str(out.absolute()),
        "rulebook": run["rulebook"],
        "suppressions": [one["id"] for one in run["suppressions"]],
        "feed": run["feed"],
        "reference": reference.get("sha256"),
        "sources": [one["sha256"] for one in run["sources"]],
        "events": run["counts"]["events"],
        "alerts": run["alerts"],
        "not_armed": sorted(one["rule"] for one in run["rules"] if one["state"] not in ("armed", "disabled")),
        "stored": stored,
    }
