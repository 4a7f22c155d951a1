"""A simulated day in memory or on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from surveillance.simulator.config import VERSION, SimulationConfig
from surveillance.simulator.files import check_format, write_events
from surveillance.simulator.market import Market, Progress
from surveillance.simulator.population import Population
from surveillance.simulator.rates import write_rates
from surveillance.simulator.render import SCHEMA
from surveillance.simulator.truth import Label, labels, write_reference, write_truth

BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Simulation:
    """A simulated market day in memory.

    Parameters
    ----------
    config : SimulationConfig
    population : Population
    events : pyarrow.Table
        Columns of `surveillance.simulator.render.SCHEMA`, in order of time.
    truth : list of Label
        The labelled episodes.
    """

    config: SimulationConfig
    population: Population
    events: Any
    truth: list[Label]


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """What was written.

    Parameters
    ----------
    folder : Path
    events : Path
        The file of events.
    rows : int
        Its rows.
    kinds : dict of str to int
        Rows of each kind.
    episodes : int
        Labelled episodes of abuse.
    hard_negatives : int
        Labelled episodes of lawful behaviour.
    digests : dict of str to str
        SHA-256 of each file, by its path in the folder.
    """

    folder: Path
    events: Path
    rows: int
    kinds: dict[str, int]
    episodes: int
    hard_negatives: int
    digests: dict[str, str]


def simulate(config: SimulationConfig, progress: Progress | None = None) -> Simulation:
    """Play a day and keep it in memory; for days of many millions of events use `simulate_to`.

    Parameters
    ----------
    config : SimulationConfig
    progress : callable, optional
        Called now and then with the rows made so far and the rows to expect.
    """
    market = Market(config)
    events = pa.concat_tables(market.tables(progress))
    return Simulation(config, market.population, events, labels(market))


def write(simulation: Simulation, folder: Path, format: str = "parquet") -> SimulationSummary:  # noqa: A002
    """Write a day that was played before.

    Parameters
    ----------
    simulation : Simulation
    folder : Path
        Made if it does not exist; files of an earlier day with the same names are replaced.
    format : str
        Of the events: ``parquet``, ``csv`` or ``ndjson``.

    Raises
    ------
    InputError
        For any other format.
    """
    check_format(format)
    folder.mkdir(parents=True, exist_ok=True)
    counter = _Counter([simulation.events])
    events = write_events(counter, folder, format)
    return _finish(folder, events, counter, simulation)


def simulate_to(
    folder: Path,
    config: SimulationConfig,
    progress: Progress | None = None,
    format: str = "parquet",  # noqa: A002 - the word of the command line
) -> SimulationSummary:
    """Play a day straight into files, in bounded memory.

    Parameters
    ----------
    folder : Path
        Made if it does not exist; files of an earlier day with the same names are replaced.
    config : SimulationConfig
    progress : callable, optional
        Called now and then with the rows made so far and the rows to expect.
    format : str
        Of the events: ``parquet``, ``csv`` or ``ndjson``.

    Returns
    -------
    SimulationSummary
        Counts and digests of ``events.<format>``, ``truth.csv``, ``reference/*.csv``; also in ``simulation.json``.

    Raises
    ------
    InputError
        For any other format.
    """
    check_format(format)
    folder.mkdir(parents=True, exist_ok=True)
    market = Market(config)
    counter = _Counter(market.tables(progress))
    events = write_events(counter, folder, format)
    played = Simulation(config, market.population, SCHEMA.empty_table(), labels(market))
    return _finish(folder, events, counter, played)


class _Counter:
    """Counts the rows that pass, by kind."""

    def __init__(self, tables: Iterable[Any]) -> None:
        self.tables = tables
        self.kinds: dict[str, int] = {}

    def __iter__(self) -> Iterator[Any]:
        for table in self.tables:
            for pair in pc.value_counts(table.column("kind").combine_chunks()).to_pylist():
                self.kinds[pair["values"]] = self.kinds.get(pair["values"], 0) + pair["counts"]
            yield table


def _finish(folder: Path, events: Path, counter: _Counter, played: Simulation) -> SimulationSummary:
    """Write everything beside the events."""
    reference = write_reference(played.population, folder / "reference")
    rates = folder / "reference" / "rates.csv"
    currencies = (instrument.currency for instrument in played.population.instruments)
    write_rates(played.config.day, played.config.seed, currencies, rates)
    write_truth(played.truth, folder / "truth.csv")
    truth, config = played.truth, played.config
    files = [events, folder / "truth.csv", *reference, rates]
    digests = {path.relative_to(folder).as_posix(): _digest(path) for path in files}
    abuse = sum(label.is_abuse for label in truth)
    kinds = dict(sorted(counter.kinds.items()))
    summary = SimulationSummary(folder, events, sum(kinds.values()), kinds, abuse, len(truth) - abuse, digests)
    document = {
        "simulator_version": VERSION,
        "seed": config.seed,
        "config": config.as_dict(),
        "columns": SCHEMA.names,
        "rows": summary.rows,
        "kinds": kinds,
        "episodes": abuse,
        "hard_negatives": len(truth) - abuse,
        "sha256": digests,
    }
    (folder / "simulation.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return summary


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
