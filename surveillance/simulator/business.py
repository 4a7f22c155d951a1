"""A few ordinary orders of one account: for episodes that are about when, and not about what."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import AssetClass
from surveillance.simulator import book as b
from surveillance.simulator.habits import Habits
from surveillance.simulator.script import Episode, NoRoomError, Stage


def some_business(stage: Stage, episode: Episode, start: int, orders: int, span: int) -> None:
    """Let the episode's account send orders in one direction, the first at `start`, over `span` ns."""
    (account,), (instrument,) = episode.roles, episode.instruments
    side = stage.side()
    times = [start, *sorted(start + stage.seconds(1, span / 1e9) for _ in range(orders - 1))]
    for time in times:
        size = stage.size(instrument, 0.4, 1.8)
        if stage.rng.random() < 0.6:
            patience = stage.seconds(20, 900)
            episode.send(time, account, side, size, mode=b.PASSIVE, offset=stage.whole(0, 3), lifetime=patience)
        else:
            episode.send(time, account, side, size, mode=b.TAKE, offset=2, tif=b.IOC)


def instrument_of(stage: Stage, account: int) -> int:
    """Draw an instrument of the class in which an account is at home."""
    return stage.instrument((AssetClass(int(stage.population.home[account])),))


def draw_time(stage: Stage, fits: NDArray[Any]) -> tuple[int, int]:
    """Draw an account that no other episode is about, and a time of the day that fits it.

    Parameters
    ----------
    fits : ndarray of bool
        Accounts by slices of the day.

    Returns
    -------
    tuple of int
        Account and slice.

    Raises
    ------
    NoRoomError
        None is left.
    """
    free = fits.copy()
    free[[*stage.drawn, *habits(stage).special]] = False
    able = np.flatnonzero(free.any(axis=1))
    if not len(able):
        raise NoRoomError
    account = int(stage.rng.choice(able))
    stage.drawn.add(account)
    return account, int(stage.rng.choice(np.flatnonzero(free[account])))


def habits(stage: Stage) -> Habits:
    """Return the habits of a stage that is set with a history.

    Raises
    ------
    NoRoomError
        It has none.
    """
    if stage.habits is None:
        raise NoRoomError
    return stage.habits
