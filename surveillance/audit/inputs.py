"""What went into an alert, held against what is at hand: each input that differs is named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surveillance.audit.hashing import sha256_of
from surveillance.audit.release import RELEASES, TAG, tags
from surveillance.audit.revisions import git, inside
from surveillance.errors import InputError, Location, Problem
from surveillance.rules import Rulebook
from surveillance.rules.digest import hash_of

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Release:
    """A release as its tag has it.

    Parameters
    ----------
    tag : str
        Its tag.
    manifest : Mapping
        What it says of itself.
    message : str
        Of the tag.
    raw_sha256 : str
        Of the manifest's file.
    """

    tag: str
    manifest: Record
    message: str
    raw_sha256: str


def read_release(tag: str, folder: Path) -> Release:
    """Return a release of the rulebook in a folder.

    Raises
    ------
    InputError
        There is no such tag, or it has no manifest that can be read.
    """
    raw = git(folder, "show", f"{tag}:{inside(folder)}{RELEASES}/{tag[len(TAG) :]}.json")
    message = git(folder, "tag", "-l", "--format=%(contents)", tag).decode()
    try:
        manifest = json.loads(raw)
    except ValueError as error:
        what = f"the manifest of {tag} is not JSON: {error}"
        raise InputError(Problem("bad-manifest", what, Location(f"{RELEASES}/{tag[len(TAG) :]}.json"))) from error
    return Release(tag, manifest, message, hashlib.sha256(raw).hexdigest())


def release_of(lineage: Record, folder: Path) -> Release | None:
    """Return the release whose rulebook made an alert; None where none did."""
    for tag in reversed(tags(folder)):
        found = read_release(tag, folder)
        if found.manifest["digest"] == lineage["rulebook"]["digest"]:
            return found
    return None


def differing_release(release: Release, rules: Path) -> Iterator[str]:
    """Yield what in a checked-out release is not what its manifest, or its tag, says.

    Parameters
    ----------
    release : Release
        The release.
    rules : Path
        Its rulebook, checked out.
    """
    if f"manifest {release.raw_sha256}" not in release.message:
        yield f"the manifest of {release.tag}: its SHA-256 is not the one in the tag"
    for name, digest in release.manifest["files"].items():
        path = rules / name
        if not path.is_file():
            yield f"{name}: the manifest of {release.tag} names it, and it is not there"
        elif sha256_of(path) != digest:
            yield f"{name}: it is not the file that {release.tag} released"


def differing_inputs(lineage: Record, book: Rulebook) -> Iterator[str]:
    """Yield each input whose digest is not the one in an alert's lineage.

    Parameters
    ----------
    lineage : Mapping
        Of the alert.
    book : Rulebook
        The rules at hand.
    """
    if lineage["rulebook"]["digest"] != book.digest:
        yield f"the rulebook: {lineage['rulebook']['version']} made it, at hand is {book.version} of other content"
    suppressions = hash_of(sorted(one.digest for one in book.suppressions)) if book.suppressions else None
    if lineage["suppressions"] != suppressions:
        yield "the suppressions"


def differing_code(lineage: Record, installed: Iterable[Record]) -> list[str]:
    """Return the distributions that are not those with which an alert was made."""
    here = {one["name"]: one for one in installed}
    said = []
    for one in lineage["distributions"]:
        other = here.get(one["name"])
        if other is None:
            said.append(f"{one['name']} {one['version']}: it is not installed")
        elif other["version"] != one["version"]:
            said.append(f"{one['name']}: made with {one['version']}, installed is {other['version']}")
        elif other["digest"] != one["digest"]:
            said.append(f"{one['name']} {one['version']}: installed is other code of the same version")
    return said
