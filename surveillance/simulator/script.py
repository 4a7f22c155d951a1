"""What an episode hands to the market: actions of named participants, and the label that says what they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from surveillance.events.schema import AssetClass, Capacity
from surveillance.simulator import book as b
from surveillance.simulator.clock import DAY, SECOND
from surveillance.simulator.habits import Habits
from surveillance.simulator.population import Population

USUAL: Final = {
    AssetClass.EQUITY: 500_000,
    AssetClass.FIXED_INCOME: 2_500_000,
    AssetClass.DERIVATIVE: 1_000_000,
    AssetClass.CRYPTO: 500_000,
}
"""What a busy trader trades in half an hour, in the instrument's currency."""

COUNTERPARTY: Final = "counterparty"
"""Role of an account that an episode trades with and that is no part of it."""


@dataclass(slots=True)
class Episode:
    """A label: one stretch of behaviour by known participants.

    Parameters
    ----------
    typology : str
        What it is; for abuse the id of the detector that is to find it.
    is_abuse : bool
        False for lawful behaviour that looks like abuse.
    instruments, accounts : list of int
        Indices into the population.
    roles : dict of int to str
        What each account does.
    params : dict
        What was drawn.
    actions : list of list of int
        Rows of the engine's action table.
    """

    typology: str
    is_abuse: bool
    instruments: list[int]
    roles: dict[int, str]
    params: dict[str, Any] = field(default_factory=dict)
    actions: list[list[int]] = field(default_factory=list)

    def send(
        self,
        time: int,
        account: int,
        side: int,
        quantity: int,
        *,
        mode: int,
        offset: int = 0,
        instrument: int | None = None,
        lifetime: int = 0,
        tif: int = b.DAY,
        amend: int = 0,
        amends: int = 1,
        amend_after: int = 0,
        parent: int = 0,
        free: int = b.EXEMPT,
    ) -> None:
        """Plan an order; see `surveillance.simulator.book` for the modes and amendments."""
        row = [0] * b.ACTION_COLUMNS
        row[b.A_TIME], row[b.A_VERB], row[b.A_ACCOUNT], row[b.A_OTHER] = time, b.SUBMIT, account, -1
        row[b.A_INSTRUMENT] = self.instruments[0] if instrument is None else instrument
        row[b.A_SIDE], row[b.A_QUANTITY], row[b.A_MODE], row[b.A_OFFSET] = side, max(1, quantity), mode, offset
        row[b.A_TYPE], row[b.A_TIF] = b.TYPE_MARKET if mode == b.MARKET else b.TYPE_LIMIT, tif
        row[b.A_LIFETIME], row[b.A_FREE], row[b.A_PARENT] = lifetime, free, parent
        if amend:
            row[b.A_AMEND], row[b.A_AMENDS], row[b.A_AMEND_AFTER] = amend, amends, amend_after
        self.actions.append(row)

    def negotiate(
        self,
        time: int,
        account: int,
        side: int,
        quantity: int,
        *,
        other: int,
        instrument: int | None = None,
        ticks: int = 0,
    ) -> None:
        """Plan a trade agreed between two accounts, so many ticks above the middle; `side` is the first one's."""
        self.send(time, account, side, quantity, mode=b.AROUND, offset=ticks, instrument=instrument)
        row = self.actions[-1]
        row[b.A_VERB], row[b.A_OTHER] = b.NEGOTIATE, other


@dataclass(slots=True)
class Stage:
    """Where episodes are set: the population, the hours, and draws of their own.

    Parameters
    ----------
    population : Population
    rng : Generator
        Used by episodes only, so that the background is the same without them.
    midnight, opens, closes : int
        Start of the UTC day, open and close of the exchanges, ns.
    short : bool
        The day is shorter than usual, for the markets that never close as well.
    parents : int
        Parent orders handed out so far.
    drawn : set of int
        Accounts that have a part already; they are seldom drawn again.
    severity : float, optional
        How grave the next episode is, from 0 to 1; None: drawn with everything else.
    evenness : float
        Exponent of an instrument's popularity in a draw: 1 sets episodes where the market is, 0 anywhere.
    habits : Habits, optional
        Who is at work when; None: everybody, as long as the market is open.
    number : int
        Which of its kind the next episode is.
    """

    population: Population
    rng: Generator
    midnight: int
    opens: int
    closes: int
    short: bool = False
    parents: int = 0
    drawn: set[int] = field(default_factory=set)
    severity: float | None = None
    evenness: float = 0.5
    habits: Habits | None = None
    number: int = 0

    def parent(self) -> int:
        """Return the key of a new parent order."""
        self.parents += 1
        return self.parents

    def instrument(self, classes: tuple[AssetClass, ...] = (), currency: str = "") -> int:
        """Draw an instrument of some classes and a currency (empty: of any), the popular ones more often."""
        instruments = self.population.instruments
        fits = [(not classes or one.asset_class in classes) and currency in {"", one.currency} for one in instruments]
        weights = self.population.popularity**self.evenness * np.array(fits)
        return int(self.rng.choice(len(fits), p=weights / weights.sum()))

    def account(self, instrument: int, *capacities: Capacity, without: tuple[int, ...] = ()) -> int:
        """Draw an account that trades an instrument's class and belongs to no owner of the accounts in `without`."""
        people = self.population
        asset_class = people.instruments[instrument].asset_class
        fits = (people.home == asset_class) & np.isin(people.capacity, [int(one) for one in capacities])
        fits &= ~np.isin(people.owner, people.owner[list(without)]) & ~np.isin(
            people.trader, people.trader[list(without)]
        )
        weights = people.activity * fits * self.freshness
        account = int(self.rng.choice(len(fits), p=weights / weights.sum()))
        self.drawn.add(account)
        return account

    @property
    def freshness(self) -> NDArray[np.float64]:
        """Weight of each account in a draw: little for those of traders that have a part already."""
        trader = self.population.trader
        fresh = np.where(np.isin(trader, trader[list(self.drawn)]), 0.05, 1.0)
        return np.where(self.all_day, fresh, 1e-9)

    @property
    def all_day(self) -> NDArray[np.bool_]:
        """Who is at work as long as the market is open: whoever may have a part at any time."""
        if self.habits is None:
            return np.ones(len(self.population.trader), np.bool_)
        return ~self.habits.own

    def moment(self, instrument: int, length: int) -> int:
        """Draw a start that leaves `length` ns and some margin before the market closes."""
        margin = 300 * SECOND
        first, last = self.hours(instrument)
        if first + margin >= last - margin - length:
            raise NoRoomError
        return int(self.rng.integers(first + margin, last - margin - length))

    def hours(self, instrument: int) -> tuple[int, int]:
        """Return when an instrument's market opens and closes."""
        if self.population.instruments[instrument].continuous and not self.short:
            return self.midnight, self.midnight + DAY
        return self.opens, self.closes

    def grade(self, low: float, high: float) -> float:
        """Draw a number between two, near the one that the severity asks for."""
        if self.severity is None:
            return float(self.rng.uniform(low, high))
        return (low + (high - low) * self.severity) * float(self.rng.uniform(0.85, 1.15))

    def many(self, low: int, high: int) -> int:
        """Draw a count between two, near the one that the severity asks for."""
        return max(low, round(self.grade(low, high)))

    def bulk(self, instrument: int, low: float, high: float) -> int:
        """Draw a quantity in lots between multiples of the typical order, near the one that the severity asks for."""
        return max(1, round(self.population.instruments[instrument].typical * self.grade(low, high)))

    def family(self, account: int) -> list[int]:
        """Return the other accounts of an account's owner that are at work all day."""
        owner = self.population.owner
        return [int(one) for one in np.flatnonzero((owner == owner[account]) & self.all_day) if one != account]

    def seconds(self, low: float, high: float) -> int:
        """Draw a duration between two numbers of seconds, in ns."""
        return int(self.rng.uniform(low, high) * SECOND)

    def side(self) -> int:
        """Draw a side."""
        return int(self.rng.integers(b.BUY, b.SELL + 1))

    def size(self, instrument: int, low: float, high: float) -> int:
        """Draw a quantity in lots between multiples of the instrument's typical order."""
        return max(1, round(self.population.instruments[instrument].typical * self.rng.uniform(low, high)))

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))


class NoRoomError(Exception):
    """An episode is longer than the market is open."""


Builder = Callable[[Stage], Episode]
"""Sets one episode on the stage."""


def opposite(side: int) -> int:
    """Return the other side."""
    return b.BUY + b.SELL - side


def as_table(episodes: list[Episode]) -> NDArray[np.int64]:
    """Return the actions of episodes in order of time, tagged with the episode's number from 1."""
    rows = []
    for number, episode in enumerate(episodes, start=1):
        for row in episode.actions:
            row[b.A_TAG] = number
            rows.append(row)
    table = np.array(rows, np.int64).reshape(-1, b.ACTION_COLUMNS)
    return table[np.argsort(table[:, b.A_TIME], kind="stable")]
