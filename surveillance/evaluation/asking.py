"""What somebody asks of a rule, and what the run was made of that is asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from surveillance.errors import InputError, Location, Problem

_PATTERN: Final = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Asked:
    """Why a rule did not find somebody at a time.

    Parameters
    ----------
    rule : str
        Id of the rule.
    key : Mapping
        Whom and what it is about: columns of the rule's key, such as account, trader and instrument, to ids.
    at : int
        When, ns UTC.
    within : int
        How far from it to look, ns.
    """

    rule: str
    key: Mapping[str, str]
    at: int
    within: int


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run is made of; see `surveillance.engine.run.detect`."""

    sources: Sequence[Path]
    feed: str
    rules: Path | None = None
    reference: Path | None = None
    rates: Sequence[Path] = ()
    privacy_key: Path | None = None
    baselines: Path | None = None


def record_of(out: Path) -> dict[str, Any]:
    """Return the record of the run in a folder.

    Raises
    ------
    InputError
        The folder holds no run.
    """
    path = out / "run.json"
    hint = "name the folder of a run with --out, or the files with --feed"
    try:
        found: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise InputError(Problem("no-run", "holds no run.json", Location(str(out)), hint)) from error
    except msgspec.DecodeError as error:
        raise InputError(Problem("bad-run", f"is no record of a run: {error}", Location(str(path)), hint)) from error
    return found


def inputs_of(run: Mapping[str, Any], out: Path) -> Inputs:
    """Return what a run was made of.

    Parameters
    ----------
    run : Mapping
        Its record.
    out : Path
        Folder of the run.

    Raises
    ------
    InputError
        The record does not say, or what it was made of is no longer there.
    """
    made, hint = run.get("inputs"), "name the files themselves: surveil why-not FILE... --feed NAME"
    where = Location(str(out / "run.json"))
    if made is None:
        why = "of pseudonyms" if run.get("privacy") else "of another version"
        what = f"is the record of a run {why}, and does not say where its files were"
        raise InputError(Problem("inputs-not-told", what, where, hint))
    if "-" in made["sources"]:
        raise InputError(Problem("input-gone", "the run read standard input, which is gone", where, hint))
    places = [*made["sources"], *made["rates"], made["rules"], made["reference"]]
    gone = [name for name in places if name and not _there(name)]
    if "/" in made["feed"] and not Path(made["feed"]).is_file():
        gone.append(made["feed"])
    if gone:
        raise InputError([Problem("input-moved", "is no longer there", Location(name), hint) for name in gone])
    return Inputs(
        [Path(one) for one in made["sources"]],
        made["feed"],
        None if made["rules"] is None else Path(made["rules"]),
        None if made["reference"] is None else Path(made["reference"]),
        [Path(one) for one in made["rates"]],
        baselines=Path(made["baselines"]) if made.get("baselines") else None,
    )


def _there(name: str) -> bool:
    return Path(name).exists() or bool(_PATTERN & set(name))


def changes(run: Mapping[str, Any], again: Mapping[str, Any]) -> list[str]:
    """Return what is not as it was when a run was made, in words.

    Parameters
    ----------
    run, again : Mapping
        Records of the run, and of its repetition.
    """
    found = [f"the {name}" for name in ("rulebook", "feed") if run[name]["digest"] != again[name]["digest"]]
    was, now = run["reference"] or {}, again["reference"] or {}
    found += ["the reference data"] if was.get("sha256") != now.get("sha256") else []
    found += ["the exchange rates"] if run["rates"] != again["rates"] else []
    usual, as_now = ((one.get("baselines") or {}).get("sha256") for one in (run, again))
    found += ["what was usual before it"] if usual != as_now else []
    digests = {source["name"]: source["sha256"] for source in again["sources"]}
    return found + [source["name"] for source in run["sources"] if digests.get(source["name"]) != source["sha256"]]
