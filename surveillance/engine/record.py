"""run.json: what went in, what came out, what could not see, and on what it ran."""

from __future__ import annotations

import platform
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from surveillance import __version__
from surveillance.alerts.values import iso_time
from surveillance.detecting.plugins import Loaded
from surveillance.engine.health import State
from surveillance.events.rates import Rates
from surveillance.events.reference import Reference
from surveillance.events.schema import NULL, Kind
from surveillance.rules import Rulebook

_LIBRARIES = ("numpy", "numba", "pyarrow", "PyYAML", "pluggy", "jsonschema", "msgspec")


def counts_of(sources: Iterable[Any], late: int) -> dict[str, Any]:
    """Add up what became of the records: rows read (and sides added) are events, rejects, filtered, duplicates."""
    reasons: Counter[str] = Counter()
    totals = dict.fromkeys(("rows_read", "events", "rejected", "filtered", "added", "duplicates"), 0)
    for source in sources:
        counted = source.counts.as_dict()
        reasons.update(counted["reasons"])
        for name in totals:
            totals[name] += counted[name]
    return {**totals, "late": late, "rejected_by_reason": dict(sorted(reasons.items()))}


def source_record(source: Any) -> dict[str, Any]:
    """Describe one source."""
    return {
        "name": source.name,
        "format": source.format,
        "bytes": source.size,
        "sha256": source.sha256,
        **source.counts.as_dict(),
    }


def inputs_record(
    sources: Sequence[Path],
    feed: str,
    rules: Path | None,
    reference: Path | None,
    rates: Sequence[Path],
    baselines: Path | None,
) -> dict[str, Any]:
    """Say where everything was, so that the run can be repeated from here."""

    def place(one: Path) -> str:
        return str(one) if str(one) == "-" else str(one.absolute())

    return {
        "sources": [place(one) for one in sources],
        "feed": place(Path(feed)) if Path(feed).is_file() else feed,
        "rules": None if rules is None else place(rules),
        "reference": None if reference is None else place(reference),
        "rates": [place(one) for one in rates],
        "baselines": None if baselines is None else place(baselines),
    }


def rules_record(
    book: Rulebook, states: Mapping[str, State], found: Mapping[str, int], unknown: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Describe each rule: whether it could see, and what it found."""
    return [
        {
            "rule": rule.id,
            "version": rule.version,
            "status": rule.status,
            "detector": rule.detector,
            "digest": rule.digest,
            "state": states[rule.id].name,
            "reason": states[rule.id].reason,
            "findings": found.get(rule.id, 0),
            "values_not_known": unknown.get(rule.id, 0),
        }
        for rule in book.rules
    ]


def rates_record(rates: Rates) -> dict[str, Any]:
    """Describe the exchange rates of the run."""
    first, last = (str(np.datetime64(day, "D")) for day in rates.days)
    files = [{"name": name, "sha256": digest} for name, digest in rates.files]
    return {"sha256": rates.digest, "files": files, "first_day": first, "last_day": last}


def reference_record(reference: Reference) -> dict[str, Any]:
    """Describe the reference data of the run, file by file."""
    files = [{"name": name, "sha256": digest} for name, digest in sorted(reference.files.items())]
    return {"sha256": reference.digest, "files": files}


def kinds_record(kinds: Mapping[Kind, int], made: int) -> dict[str, int]:
    """Count events by kind, without the marks that calendars made."""
    counts = {**kinds, Kind.MARK: kinds[Kind.MARK] - made}
    return {kind.name.lower(): int(count) for kind, count in counts.items() if count}


def environment(plugins: Iterable[Loaded]) -> dict[str, Any]:
    """Say on what the run ran."""
    brought = sorted({(one.distribution, one.version) for one in plugins})
    return {
        "trade_surveillance": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "plugins": [{"distribution": name, "version": version} for name, version in brought],
    }


def span_of(first: int, last: int) -> dict[str, str | None]:
    """Return the time of the first and last event."""
    return {
        "first": None if first == NULL else iso_time(first),
        "last": None if last == NULL else iso_time(last),
    }


def findings_record(severities: Mapping[str, int], names: Sequence[str]) -> dict[str, Any]:
    """Count findings by severity."""
    return {
        "total": sum(severities.values()),
        "by_severity": {name: severities.get(name, 0) for name in names},
    }


def peak_memory() -> int | None:
    """Return the most memory that the process has held, in bytes; None where the platform does not tell."""
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
