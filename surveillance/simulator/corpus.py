"""The corpus: days of every typology in grades of severity, from quiet markets to very busy ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from surveillance.errors import InputError, Problem
from surveillance.simulator.clock import session
from surveillance.simulator.config import LONGEST, SHORTEST, SimulationConfig
from surveillance.simulator.habits import weekday

DENSITIES: Final = (3, 10, 30, 100, 250)
"""Orders a second in the busiest instrument of a day."""

INSTRUMENTS: Final = 12
_SHARE: Final = 0.24  # of the orders that the busiest of so many instruments gets, about
_ROWS: Final = 2.4  # for each order, about
_ROWS_OF_A_DAY: Final = 2_500_000  # the busier, the shorter, so that days stay about as large


def corpus(
    seeds: Sequence[int],
    densities: Sequence[float] = DENSITIES,
    *,
    day: date = date(2026, 3, 16),
    episodes: int = 5,
    history: int = 0,
) -> list[tuple[str, SimulationConfig]]:
    """Return the days of a corpus, by name.

    Parameters
    ----------
    seeds : sequence of int
        Each makes a population and a day for every density.
    densities : sequence of float
        Orders a second in the busiest instrument; the busier the market, the shorter it is open.
    day : date
        Of all.
    episodes : int
        Of each typology and day, in as many grades of severity from 0.1 to 0.9.
    history : int
        Ordinary days before each labelled day, in which accounts have hours of their own; they stand before it.

    Raises
    ------
    InputError
        A density is not above 0, or there is a history and a day that is too short for it.
    """
    wrong = [density for density in densities if density <= 0]
    if wrong:
        raise InputError(Problem("simulation-option", f"a density of {wrong[0]:g} orders a second is not above 0"))
    first, last = session(day)
    whole = (last - first) // 60_000_000_000
    days = []
    for seed in seeds:
        for density in densities:
            a_minute = density * 60 / _SHARE * _ROWS
            minutes = min(whole, LONGEST, max(SHORTEST, int(_ROWS_OF_A_DAY / a_minute)))
            if history and minutes < whole:
                what = f"a history needs whole days, and with {density:g} orders a second a day has {minutes} minutes"
                hint = f"give densities up to {_ROWS_OF_A_DAY / (whole * 60 / _SHARE * _ROWS):.3g}"
                raise InputError(Problem("simulation-option", what, hint=hint))
            config = SimulationConfig(
                seed=seed,
                events=max(1_000, round(a_minute * minutes)),
                day=day,
                instruments=INSTRUMENTS,
                accounts=400,
                episodes=episodes,
                hard_negatives=3,
                minutes=0 if history else minutes,
                corpus=True,
                history=history,
            )
            name = f"seed-{seed}-density-{density:g}"
            for before in range(history, 0, -1):
                earlier = replace(config, day=weekday(day, -before), before=before)
                days.append((f"{name}/history/{earlier.day}", earlier))
            days.append((name, config))
    return days
