"""What a run read, looked for again: each input by where run.json says it was, or where somebody says it is now.

Files are known by their SHA-256 before anything is measured with them. What is not there keeps a run from being made
again; what is there and is another keeps it from being the same run, and is named.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from surveillance.audit.hashing import sha256_of
from surveillance.audit.sources_again import found_again
from surveillance.engine.baselines import read_snapshot, snapshot_path
from surveillance.errors import InputError
from surveillance.events.profile import profile_path
from surveillance.events.reference_files import find_tables
from surveillance.feeds.content import StoredAs
from surveillance.privacy import KEY_VARIABLE

Record = Mapping[str, Any]

_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Named:
    """Where inputs are now, as far as somebody says so.

    Parameters
    ----------
    sources : sequence of Path
        Files, folders and patterns.
    feed : str or None
        Name or file of the feed profile.
    reference : Path or None
        Folder of reference data.
    rates : sequence of Path
        Files of exchange rates.
    baselines : Path or None
        Folder of baselines.
    privacy_key : Path or None
        File with the key of pseudonyms.
    """

    sources: Sequence[Path] = ()
    feed: str | None = None
    reference: Path | None = None
    rates: Sequence[Path] = ()
    baselines: Path | None = None
    privacy_key: Path | None = None

    @property
    def options(self) -> set[str]:
        """Inputs that are named."""
        return {name for name in ("sources", "feed", "reference", "rates", "baselines") if getattr(self, name)}


@dataclass(slots=True)
class AtHand:
    """The inputs of a run as they are at hand.

    Parameters
    ----------
    sources : list of StoredAs
        Its files, under the names that they had.
    feed : str
        Name or file of the feed profile.
    reference : Path or None
        Folder of reference data; None where the run had none.
    rates : list of Path
        Files of exchange rates.
    usual : bool
        Whether it asked what is usual.
    baseline : Path or None
        File of the baseline that it read; None where it had none, or nothing was known yet.
    missing : list of str
        What is not there.
    differing : dict of str to list of str
        What is there and is another, with both hashes, by option.
    """

    sources: list[StoredAs] = field(default_factory=list)
    feed: str = ""
    reference: Path | None = None
    rates: list[Path] = field(default_factory=list)
    usual: bool = False
    baseline: Path | None = None
    missing: list[str] = field(default_factory=list)
    differing: dict[str, list[str]] = field(default_factory=dict)

    def differs(self, option: str, said: Iterable[str]) -> None:
        """Note what of an input differs, if anything."""
        told = list(said)
        if told:
            self.differing.setdefault(option, []).extend(told)


def at_hand(run: Record, named: Named) -> AtHand:
    """Look for the inputs of a run.

    Parameters
    ----------
    run : Mapping
        Content of its run.json.
    named : Named
        Where they are now; what is not named is looked for where run.json says it was.
    """
    then: Record = run.get("inputs") or {}
    found = AtHand()
    if run:
        _sources(run, then, named, found)
        _feed(run, then, named, found)
        _reference(run, then, named, found)
        _rates(run, then, named, found)
        _baseline(run, then, named, found)
        if run["privacy"] and named.privacy_key is None and not os.environ.get(KEY_VARIABLE):
            found.missing.append("the key of the pseudonyms: name it with --privacy-key")
    else:
        found.missing.append("the run.json of its run")
    return found


def _sources(run: Record, then: Record, named: Named, found: AtHand) -> None:
    places = named.sources or [Path(one) for one in then.get("sources", ())]
    if not places:
        found.missing.append("the sources: run.json does not say where they were; name them with --sources")
        return
    again = found_again(run["sources"], places)
    found.sources = again.files
    found.missing += again.missing
    found.differs("sources", again.differing)


def _feed(run: Record, then: Record, named: Named, found: AtHand) -> None:
    found.feed = named.feed or then.get("feed") or run["feed"]["name"]
    try:
        path = profile_path(found.feed)
    except InputError:
        path = Path(found.feed)
    if not path.is_file():
        found.missing.append(f"the feed profile {found.feed}: name it with --feed")
    elif (digest := sha256_of(path)) != run["feed"]["digest"]:
        found.differs("feed", [_other(f"the feed profile {found.feed}", digest, run["feed"]["digest"])])


def _reference(run: Record, then: Record, named: Named, found: AtHand) -> None:
    folder = named.reference or (Path(then["reference"]) if then.get("reference") else None)
    if run["reference"] is None:
        if named.reference is not None:
            found.differs("reference", ["the reference data: the run had none"])
    elif folder is None or not folder.is_dir():
        found.missing.append(f"the reference data{f' {folder}' if folder else ''}: name them with --reference")
    else:
        found.reference = folder
        there = list(find_tables(folder, []).values())
        found.differs("reference", _files(run["reference"].get("files", ()), there, "reference data"))


def _rates(run: Record, then: Record, named: Named, found: AtHand) -> None:
    paths = list(named.rates) or [Path(one) for one in then.get("rates", ())]
    if run["rates"] is None:
        if named.rates:
            found.differs("rates", ["the exchange rates: the run had none"])
        return
    gone = [str(path) for path in paths if not path.is_file()]
    if gone or not paths:
        found.missing.append(f"the exchange rates {', '.join(gone)}".rstrip() + ": name them with --rates")
        return
    found.rates = paths
    found.differs("rates", _files(run["rates"].get("files", ()), paths, "exchange rates"))


def _baseline(run: Record, then: Record, named: Named, found: AtHand) -> None:
    read = run["baselines"]
    found.usual = read is not None
    if read is None or read["sha256"] is None:
        return
    folder = named.baselines or (Path(then["baselines"]) if then.get("baselines") else None)
    day = (date.fromisoformat(read["day"]) - _EPOCH).days
    if folder is None or not snapshot_path(folder, day).is_file():
        where = f" in {folder}" if folder else ""
        found.missing.append(f"the baseline of {read['day']}{where}: name its folder with --baselines")
        return
    found.baseline = snapshot_path(folder, day)
    what = f"the baseline {found.baseline}"
    try:
        digest = read_snapshot(folder, day).digest
    except InputError as error:
        found.differs("baselines", [f"{what}: {problem.message}" for problem in error.problems])
        return
    if digest != read["sha256"]:
        found.differs("baselines", [_other(what, str(digest), read["sha256"])])


def _files(then: Sequence[Record], there: Sequence[Path], what: str) -> list[str]:
    """Return which files are not those of the run; one of an older engine does not say, but has a digest of all."""
    known, left = {one["name"]: one["sha256"] for one in then}, {path.name: path for path in there}
    if not known:
        return []
    said = [f"{what} {path}: the run had no such file" for name, path in left.items() if name not in known]
    for name, digest in known.items():
        if name not in left:
            said.append(f"{what} {name}: the run had such a file, and it is gone")
        elif (other := sha256_of(left[name])) != digest:
            said.append(_other(f"{what} {left[name]}", other, digest))
    return said


def _other(what: str, digest: str, then: str) -> str:
    return f"{what}: its SHA-256 is {digest}, the run's was {then}"
