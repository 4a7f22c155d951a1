"""Ordinary business: what everybody sends in a slice of the day, drawn as whole columns.

Market makers quote both sides around the middle, patient participants queue behind the touch, impatient ones take.
An ordinary participant keeps to one direction in an instrument for an hour or so. How long orders stand scales with
how busy the instrument is, so that every book holds a few dozen orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from surveillance.simulator import book as b
from surveillance.simulator.clock import SECOND, SLICE
from surveillance.simulator.population import SHAPES, Population

IntArray = NDArray[np.int64]

# What an ordinary action is: a maker's quote, a patient order, one that betters the touch, a taker's limit order, an
# immediate-or-cancel order, a market order, a refused one.
QUOTE, PATIENT, BETTER, TAKE, AT_ONCE, MARKET, REFUSED = range(7)
MIX: Final = (0.34, 0.31, 0.09, 0.14, 0.05, 0.065, 0.005)
RESTING: Final = 45  # orders that a book holds, about
FAITHFUL: Final = 0.93  # share of an account's orders in its direction of the hour
AMENDED: Final = 0.07
MISHAPS: Final = 0.0025


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who acts in each asset class: accounts with cumulative weights, makers apart."""

    others: dict[int, tuple[IntArray, NDArray[np.float64]]]
    makers: dict[int, tuple[IntArray, NDArray[np.float64]]]

    @staticmethod
    def of(population: Population, present: NDArray[np.bool_] | None = None) -> Crowd:
        """Return the crowd of a population, or of those of it who are present; where nobody is, of all."""
        groups: list[dict[int, tuple[IntArray, NDArray[np.float64]]]] = [{}, {}]
        for shape in SHAPES:
            for makers in (False, True):
                accounts = population.members(shape.asset_class, makers=makers)
                here = accounts if present is None else accounts[present[accounts]]
                accounts = here if len(here) else accounts
                weights = np.cumsum(population.activity[accounts])
                groups[makers][int(shape.asset_class)] = (accounts, weights / weights[-1])
        return Crowd(*groups)


def mixed(values: IntArray) -> NDArray[np.uint64]:
    """Return well-mixed bits of whole numbers (the finaliser of splitmix64)."""
    bits: NDArray[np.uint64] = values.astype(np.uint64)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return bits


class Background:
    """Draws the ordinary actions of one slice after the other.

    Parameters
    ----------
    population : Population
    rng : Generator
        Used by nothing else.
    seed : int
        Mixed into the directions that accounts keep.
    at_work : bool array, accounts x slices of the day, optional
        Who sends orders when; None: everybody, as long as the market is open.
    """

    def __init__(
        self, population: Population, rng: Generator, seed: int, at_work: NDArray[np.bool_] | None = None
    ) -> None:
        self.rng, self.seed = rng, seed
        self.crowds = [Crowd.of(population)]
        if at_work is not None:
            self.crowds = [Crowd.of(population, present) for present in at_work.T]
        self.classes = np.array([int(one.asset_class) for one in population.instruments])
        self.continuous = np.array([one.continuous for one in population.instruments])
        self.typical = np.array([one.typical for one in population.instruments])

    def actions(self, start: int, length: int, expected: NDArray[np.float64]) -> IntArray:
        """Draw the actions of a slice.

        Parameters
        ----------
        start, length : int
            Of the slice, ns.
        expected : float array, instruments
            Mean number of actions in each.

        Returns
        -------
        int64 array, actions x ACTION_COLUMNS
            In order of time.
        """
        rng = self.rng
        instrument = np.repeat(np.arange(len(expected)), rng.poisson(expected))
        count = len(instrument)
        table = np.zeros((count, b.ACTION_COLUMNS), np.int64)
        table[:, b.A_TIME] = start + rng.integers(0, length, count)
        table[:, b.A_VERB], table[:, b.A_INSTRUMENT], table[:, b.A_OTHER] = b.SUBMIT, instrument, -1
        what = np.searchsorted(np.cumsum(MIX)[:-1], rng.random(count), side="right")
        table[:, b.A_ACCOUNT] = self._accounts(instrument, what == QUOTE, start)
        table[:, b.A_SIDE] = self._sides(table, what)
        table[:, b.A_MODE] = np.array([b.AROUND, b.PASSIVE, b.IMPROVE, b.TAKE, b.TAKE, b.MARKET, b.REFUSED])[what]
        table[:, b.A_OFFSET] = self._offsets(what)
        spread = np.exp(rng.normal(-0.3, 0.8, count))
        table[:, b.A_QUANTITY] = np.maximum(1, np.rint(self.typical[instrument] * spread))
        table[:, b.A_TYPE] = np.where(what == MARKET, b.TYPE_MARKET, b.TYPE_LIMIT)
        at_once = (what == AT_ONCE) | (what == MARKET)
        table[:, b.A_TIF] = np.where(at_once, b.IOC, np.where(self.continuous[instrument], b.GTC, b.DAY))
        table[:, b.A_LIFETIME] = self._lifetimes(instrument, what, length, expected)
        self._plans(table)
        return table[np.argsort(table[:, b.A_TIME], kind="stable")]

    def _accounts(self, instrument: IntArray, quoting: NDArray[np.bool_], start: int) -> IntArray:
        crowd = self.crowds[start // SLICE % len(self.crowds)]
        account = np.zeros(len(instrument), np.int64)
        draw, classes = self.rng.random(len(instrument)), self.classes[instrument]
        for group, chosen in ((crowd.makers, quoting), (crowd.others, ~quoting)):
            for asset_class, (members, weights) in group.items():
                rows = np.flatnonzero(chosen & (classes == asset_class))
                account[rows] = members[np.searchsorted(weights, draw[rows], side="right")]
        return account

    def _sides(self, table: IntArray, what: IntArray) -> IntArray:
        """Makers quote either side; the others keep their direction of about an hour."""
        hour = (table[:, b.A_TIME] // (3_600 * SECOND)) % (1 << 20)
        key = ((hour * 100_003 + table[:, b.A_ACCOUNT]) * 10_007 + table[:, b.A_INSTRUMENT]) * 31 + self.seed
        buys = (mixed(key) & np.uint64(1)).astype(np.bool_)
        draw = self.rng.random(len(table))
        buys = np.where(what == QUOTE, draw < 0.5, buys ^ (draw > FAITHFUL))
        return np.where(buys, b.BUY, b.SELL)

    def _offsets(self, what: IntArray) -> IntArray:
        """Ticks from the anchor of each mode."""
        rng, count = self.rng, len(what)
        near, deep = rng.geometric(0.5, count), rng.geometric(0.22, count)
        table = np.stack([near, deep - 1, np.ones_like(near), near - 1, near - 1, near, near])
        offset: IntArray = np.take_along_axis(table, what[None, :], 0)[0]
        return np.where(what == MARKET, b.PROTECTION, offset)

    def _lifetimes(self, instrument: IntArray, what: IntArray, length: int, expected: NDArray[np.float64]) -> IntArray:
        """Planned time until the participant cancels, ns."""
        mean = np.clip(RESTING / np.maximum(expected, 1e-9), 0.002, 24) * length
        factor = np.exp(self.rng.normal(-0.72, 1.2, len(what))) * np.where(what == QUOTE, 0.6, 1.4)
        return np.asarray(np.maximum(mean[instrument] * factor, 20_000_000), np.int64)

    def _plans(self, table: IntArray) -> None:
        """Let some orders be amended, and a few trades be busted or corrected."""
        rng, count = self.rng, len(table)
        amended = rng.random(count) < AMENDED
        kind = np.where(rng.random(count) < 0.6, b.REPRICE, b.REDUCE)
        times = rng.integers(1, 4, count)
        table[:, b.A_AMEND] = np.where(amended, kind, 0)
        table[:, b.A_AMENDS] = np.where(amended, times, 0)
        table[:, b.A_AMEND_AFTER] = table[:, b.A_LIFETIME] // (times + 1)
        draw = rng.random(count)
        mishap = np.where(draw < MISHAPS, b.BUST_IT, np.where(draw < 2 * MISHAPS, b.CORRECT_IT, 0))
        table[:, b.A_MISHAP] = mishap
        table[:, b.A_MISHAP_AFTER] = rng.integers(20 * SECOND, 1_200 * SECOND, count)
