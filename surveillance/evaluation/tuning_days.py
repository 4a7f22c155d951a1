"""Labelled days: the events of each, what belongs to them, and what really happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from surveillance.errors import InputError, Location, Problem

TRUTH: Final = "truth.csv"
_EVENTS: Final = ("events.parquet", "events.csv", "events.ndjson")


@dataclass(frozen=True, slots=True)
class Day:
    """One labelled day.

    Parameters
    ----------
    name : str
        For people.
    sources : tuple of Path
        Files of events.
    feed : str
        Name or file of their feed profile.
    truth : Path
        Labels.
    reference : Path or None
        Folder of reference data.
    rates : tuple of Path
        Files of exchange rates.
    baselines : Path or None
        Folder of what is usual; it is read only.
    """

    name: str
    sources: tuple[Path, ...]
    feed: str
    truth: Path
    reference: Path | None = None
    rates: tuple[Path, ...] = ()
    baselines: Path | None = None


def day_of(folder: Path, truth: Path | None = None) -> Day:
    """Return the day of a folder that `surveil detect` or `surveil simulate` wrote.

    Parameters
    ----------
    folder : Path
        With ``run.json``, or with events and reference data.
    truth : Path, optional
        Labels; ``truth.csv`` in the folder, or for a run in the one above it, if not given.

    Raises
    ------
    InputError
        The folder is neither, or there are no labels.
    """
    events = next((folder / name for name in _EVENTS if (folder / name).is_file()), None)
    if (folder / "run.json").is_file():
        made = _inputs(folder / "run.json")
        reference = made["reference"] and Path(made["reference"])
        sources, rates = (tuple(Path(one) for one in made[name]) for name in ("sources", "rates"))
        name = folder.resolve().parent.name if folder.resolve().name in {"run", "out"} else folder.resolve().name
        usual = Path(made["baselines"]) if made.get("baselines") else None
        found = Day(name, sources, made["feed"], _labels(folder, truth), reference, rates, usual)
    elif events is not None:
        reference = folder / "reference" if (folder / "reference").is_dir() else None
        rates = (folder / "reference" / "rates.csv",) if (folder / "reference" / "rates.csv").is_file() else ()
        found = Day(folder.resolve().name, (events,), "canonical", _labels(folder, truth), reference, rates)
    else:
        hint = "name the folder of a run, or of a simulated day; other days are given with --events, --feed and --truth"
        raise InputError(Problem("no-day", "holds neither run.json nor events", Location(str(folder)), hint))
    return found


def _inputs(record: Path) -> dict[str, Any]:
    made: dict[str, Any] | None = msgspec.json.decode(record.read_bytes()).get("inputs")
    if made is None:
        hint = "run surveil detect again, or name the files with --events, --feed and --truth"
        raise InputError(Problem("no-inputs", "does not say what it was made of", Location(str(record)), hint))
    return made


def _labels(folder: Path, truth: Path | None) -> Path:
    places = [truth] if truth is not None else [folder / TRUTH, folder.resolve().parent / TRUTH]
    found = next((one for one in places if one.is_file()), None)
    if found is None:
        hint = "name the labels of each day with --truth, in the order of the days"
        raise InputError(Problem("no-labels", "there is no such file", Location(str(places[0])), hint))
    return found


def split(days: Sequence[Day], held_out: Sequence[Day]) -> tuple[list[Day], list[Day]]:
    """Return the days to tune on and those to report on: of several the last third, where none are named."""
    if held_out or len(days) < 2:
        return list(days), list(held_out)
    kept = max(1, len(days) // 3)
    return list(days[:-kept]), list(days[-kept:])
