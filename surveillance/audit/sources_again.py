"""The sources of a run found again: files are known by their content, whatever they are called now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surveillance.audit.hashing import sha256_of
from surveillance.errors import InputError
from surveillance.feeds.content import StoredAs, StoredFile, without_packing
from surveillance.feeds.gathering import STANDARD_INPUT, gathered

Record = Mapping[str, Any]


@dataclass(slots=True)
class FoundAgain:
    """What was found of a run's sources.

    Parameters
    ----------
    files : list of StoredAs
        Those of the content that was read, each under the name that it had.
    missing : list of str
        Sources of which no file is there.
    differing : list of str
        Sources whose file is there and has other content, with both hashes.
    """

    files: list[StoredAs] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)


def found_again(sources: Sequence[Record], places: Sequence[Path]) -> FoundAgain:
    """Look for the sources of a run.

    Parameters
    ----------
    sources : sequence of Mapping
        As run.json has them: name, bytes, SHA-256.
    places : sequence of Path
        Files, folders and patterns in which they may be; what else is there is left alone.
    """
    found = FoundAgain()
    there = [path for place in places for path in _files(place)]
    digests: dict[Path, str] = {}
    for source in sources:
        named = [path for path in there if _is_named(path, source["name"])]
        sized = [path for path in there if path.stat().st_size == source["bytes"] and path not in named]
        same = next((one for one in (*named, *sized) if _digest(one, digests) == source["sha256"]), None)
        if same is not None:
            found.files.append(StoredAs(same, source["name"]))
        elif named:
            what = f"its SHA-256 is {_digest(named[0], digests)}, the run read {source['sha256']}"
            found.differing.append(f"the source {source['name']} ({named[0]}): {what}")
        else:
            where = ", ".join(map(str, places))
            found.missing.append(f"the source {source['name']}: no file of this name or content is in {where}")
    return found


def _files(place: Path) -> Iterator[Path]:
    """Yield the files that a place means now; none where there is none any more."""
    if str(place) == STANDARD_INPUT:
        return
    try:
        with gathered([place]) as stored:
            yield from (one.local_path() for one in stored if isinstance(one, StoredFile))
    except InputError:  # it is told with the sources that are missing
        return


def _is_named(path: Path, source: str) -> bool:
    """Tell whether a file ends as a source is called, however it is packed."""
    parts = source.split("/")
    plain = (*path.parts[:-1], without_packing(path.name))
    return tuple(parts) in (plain[-len(parts) :], path.parts[-len(parts) :])


def _digest(path: Path, known: dict[Path, str]) -> str:
    if path not in known:
        known[path] = sha256_of(path)
    return known[path]
