"""One run: files in, findings and alerts out, and a record of what happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from surveillance.alerts.recording import ALERTS
from surveillance.alerts.values import iso_time
from surveillance.detecting.candidates import Candidates
from surveillance.engine import health, record
from surveillance.engine.attempt import Attempt, Progress, completed
from surveillance.engine.engine import Engine
from surveillance.engine.setup import set_up
from surveillance.engine.station import Station
from surveillance.engine.suppressing import OnHidden
from surveillance.engine.withholding import withholding
from surveillance.errors import InputError, Location, Problem
from surveillance.feeds.gathering import gathered
from surveillance.sinks.ndjson import write_json

__all__ = ["Progress", "RunResult", "Watch", "detect"]

_NOT_ARMED = 4

Watch = Callable[[Engine], Callable[[Station, Candidates], None]]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run left behind.

    Parameters
    ----------
    run : dict
        Content of run.json.
    out : Path
        Folder of the files.
    """

    run: dict[str, Any]
    out: Path

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Findings of active rules, read from the file; those of rules in shadow alert nobody."""
        with (self.out / "findings.ndjson").open("rb") as lines:
            found = [msgspec.json.decode(line) for line in lines]
        return [finding for finding in found if finding["status"] == "active"]

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """What they add up to, read from the file."""
        with (self.out / ALERTS).open("rb") as lines:
            return [msgspec.json.decode(line) for line in lines]

    @property
    def exit_status(self) -> int:
        """0, or 4 when a rule that should run was not armed; without baselines none that needs them should."""
        expected = {health.ARMED, health.DISABLED} | ({health.WARMING} if self.run["baselines"] is None else set())
        return 0 if expected.issuperset(rule["state"] for rule in self.run["rules"]) else _NOT_ARMED


def detect(
    sources: Sequence[Path],
    *,
    feed: str,
    rules: Path | None = None,
    reference: Path | None = None,
    rates: Sequence[Path] = (),
    privacy_key: Path | None = None,
    out: Path = Path("out"),
    on_progress: Callable[[Progress], None] | None = None,
    watch: Watch | None = None,
    on_hidden: OnHidden | None = None,
    baselines: Path | None = None,
    learn: bool = True,
) -> RunResult:
    """Run a rulebook over files and write alerts.ndjson, findings.ndjson, rejects.ndjson and run.json.

    Parameters
    ----------
    sources : sequence of Path
        Files, in time order or not; folders, patterns such as ``day/*.csv.gz``, or ``-`` for standard input.
    feed : str
        Name or file of the feed profile.
    rules : Path, optional
        Folder of the rulebook; the shipped one by default.
    reference : Path, optional
        Folder of reference data.
    rates : sequence of Path
        Files of exchange rates into the rulebook's base currency.
    privacy_key : Path, optional
        File with the key of pseudonyms, where the rulebook asks for them; else the key is that of the environment.
    out : Path
        Folder for the results; made if it is not there.
    on_progress : callable, optional
        Called after each block with a `Progress`.
    watch : callable, optional
        Called with the engine of each pass over the sources (a second one where they turn out not to be sorted);
        what it returns is called with what each station measured, after it was judged.
    on_hidden : callable, optional
        Called with each suppression that holds a finding back, and the finding.
    baselines : Path, optional
        Folder of baselines: what is usual, from the days before.
    learn : bool
        Whether the days of this run are added to it.

    Returns
    -------
    RunResult

    Raises
    ------
    InputError
        A file cannot be read or written.
    RulesError, PluginError
        Rules or plugins are not valid; nothing was judged.
    """
    started, clock = time.time_ns(), time.perf_counter()
    setup = replace(set_up(feed, rules, reference, rates, privacy_key), baselines=baselines, learn=learn)
    make_folder(out)
    ready = time.perf_counter()
    with withholding(setup.privacy), gathered(sources) as files:

        def watched(unsorted: set[str]) -> Attempt:
            books = [(out, setup.book)]
            made = Attempt(setup, files, out, books, unsorted, on_progress, iso_time(started))
            made.engine.watch = None if watch is None else watch(made.engine)
            made.outcomes[0].suppressing.on_hidden = on_hidden
            return made

        attempt = completed(watched)
        timings = {"set_up_s": round(ready - clock, 3), "detect_s": round(time.perf_counter() - ready, 3)}
        run = attempt.record(started, timings)
        # names of folders can be names of people
        inputs = record.inputs_record(sources, feed, rules, reference, rates, baselines)
        run["inputs"] = inputs if setup.privacy is None else None
        write_json(out / "run.json", run)
    return RunResult(run, out)


def make_folder(out: Path) -> None:
    """Make a folder for results, and those above it.

    Raises
    ------
    InputError
        It cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            Problem("cannot-write", f"cannot make the folder: {error.strerror}", Location(str(out)))
        ) from error
