"""Groups of accounts that deal with each other against all chance, and what is measured of such a group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.api import NULL, PPM, Deals, Duration, Group, Measure, Params, Ties, Unit, share

IntArray = NDArray[Any]

_TRIFLE = 10
"""A direction with less than one tenth of what a pair dealt is no direction of the pair."""

MEASURES: Mapping[str, Measure] = {
    "members": Measure(Unit.COUNT, "Accounts that belong to the group."),
    "deals": Measure(Unit.COUNT, "Deals between members that are tied to each other."),
    "often": Measure(
        Unit.MULTIPLE, "How unlikely so many deals between them are: 3 is once in a thousand, 6 once in a million."
    ),
    "close": Measure(
        Unit.MULTIPLE,
        "How unlikely it is that their orders come so close in time and size, told like `often`, among the "
        "instrument's own deals.",
    ),
    "against_chance": Measure(Unit.MULTIPLE, "Both together: how unlikely it is that chance made what ties them."),
    "volume": Measure(Unit.QUANTITY, "Quantity that they dealt with each other."),
    "market_share": Measure(Unit.SHARE, "Quantity that they dealt with each other, of all that was dealt."),
    "own_share": Measure(Unit.SHARE, "Quantity that they dealt with each other, of all that the members dealt."),
    "left_over": Measure(Unit.SHARE, "What members hold when their deals with each other are set off, of these."),
    "pace": Measure(Unit.DURATION, "Median time from one of their deals to the next."),
    "size_spread": Measure(Unit.SHARE, "Standard deviation of the sizes of their deals, of the mean size."),
}
"""What is measured of a group, whatever its shape."""


class CompanyParams(Params, frozen=True):
    """When, and how far back, groups are looked for, and what ties two accounts.

    Parameters
    ----------
    every : duration
        How often it is asked.
    window : duration
        How far back deals count.
    least : int
        Deals that two accounts must have with each other to be tied.
    odds : int
        Two accounts are tied where chance would bring about deals so many and so closely matched once in ten to this
        power; at least half of it must be how closely matched they are.
    """

    every: Duration = 600_000_000_000
    window: Duration = 3_600_000_000_000
    least: int = 3
    odds: int = 6

    def __post_init__(self) -> None:
        if self.every <= 0 or self.window < self.every:
            raise ValueError("window must not be shorter than every, and every longer than 0")
        if self.least < 1 or self.odds < 0:
            raise ValueError("least must be at least 1, and odds at least 0")


def tied(ties: Ties, odds: int) -> IntArray:
    """Return the places of the pairs that chance does not explain; nobody is tied to himself."""
    close = ties.close * 2 >= odds * PPM
    return np.flatnonzero(close & (ties.close + ties.often >= odds * PPM) & (ties.one != ties.two))


def clusters(ties: Ties, chosen: IntArray) -> list[IntArray]:
    """Return the pairs that hang together through common members, instrument by instrument."""
    return _parts(ties, chosen, rings=False)


def rings(ties: Ties, chosen: IntArray) -> list[IntArray]:
    """Return the pairs of each trading ring: among its members everything sold can come back to who sold it.

    A ring is a strongly connected part of the graph whose edges lead from seller to buyer.
    """
    return _parts(ties, chosen, rings=True)


def _parts(ties: Ties, chosen: IntArray, *, rings: bool) -> list[IntArray]:
    import rustworkx

    nodes: dict[tuple[int, int], int] = {}
    edges: list[tuple[int, int]] = []
    ends = []
    for place in chosen.tolist():
        instrument = int(ties.instrument[place])
        one, two = (
            nodes.setdefault((instrument, account), len(nodes))
            for account in (int(ties.one[place]), int(ties.two[place]))
        )
        forth, back = int(ties.forth[place]), int(ties.back[place])
        if forth * _TRIFLE >= forth + back:
            edges.append((two, one))
        if back * _TRIFLE >= forth + back:
            edges.append((one, two))
        ends.append((one, two))
    graph: Any = rustworkx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(range(len(nodes)))
    graph.add_edges_from_no_data(edges)
    found = rustworkx.strongly_connected_components(graph) if rings else rustworkx.weakly_connected_components(graph)
    part_of = np.zeros(len(nodes), dtype=np.int64)
    for number, members in enumerate(found):
        part_of[list(members)] = number
    pairs: dict[int, list[int]] = {}
    for place, (one, two) in zip(chosen.tolist(), ends, strict=True):
        if part_of[one] == part_of[two]:
            pairs.setdefault(int(part_of[one]), []).append(place)
    return sorted((np.array(one) for one in pairs.values()), key=lambda one: int(one[0]))


class Company:
    """Measures the groups of one window.

    Parameters
    ----------
    deals, ties : Deals, Ties
        Of the window.
    """

    def __init__(self, deals: Deals, ties: Ties) -> None:
        self._deals, self._ties = deals, ties
        self._by_pair = np.argsort(ties.pair, kind="stable")
        self._bounds = np.searchsorted(ties.pair[self._by_pair], np.arange(len(ties) + 1))
        self._markets: dict[int, tuple[int, IntArray]] = {}

    def measures_of(self, pairs: IntArray) -> tuple[IntArray, dict[str, int]]:
        """Return the places of a group's deals, and what is measured of it.

        Parameters
        ----------
        pairs : ndarray of int64
            Places of the pairs that make the group, all of one instrument.
        """
        mine = np.sort(np.concatenate([self._by_pair[self._bounds[one] : self._bounds[one + 1]] for one in pairs]))
        ours = self._deals.take(mine)
        members, sold, bought = _flows(ours)
        everything, traded = self._market(int(ours.instrument[0]))
        volume = int(ours.quantity.sum())
        mean = volume / len(mine)
        spread = float(np.sqrt(np.mean((ours.quantity - mean) ** 2)) / mean) if volume else 0.0
        often, close = int(self._ties.often[pairs].sum()), int(self._ties.close[pairs].sum())
        return mine, {
            "members": len(members),
            "deals": len(mine),
            "often": often,
            "close": close,
            "against_chance": often + close,
            "volume": volume,
            "market_share": _share(volume, everything),
            "own_share": _share(2 * volume, int(traded[members].sum())),
            "left_over": _share(int(np.abs(sold - bought).sum()), 2 * volume),
            "pace": int(np.median(np.diff(ours.time))) if len(mine) > 1 else NULL,
            "size_spread": round(spread * PPM),
        }

    def _market(self, instrument: int) -> tuple[int, IntArray]:
        """Return what was dealt in an instrument, and what each account bought and sold of it."""
        known = self._markets.get(instrument)
        if known is None:
            here = self._deals.take(np.flatnonzero(self._deals.instrument == instrument))
            traded = np.zeros(int(max(here.buyer.max(), here.seller.max())) + 1, dtype=np.int64)
            for side in (here.buyer, here.seller):
                np.add.at(traded, side, here.quantity)
            known = self._markets[instrument] = (int(here.quantity.sum()), traded)
        return known


def _flows(deals: Deals) -> tuple[IntArray, IntArray, IntArray]:
    """Return the members of a group and what each sold to and bought from the others."""
    members, places = np.unique(np.concatenate((deals.seller, deals.buyer)), return_inverse=True)
    sold, bought = np.zeros(len(members), dtype=np.int64), np.zeros(len(members), dtype=np.int64)
    np.add.at(sold, places[: len(deals)], deals.quantity)
    np.add.at(bought, places[len(deals) :], deals.quantity)
    return members, sold, bought


def _share(part: int, whole: int) -> int:
    return int(share(np.array([part]), np.array([whole]))[0])


def companies(deals: Deals, least: int, odds: int) -> list[Group]:
    """Return the groups of accounts that are tied to each other, directly or through others, with their measures."""
    ties = deals.ties(least)
    company = Company(deals, ties)
    return [Group(*company.measures_of(pairs)) for pairs in clusters(ties, tied(ties, odds))]
