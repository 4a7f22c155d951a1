"""Who trades what: instruments, accounts and the people, desks and owners behind them.

Ids are drawn without replacement from one range, so that no id tells what its holder does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from surveillance.events.schema import AssetClass, Band, Capacity
from surveillance.simulator.config import SimulationConfig

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument as a participant knows it.

    Parameters
    ----------
    name, venue, currency : str
        Texts of the tape.
    asset_class : AssetClass
    band : Band
        Liquidity band, by rank of popularity.
    price_scale, quantity_scale : int
        Decimals of price and quantity.
    tick : int
        Smallest price step in units of ``10**-price_scale``.
    lot : int
        Smallest quantity step in units of ``10**-quantity_scale``.
    multiplier : int
        Units of the underlying per contract; 1 where there are no contracts.
    opening : int
        Opening price in ticks.
    typical : int
        Typical order size in lots.
    continuous : bool
        Traded the whole UTC day rather than in New York hours.
    """

    name: str
    asset_class: AssetClass
    band: Band
    price_scale: int
    quantity_scale: int
    tick: int
    lot: int
    multiplier: int
    currency: str
    venue: str
    opening: int
    typical: int
    continuous: bool

    @property
    def lot_value(self) -> float:
        """Notional of one lot at the opening price, in the instrument's currency."""
        price = self.opening * self.tick / float(10**self.price_scale)
        if self.asset_class == AssetClass.FIXED_INCOME:
            price /= 100
        return price * self.multiplier * self.lot / float(10**self.quantity_scale)


@dataclass(frozen=True, slots=True)
class Population:
    """The whole reference side of a simulated day; accounts are rows of the arrays.

    Parameters
    ----------
    instruments : list of Instrument
    popularity : float array, instruments
        Share of the day's orders; sums to 1.
    account_ids, owner_ids, trader_ids, desk_ids : list of str
    capacity, owner, trader, desk : int array, accounts
        `Capacity` value and indices into the lists of ids.
    home : int array, accounts
        `AssetClass` value that the account's desk trades.
    activity : float array, accounts
        Relative number of orders.
    """

    instruments: list[Instrument]
    popularity: FloatArray
    account_ids: list[str]
    owner_ids: list[str]
    trader_ids: list[str]
    desk_ids: list[str]
    capacity: IntArray
    owner: IntArray
    trader: IntArray
    desk: IntArray
    home: IntArray
    activity: FloatArray

    def members(self, asset_class: int, *, makers: bool) -> IntArray:
        """Return the accounts at home in a class, market makers or all others."""
        mask = (self.home == asset_class) & ((self.capacity == Capacity.MARKET_MAKER) == makers)
        return np.flatnonzero(mask).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the instruments of an asset class look like."""

    asset_class: AssetClass
    share: float
    volume: float
    price_scale: int
    quantity_scale: int
    tick: int
    lot: int
    prices: tuple[float, float]
    order_value: tuple[float, float]
    venues: tuple[str, ...]
    euro_venue: str = ""


SHAPES: Final = (
    Shape(AssetClass.EQUITY, 0.5, 0.62, 2, 0, 1, 1, (6, 95), (2_000, 8_000), ("XNYS", "XNAS", "ARCX"), "XPAR"),
    Shape(AssetClass.FIXED_INCOME, 0.2, 0.1, 3, 0, 5, 1_000, (92, 104), (10_000, 40_000), ("BTEC",), "XMTS"),
    Shape(AssetClass.DERIVATIVE, 0.15, 0.16, 2, 0, 25, 1, (900, 5_200), (8_000, 16_000), ("XCME",), "XEUR"),
    Shape(AssetClass.CRYPTO, 0.15, 0.12, 2, 4, 1, 10, (12, 100), (300, 2_500), ("XCOIN",)),
)
"""Shares of instruments and of orders; prices and typical order values are drawn from the ranges, in currency units."""

MULTIPLIERS: Final = (2, 5, 10)
POPULARITY_EXPONENT: Final = 0.9
ACTIVITY_EXPONENT: Final = 0.6
CONSONANTS, VOWELS = "BCDFGKLMNPRSTVZ", "AEIOU"


def populate(config: SimulationConfig, rng: Generator) -> Population:
    """Draw the population of a simulated day."""
    instruments, popularity = _instruments(config.instruments, rng)
    count = config.crowd
    home = rng.choice([int(s.asset_class) for s in SHAPES], count, p=_normed([s.volume + 0.08 for s in SHAPES]))
    capacity = rng.choice(
        [int(Capacity.CLIENT), int(Capacity.HOUSE), int(Capacity.MARKET_MAKER)], count, p=[0.62, 0.2, 0.18]
    )
    for place, shape in enumerate(SHAPES):  # every class has two makers, two houses and four clients, however few
        home[place * 8 : place * 8 + 8] = shape.asset_class
        capacity[place * 8 : place * 8 + 8] = [3, 3, 2, 2, 1, 1, 1, 1]
    desks = max(8, count // 25)
    desk_home = np.array([int(SHAPES[i % len(SHAPES)].asset_class) for i in range(desks)])
    desk = np.array([rng.choice(np.flatnonzero(desk_home == one)) for one in home])
    activity = np.empty(count)
    for asset_class in {int(shape.asset_class) for shape in SHAPES}:
        here = np.flatnonzero(home == asset_class)
        activity[here] = rng.permutation(np.arange(1, len(here) + 1) ** -ACTIVITY_EXPONENT)
    owner = _owners(capacity, rng)
    trader = _traders(capacity, rng)
    return Population(
        instruments=instruments,
        popularity=popularity,
        account_ids=_ids("A", count, rng),
        owner_ids=_ids("B", int(owner.max()) + 1, rng),
        trader_ids=_ids("T", int(trader.max()) + 1, rng),
        desk_ids=_ids("D", desks, rng),
        capacity=capacity.astype(np.int64),
        owner=owner,
        trader=trader.astype(np.int64),
        desk=desk.astype(np.int64),
        home=home.astype(np.int64),
        activity=activity,
    )


def _normed(weights: list[float] | FloatArray) -> FloatArray:
    array: FloatArray = np.asarray(weights, np.float64)
    normed: FloatArray = array / array.sum()
    return normed


def _ids(letter: str, count: int, rng: Generator) -> list[str]:
    """Return ids whose numbers say nothing."""
    digits = max(4, len(str(count * 9)))
    low = 10 ** (digits - 1)
    numbers = rng.choice(9 * low, count, replace=False) + low
    return [f"{letter}{number}" for number in numbers.tolist()]


def _owners(capacity: IntArray, rng: Generator) -> IntArray:
    """Give clients an owner of one to four accounts, houses few legal entities, every market maker its own."""
    owner = np.zeros(len(capacity), np.int64)
    clients = np.flatnonzero(capacity == Capacity.CLIENT)
    houses = np.flatnonzero(capacity == Capacity.HOUSE)
    makers = np.flatnonzero(capacity == Capacity.MARKET_MAKER)
    persons = max(1, len(clients) * 7 // 10)
    entities = max(2, len(houses) // 3)
    owner[clients] = rng.integers(0, persons, len(clients))
    owner[houses] = persons + rng.integers(0, entities, len(houses))
    owner[makers] = persons + entities + np.arange(len(makers))
    return owner


def _traders(capacity: IntArray, rng: Generator) -> IntArray:
    """Give every account a trader; market makers' traders make markets only, the others cross desks."""
    makers = np.flatnonzero(capacity == Capacity.MARKET_MAKER)
    others = np.flatnonzero(capacity != Capacity.MARKET_MAKER)
    quoting, trading = max(4, len(makers) * 2 // 3), max(10, len(others) * 2 // 5)
    trader = np.zeros(len(capacity), np.int64)
    trader[makers] = rng.integers(0, quoting, len(makers))
    trader[others] = quoting + rng.integers(0, trading, len(others))
    return trader


def _instruments(count: int, rng: Generator) -> tuple[list[Instrument], FloatArray]:
    """Draw instruments, at least two a class, and their Zipf popularity inside the class."""
    shares = np.array([shape.share for shape in SHAPES])
    sizes = np.maximum(2, np.floor(shares * count).astype(int))
    sizes[0] += count - int(sizes.sum())
    instruments: list[Instrument] = []
    popularity: list[float] = []
    names: set[str] = set()
    for shape, size in zip(SHAPES, sizes.tolist(), strict=True):
        weights = _normed(np.arange(1, size + 1) ** -POPULARITY_EXPONENT)
        for rank in range(size):
            instruments.append(_instrument(shape, rank, size, names, rng))
            popularity.append(shape.volume * float(weights[rank]))
    return instruments, _normed(popularity)


def _instrument(shape: Shape, rank: int, size: int, names: set[str], rng: Generator) -> Instrument:
    """Draw one instrument; the first third of a class is liquid, the last third illiquid."""
    stem = ""
    while not stem or stem in names:
        letters = (CONSONANTS, VOWELS, CONSONANTS, VOWELS)[: 4 if shape.asset_class == AssetClass.EQUITY else 3]
        stem = "".join(rng.choice(list(kind)) for kind in letters)
    names.add(stem)
    euro = bool(shape.euro_venue) and rank % 6 == 1
    currency = "EUR" if euro else "USD"
    name = {
        AssetClass.EQUITY: stem,
        AssetClass.FIXED_INCOME: f"{stem}-{rng.integers(2028, 2045)}",
        AssetClass.DERIVATIVE: f"{stem}{rng.choice(['H', 'M', 'U', 'Z'])}6",
        AssetClass.CRYPTO: f"{stem}-USD",
    }[shape.asset_class]
    price = float(rng.uniform(*shape.prices))
    derivative = shape.asset_class == AssetClass.DERIVATIVE
    worth = price / 100 if shape.asset_class == AssetClass.FIXED_INCOME else price
    fitting = [m for m in MULTIPLIERS if m * price <= shape.order_value[1]] or [1]
    multiplier = int(rng.choice(fitting)) if derivative else 1
    lot_worth = worth * multiplier * shape.lot / 10**shape.quantity_scale
    return Instrument(
        name=name,
        asset_class=shape.asset_class,
        band=(Band.LIQUID, Band.NORMAL, Band.ILLIQUID)[min(3 * rank // size, 2)],
        price_scale=shape.price_scale,
        quantity_scale=shape.quantity_scale,
        tick=shape.tick,
        lot=shape.lot,
        multiplier=multiplier,
        currency=currency,
        venue=shape.euro_venue if euro else str(rng.choice(list(shape.venues))),
        opening=round(price * 10**shape.price_scale / shape.tick),
        typical=max(1, round(float(rng.uniform(*shape.order_value)) / lot_worth)),
        continuous=shape.asset_class == AssetClass.CRYPTO,
    )
