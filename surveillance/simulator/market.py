"""The day itself: slice after slice, everybody's actions go into the books and rows come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray

from surveillance.events.schema import Mark
from surveillance.simulator import book as b
from surveillance.simulator.background import Background
from surveillance.simulator.clock import DAY, SECOND, SLICE, SLICES, busyness, midnight, session
from surveillance.simulator.config import LONGEST, SimulationConfig
from surveillance.simulator.episodes import cast
from surveillance.simulator.habits import habits_of
from surveillance.simulator.population import Population, populate
from surveillance.simulator.render import Renderer
from surveillance.simulator.room import make_book, with_room
from surveillance.simulator.script import USUAL, Episode, Stage, as_table

Progress = Callable[[int, int], None]
IntArray = NDArray[np.int64]

BITE: Final = 50_000  # background actions that are held at once, about
MINUTE: Final = 60 * SECOND
AROUND: Final = 5  # minutes before and after an episode in which order density is measured
ROWS_PER_ACTION: Final = 2.3  # where the day starts to learn it from
SOFT_LIMITS: Final = (0.7, 1.4)  # traders pause at such a multiple of `USUAL`


@dataclass(slots=True)
class Sighting:
    """What an episode left on the tape."""

    first: int = 0
    last: int = 0
    kinds: dict[int, int] = field(default_factory=dict)


class Market:
    """One simulated day, played by iterating over `tables`.

    Parameters
    ----------
    config : SimulationConfig
    """

    def __init__(self, config: SimulationConfig) -> None:
        self.config = config
        of_day = (1 + config.before,) if config.history else ()
        people = Generator(PCG64(SeedSequence([config.seed, 0])))
        ordinary, unusual = (Generator(PCG64(SeedSequence([config.seed, stream, *of_day]))) for stream in (1, 2))
        self.population: Population = populate(config, people)
        habits = habits_of(config, self.population) if config.history else None
        opens, closes = session(config.day, config.minutes)
        stage = Stage(self.population, unusual, midnight(config.day), opens, closes, short=config.minutes > 0)
        stage.habits = habits
        stage.evenness = 0.9 if config.corpus else stage.evenness
        self.episodes: list[Episode] = cast(stage, config)
        self.sightings = [Sighting() for _ in self.episodes]
        self.rows = 0
        self.orders = np.zeros((len(self.population.instruments), DAY // MINUTE), np.int64)
        instruments = self.population.instruments
        self.lows = np.array([max(1, one.opening - b.LADDER // 2) for one in instruments])
        at_work = None if habits is None else habits.at_work[config.before]
        self.background = Background(self.population, ordinary, config.seed, at_work)
        self._book = make_book(*self._tables(people, closes), stage.parents, config.quotes)
        self._opens, self._closes = opens, closes

    def _tables(self, rng: Generator, closes: int) -> tuple[IntArray, IntArray, IntArray]:
        """Return the engine's view of instruments, accounts and traders."""
        people = self.population
        instruments = np.full((len(people.instruments), b.INSTRUMENT_COLUMNS), -1, np.int64)
        for row, low, one in zip(instruments, self.lows, people.instruments, strict=True):
            row[b.I_LAST] = one.opening - low
            row[b.I_CLOSE] = midnight(self.config.day) + DAY if one.continuous else closes
            row[b.I_RISK] = max(1, round(one.lot_value / USUAL[one.asset_class] * 1e9))
        accounts = np.stack([people.owner, people.trader], axis=1)
        traders = np.zeros((len(people.trader_ids), 4), np.int64)
        crowded = LONGEST / self.config.minutes if self.config.minutes else 1  # as much business in less time
        traders[:, b.U_LIMIT] = rng.uniform(*SOFT_LIMITS, len(traders)) * 1e9 * crowded
        return instruments, accounts, traders

    def tables(self, progress: Progress | None = None) -> Iterator[Any]:
        """Play the day and yield its events as Arrow tables, in order of time.

        Parameters
        ----------
        progress : callable, optional
            Called with the rows made so far and the rows to expect.
        """
        renderer = Renderer(self.population, self.lows)
        start, target = midnight(self.config.day), self.config.events
        scripts, weights = as_table(self.episodes), self._weights()
        remaining, actions_so_far, per_action = weights.sum(axis=1)[::-1].cumsum()[::-1], 0, ROWS_PER_ACTION
        for number in range(SLICES):
            wanted = max(target - self.rows, 0) / max(remaining[number], 1e-12) / per_action * weights[number]
            parts = 1 + int(wanted.sum() / BITE)
            edges = start + number * SLICE + np.arange(parts + 1) * SLICE // parts
            for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
                actions = self.background.actions(begin, end - begin, wanted / parts)
                actions_so_far += len(actions)
                first, last = np.searchsorted(scripts[:, b.A_TIME], [begin, end])
                actions = np.concatenate([self._bells(begin), scripts[first:last], actions])
                actions = actions[np.argsort(actions[:, b.A_TIME], kind="stable")]
                for rows in self._play(actions, end - 1):
                    self._watch(rows)
                    self.rows += len(rows)
                    yield renderer.table(rows)
                if progress is not None:
                    progress(min(self.rows, target), target)
            if actions_so_far > 2_000:
                per_action = max(1.0, self.rows / actions_so_far)

    def _weights(self) -> NDArray[np.float64]:
        """Return each slice's and instrument's share of the day's actions."""
        exchange, continuous = busyness(self.config.day, self.config.minutes)
        everywhere = self.background.continuous
        curve = np.where(everywhere[None, :], continuous[:, None], exchange[:, None])
        return np.asarray(curve * self.population.popularity[None, :])

    def _bells(self, begin: int) -> IntArray:
        """Return the opening or closing actions that happen at the start of a slice."""
        rows = []
        exchange = [n for n, one in enumerate(self.population.instruments) if not one.continuous]
        venues = {self.population.instruments[n].venue: n for n in reversed(exchange)}
        if begin == self._closes:
            rows += [(b.CLOSE, n, 0) for n in exchange]
            rows += [(b.MARK_ROW, venues[venue], int(Mark.SESSION_CLOSE)) for venue in sorted(venues)]
        if begin == self._opens:
            rows += [(b.MARK_ROW, venues[venue], int(Mark.SESSION_OPEN)) for venue in sorted(venues)]
        table = np.zeros((len(rows), b.ACTION_COLUMNS), np.int64)
        table[:, b.A_TIME] = begin
        for line, (verb, instrument, mark) in zip(table, rows, strict=True):
            line[b.A_VERB], line[b.A_INSTRUMENT], line[b.A_MODE] = verb, instrument, mark
        return table

    def _play(self, actions: IntArray, until: int) -> Iterator[IntArray]:
        """Run the books over a slice; yields the rows made, which are overwritten by the next ones."""
        self._book = with_room(self._book, actions)
        state, at = self._book.state, 0
        while at <= len(actions):
            at = b.run(self._book, actions, at, until)
            if state[b.S_ROWS]:
                yield self._book.out[: state[b.S_ROWS]]
                state[b.S_ROWS] = 0

    def density(self, instruments: list[int], first: int, last: int) -> float:
        """Return the orders a second in the busiest of some instruments, around a stretch of time."""
        begin = midnight(self.config.day)
        bins = slice(max(0, (first - begin) // MINUTE - AROUND), (last - begin) // MINUTE + AROUND + 1)
        counts = self.orders[instruments, bins]
        open_minutes = np.maximum((counts > 0).sum(axis=1), 1)
        return float((counts.sum(axis=1) / open_minutes).max() / 60)

    def _watch(self, rows: IntArray) -> None:
        """Note how busy the instruments are, and what the episodes left on the tape."""
        sent = rows[rows[:, b.R_KIND] == b.ORDER]
        minute = (sent[:, b.R_TIME] - midnight(self.config.day)) // MINUTE
        np.add.at(self.orders, (sent[:, b.R_INSTRUMENT], minute), 1)
        for row in rows[rows[:, b.R_TAG] > 0]:
            seen = self.sightings[row[b.R_TAG] - 1]
            seen.first = seen.first or int(row[b.R_TIME])
            seen.last = int(row[b.R_TIME])
            kind = int(row[b.R_KIND])
            seen.kinds[kind] = seen.kinds.get(kind, 0) + 1
