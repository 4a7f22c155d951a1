"""A rule measured once over a labelled day: every candidate that some setting of its thresholds could want.

The rule runs alone, with its thresholds loosened. What passes them is kept with its measures, and with the events
between which it lies, so that any tighter setting can be judged without measuring again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.detecting.candidates import Candidates
from surveillance.detecting.window import WindowDetector
from surveillance.engine.engine import Engine
from surveillance.engine.episodes import Episode, Episodes, HitRows
from surveillance.engine.run import detect
from surveillance.engine.station import Station
from surveillance.errors import InputError, Problem
from surveillance.evaluation.tuning_days import Day
from surveillance.evaluation.tuning_groups import Member
from surveillance.tape.tape import Tape

MOST: Final = 5_000_000
"""Candidates that are kept of a day and set of parameters; more do not fit."""

IntArray = NDArray[Any]


class Keeping(Episodes):
    """Keeps hits instead of making findings of them.

    Parameters
    ----------
    replaced : Episodes
        In whose place it stands.
    tape : Tape
        Where their events are.
    """

    def __init__(self, replaced: Episodes, tape: Tape) -> None:
        super().__init__(replaced.judge, replaced.gap)
        self._tape = tape
        self.members: list[Member] = []
        """Hits that say their events row by row."""
        self.hits: list[HitRows] = []
        self.groups: list[IntArray] = []
        """By hit the place of its key in `keys`."""
        self.keys: list[dict[str, str]] = []
        self.count = 0
        self._places: dict[tuple[int, tuple[str, ...]], int] = {}

    def take(self, hits: HitRows, names: Callable[[int], dict[str, str]]) -> list[Episode]:
        """Keep the hits of a step; nothing grows out of them."""
        self.count += len(hits.row)
        if self.count <= MOST:
            codes, inverse = np.unique(hits.key, return_inverse=True)
            places = [self._place(int(code), names(int(code))) for code in codes]
            self.hits.append(hits)
            self.groups.append(np.array(places, dtype=np.int32)[inverse])
            for place, rows in enumerate(hits.rows or ()):
                self.members.append(self._member(hits, place, int(self.groups[-1][place]), rows))
        return []

    def _member(self, hits: HitRows, place: int, key: int, rows: IntArray) -> Member:
        tape = self._tape
        accounts, instruments = (
            [tape.dictionaries[name].text(code) or "" for code in tape[name][rows].tolist()]
            if name in tape.columns
            else [""] * len(rows)
            for name in ("account", "instrument")
        )
        return Member(
            time=int(hits.time[place]),
            row=int(hits.row[place]),
            uses=int(hits.uses[place]),
            key=key,
            rows=rows.copy(),
            times=tape["time"][rows],
            accounts=accounts,
            instruments=instruments,
        )

    def _place(self, code: int, key: dict[str, str]) -> int:
        found = self._places.setdefault((code, tuple(key.values())), len(self.keys))
        if found == len(self.keys):
            self.keys.append(key)
        return found


class Recording:
    """Keeps the candidates of one rule while a run goes over a day."""

    def __init__(self) -> None:
        self.stations: list[tuple[Station, Keeping]] = []
        self.classes: dict[str, tuple[int, int]] = {}
        """Asset class and band of instruments."""
        self._events: dict[int, list[tuple[IntArray, ...]]] = {}
        self._until: dict[int, int] = {}

    def watch(self, engine: Engine) -> Callable[[Station, Candidates], None]:
        """Put itself in the place of the engine's findings; what another engine measured before is forgotten."""
        self.stations, self._events, self._until = [], {}, {}
        for station in engine.stations:
            (episodes,) = station.episodes
            kept = Keeping(episodes, station.plant.tape)
            station.episodes[:] = [kept]
            self.stations.append((station, kept))
        return self._look

    def _look(self, station: Station, _candidates: Candidates) -> None:
        """Keep key and time of each event that findings could show."""
        tape, key = station.plant.tape, station.key.array
        low, high = max(self._until.get(station.number, 0), tape.head), tape.end
        self._until[station.number] = high
        wanted = (station.mask >> tape["kind"][low:high].astype(np.int64)) & 1
        rows = low + np.flatnonzero((wanted != 0) & (key[low:high] != 0))
        detector = station.detector
        partition = detector.window.partition if isinstance(detector, WindowDetector) else ()
        parts = tape[partition[0]][rows] if partition else np.zeros(len(rows), dtype=np.int32)
        named = [
            tape[name][rows] if name in tape.columns and name not in station.key.fields else np.zeros(0, np.int32)
            for name in ("account", "instrument")
        ]
        self._events.setdefault(station.number, []).append((key[rows], parts, rows, tape["time"][rows], *named))
        self._note_classes(station, rows)

    def _note_classes(self, station: Station, rows: IntArray) -> None:
        tape = station.plant.tape
        if "instrument" not in tape.columns:
            return
        codes, first = np.unique(tape["instrument"][rows], return_index=True)
        for code, row in zip(codes.tolist(), rows[first].tolist(), strict=True):
            name = tape.dictionaries["instrument"].text(code)
            if name is not None and name not in self.classes:
                terms = tape.dictionaries.terms.rows[int(tape["terms"][row])]
                self.classes[name] = (terms.asset_class, terms.band)

    def events(self, station: Station) -> tuple[IntArray, ...]:
        """Return the events of a station: key, part, row, time, account and instrument."""
        return tuple(np.concatenate(column) for column in zip(*self._events[station.number], strict=True))


def record(day: Day, rulebook: Path) -> Recording:
    """Measure a day.

    Parameters
    ----------
    day : Day
        The day.
    rulebook : Path
        Folder with one rule, its thresholds loosened.

    Raises
    ------
    InputError
        Something of the day cannot be read, the rule could see nothing of it, or too many candidates pass.
    RulesError, PluginError
        The rule or its plugin is not valid.
    """
    recording = Recording()
    with tempfile.TemporaryDirectory(prefix="surveil-tune-") as out:
        run = detect(
            day.sources,
            feed=day.feed,
            rules=rulebook,
            reference=day.reference,
            rates=day.rates,
            baselines=day.baselines,
            learn=False,
            out=Path(out),
            watch=recording.watch,
        ).run
    (rule,) = run["rules"]
    if rule["state"] != "armed":
        raise InputError(Problem(f"rule-{rule['state']}", f"{rule['rule']} could not see {day.name}: {rule['reason']}"))
    if any(kept.count > MOST for _, kept in recording.stations):
        hint = "loosen the thresholds less, such as with --floor 50%"
        raise InputError(Problem("too-many-candidates", f"{day.name} has more than {MOST:,} candidates", hint=hint))
    return recording
