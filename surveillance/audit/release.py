"""A release of the rules: what has to agree before it, and the manifest that says ever after what it was."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from surveillance.alerts.lineage import lineage
from surveillance.audit.approvals import Approval
from surveillance.audit.diff import Side
from surveillance.audit.hashing import sha256_of
from surveillance.audit.revisions import git
from surveillance.bundle import schemas_folder
from surveillance.errors import Problem
from surveillance.rules.law import STEPS, read_version, step_between
from surveillance.rules.lock import LOCK, against_lock, lock_of, out_of_step, read_lock

TAG: Final = "rules-v"
"""What tags of releases begin with."""

RELEASES: Final = "releases"
CHANGELOG: Final = "CHANGELOG.md"


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is to be released.

    Parameters
    ----------
    folder : Path
        Of the rulebook.
    version : str
        Of the release.
    side : Side
        The rulebook.
    previous : str or None
        Tag of the last release.
    diff : Mapping
        Against the last release, with a tape; see `surveillance.audit.diff.diff`.
    """

    folder: Path
    version: str
    side: Side
    previous: str | None
    diff: Mapping[str, Any]


def tags(folder: Path) -> list[str]:
    """Return the tags of releases, the oldest version first."""
    found = git(folder, "tag", "--list", f"{TAG}*").decode().split()
    return sorted((one for one in found if _is_version(one)), key=lambda one: read_version(one[len(TAG) :]))


def _is_version(tag: str) -> bool:
    try:
        read_version(tag[len(TAG) :])
    except ValueError:
        return False
    return True


def disagreements(proposed: Proposed) -> list[Problem]:
    """Return what keeps a release from being made: version, law, lock and commits have to agree."""
    version, book, folder = proposed.version, proposed.side.book, proposed.folder
    problems = []
    if book.version != version:
        hint = f"write version: {version} into rulebook.yaml, lock and commit"
        problems.append(
            Problem("release-version", f"rulebook.yaml has version {book.version}, not {version}", hint=hint)
        )
    if git(folder, "status", "--porcelain", "--", ".").strip():
        hint = "commit them, and have that commit approved"
        problems.append(
            Problem("release-uncommitted", "there are changes in the rulebook that are not committed", hint=hint)
        )
    if proposed.previous is not None:
        problems += _law(proposed, proposed.previous[len(TAG) :])
    lock = read_lock(folder)
    now = lock_of(book, proposed.side.detectors)
    problems += against_lock(book, lock, folder) if lock else []
    if said := out_of_step(now, lock):
        hint = "surveil rules lock, and commit"
        problems.append(Problem("release-lock", f"the lock is not that of the rules: {'; '.join(said[:5])}", hint=hint))
    return problems


def _law(proposed: Proposed, previous: str) -> list[Problem]:
    step, taken = proposed.diff["step"], step_between(previous, proposed.version)
    if STEPS.index(taken) >= max(STEPS.index(step), 1):
        return []
    least = proposed.diff["next_version"]
    reason = "; ".join(proposed.diff["because"][:3]) or "a release has a later version than the last"
    hint = f"release {least}" if step != "none" else f"release a version after {previous}"
    what = f"{proposed.version} after {previous} is {'no' if taken == 'none' else f'a {taken}'} step, "
    return [Problem("release-step", f"{what}and the law demands {step}: {reason}", hint=hint)]


def manifest(
    proposed: Proposed,
    approval: Approval,
    authors: Sequence[str],
    tests: int,
    head: str,
    wheels: Mapping[str, str],
) -> dict[str, Any]:
    """Return what a release says of itself: hashes of everything that went into it and came out.

    Parameters
    ----------
    proposed : Proposed
        The release.
    approval : Approval
        Who approved it.
    authors : sequence of str
        Addresses of those who made the change.
    tests : int
        Tests of rules that were played, all of them passed.
    head : str
        Head of the audit log; empty when there is none.
    wheels : Mapping
        Files of the engine and the plugins, with their SHA-256: what they are had again from.
    """
    folder, book = proposed.folder, proposed.side.book
    tape = proposed.diff["tape"]
    made_from = lineage({}, book.plugins)
    return {
        "format": 1,
        "rulebook": book.name,
        "version": proposed.version,
        "previous": proposed.previous,
        "commit": git(folder, "rev-parse", "HEAD").decode().strip(),
        "digest": book.digest,
        "step": proposed.diff["step"],
        "changes": [f"{one['rule'] or 'rulebook'}: {one['said']}" for one in proposed.diff["changes"]],
        "authors": list(authors),
        "approval": {
            "ref": approval.ref,
            "name": approval.approver.name,
            "email": approval.approver.email,
            "key": approval.fingerprint,
        },
        "files": {one.relative_to(folder).as_posix(): sha256_of(one) for one in files_of(folder)},
        "schemas": {one.name: sha256_of(one) for one in sorted(schemas_folder().glob("*.json"))},
        "detectors": {name: proposed.side.detectors[name] for name in sorted({rule.detector for rule in book.rules})},
        "distributions": made_from["distributions"],
        "wheels": dict(wheels),
        "tests": tests,
        "tape": {
            "sources": [{"name": one["name"], "sha256": one["sha256"]} for one in tape["judged"]["sources"]],
            "events": tape["judged"]["events"],
            "alerts": tape["alerts"][1],
            "results": tape["digest"],
            **{name: len(tape[name]) for name in ("gained", "lost", "rescored")},
        },
        "log_head": head or None,
    }


def files_of(folder: Path) -> list[Path]:
    """Return the files of a rulebook that say what is found: rules, suppressions, head, lock and approvers."""
    found = [path for path in folder.rglob("*.yaml") if RELEASES not in path.relative_to(folder).parts]
    return sorted([*found, *(path for path in (folder / LOCK,) if path.is_file())])


def publish(proposed: Proposed, said: Mapping[str, Any], day: str) -> str:
    """Write manifest and changelog, commit them and tag the commit; return the tag.

    Raises
    ------
    InputError
        git refused; the files are then as they were.
    """
    folder, tag = proposed.folder, f"{TAG}{proposed.version}"
    path, log = folder / RELEASES / f"{proposed.version}.json", folder / CHANGELOG
    before = log.read_text(encoding="utf-8") if log.is_file() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    log.write_text(_changelog(before or "# Changes of the rules\n", proposed.version, day, said), encoding="utf-8")
    try:
        git(folder, "add", "--", str(path.resolve()), str(log.resolve()))
        git(folder, "commit", "-q", "-m", f"Release {proposed.version} of {said['rulebook']}")
        git(folder, "tag", "-a", tag, "-m", f"{said['rulebook']} {proposed.version}\n\nmanifest {sha256_of(path)}")
    except BaseException:
        path.unlink()
        if before is None:
            log.unlink()
        else:
            log.write_text(before, encoding="utf-8")
        raise
    return tag


def _changelog(text: str, version: str, day: str, said: Mapping[str, Any]) -> str:
    """Return the changelog with a section for a release before the others."""
    tape = said["tape"]
    moved = ", ".join(f"{tape[name]} {name}" for name in ("gained", "lost", "rescored"))
    changes = "".join(f"- {one}\n" for one in said["changes"]) or "- nothing that is found or said\n"
    approved = f"Approved by {said['approval']['name']}. On the tape: {tape['alerts']} alerts, {moved}."
    head, mark, rest = text.partition("\n## ")
    return f"{head.rstrip()}\n\n## {version} - {day}\n\n{approved}\n\n{changes}{mark}{rest}"
