"""Which alerts a command line means, run by run, and the rules of the revision that they are made again with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from surveillance.alerts.lineage import digest_of
from surveillance.alerts.store.library import open_library
from surveillance.audit.hashing import sha256_of
from surveillance.audit.inputs import Release, read_release, release_of
from surveillance.audit.log import AuditLog, opened_log
from surveillance.audit.release import tags
from surveillance.audit.revisions import checked_out

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Alerts of one run.

    Parameters
    ----------
    found : list of Mapping
        Them, with their capsules.
    run : Mapping
        Content of its run.json; empty where a store does not have it.
    differing : list of str
        What is wrong with run.json.
    """

    found: list[Record]
    run: Record
    differing: list[str]

    @property
    def lineage(self) -> Record:
        """What they were made from."""
        lineage: Record = self.found[0]["alert"]["lineage"]
        return lineage


@dataclass(frozen=True, slots=True)
class Revision:
    """Rules of another day.

    Parameters
    ----------
    folder : Path
        Where they are.
    name : str
        Commit or tag, for the reader.
    release : Release or None
        The release that they are.
    """

    folder: Path
    name: str
    release: Release | None


def chosen(names: Sequence[str], store: str | None, out: Path, audit: Path | None) -> list[Chosen]:
    """Return the alerts of some names, those of one run and lineage together.

    Parameters
    ----------
    names : sequence of str
        Ids, or the beginnings of ids.
    store : str or None
        URL of a database.
    out : Path
        Folder of a run, where no store is named.
    audit : Path or None
        Folder of the audit log.

    Raises
    ------
    InputError
        There is no such alert.
    click.UsageError
        One of them cannot be made again.
    """
    groups: dict[str, Chosen] = {}
    with open_library(store, out) as library:
        for name in dict.fromkeys(names):
            found = library.show(name)
            alert = found["alert"]
            if not alert["findings"]:
                raise click.UsageError(f"alert {alert['alert_id']} was withdrawn: nothing of it is left to make again")
            if found["capsule"] is None:
                lost = "capsules.ndjson, or the store, has lost it"
                raise click.UsageError(f"the evidence of {alert['alert_id']} is not there: {lost}")
            run = library.run_of(alert["alert_id"])
            key = digest_of([str(run.get("started")), alert["lineage"]["digest"]])
            if key not in groups:
                groups[key] = Chosen([], run, [] if store else _against_log(out / "run.json", opened_log(audit, out)))
            groups[key].found.append(found)
    return list(groups.values())


def _against_log(path: Path, log: AuditLog) -> list[str]:
    """Hold a run.json against the log, if there is one that has runs."""
    runs = [one for one in log.entries() if one.kind == "run"] if log.path.exists() else []
    digest = sha256_of(path)
    if not runs or any(one.what["run_sha256"] == digest for one in runs):
        return []
    return [f"{path}: the audit log {log.folder} has no run with its SHA-256 {digest}"]


@contextmanager
def checked_out_for(lineage: Record, rules: Path, at: str | None) -> Iterator[Revision]:
    """Give the rules with which alerts are made again.

    Parameters
    ----------
    lineage : Mapping
        Of the alerts.
    rules : Path
        Rulebook in the repository that has the releases.
    at : str or None
        Commit or tag; empty for the rules as they are; None for the release whose rules made the alerts.

    Raises
    ------
    click.UsageError
        No release has their rules.
    """
    if at == "":
        yield Revision(rules, "the rules as they are", None)
        return
    release = release_of(lineage, rules) if at is None else read_release(at, rules) if at in tags(rules) else None
    if at is None and release is None:
        hint = "name the commit with --at, or --at '' for the rules as they are"
        raise click.UsageError(f"no release has the rulebook {lineage['rulebook']['digest'][:16]} that made it: {hint}")
    name = at if release is None else release.tag
    assert name is not None
    with checked_out(name, rules) as folder:
        yield Revision(folder, name, release)
