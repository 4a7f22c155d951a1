"""Pairs of accounts whose meetings chance does not explain, with what speaks for it.

Chance is what would be if, in each instrument and ten minutes, buyers and sellers met at random in proportion to how
often they trade with others. A pair is suggested if it met far more often than that and its trades also look arranged:
orders entered together for the same quantity, or a ring that returns what it passes on. Position that comes back says
less, since market makers do that with everybody; so it needs twice as many decimal places. Orders that come together
far more often than those of others do are enough on their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.linking.meetings import Meetings

SLOT: Final = 600_000_000_000
"""Within so long accounts are taken to meet at random, ns."""

FEWEST: Final = 4
"""Meetings that a pair needs at least."""

SURPRISE: Final = 3.0
"""Decimal places of how unlikely a pair's meetings must be, beyond the number of pairs that met."""

TIMES: Final = 4
"""A pair met at least so many times as often as by chance: who trades much meets often a little more than that."""

FLAT: Final = 0.2
"""Net quantity, of gross, up to which what was passed is said to have come back."""

TOGETHER: Final = 0.5
"""Share of meetings with orders entered together for the same quantity."""

LARGEST_RING: Final = 8
IntArray = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two accounts that may act together.

    Parameters
    ----------
    accounts : tuple of str
        The two, sorted.
    meetings : int
        How often they traded with each other.
    expected : float
        How often they would have by chance.
    surprise : float
        How unlikely that is, or that so many of their orders came together, whichever is less likely: the bound of
        its probability is 10 to minus this.
    days : int
        UTC days on which they met.
    instruments : tuple of str
        In what, the most meetings first.
    flat : float
        Net of gross quantity between them, in the instrument of most meetings.
    together : float or None
        Share of meetings with orders entered together for the same quantity; None where orders are not known.
    ring : tuple of str
        Accounts that pass on to each other in a circle, both among them; empty where there is none.
    """

    accounts: tuple[str, str]
    meetings: int
    expected: float
    surprise: float
    days: int
    instruments: tuple[str, ...]
    flat: float
    together: float | None
    ring: tuple[str, ...] = ()

    @property
    def comes_back(self) -> bool:
        """Whether what one passes on to the other comes back."""
        return self.flat <= FLAT

    @property
    def reasons(self) -> list[str]:
        """What speaks for it besides their number."""
        found = []
        if self.together is not None and self.together >= TOGETHER:
            found.append(f"in {self.together:.0%} of their trades both orders came within 2 s for the same quantity")
        if self.ring:
            found.append(f"a ring of {len(self.ring)}: {', '.join(self.ring)}")
        if self.comes_back:
            found.append(f"{1 - self.flat:.0%} of what they traded in {self.instruments[0]} came back")
        return found


def suggest(meetings: Meetings) -> list[Suggestion]:
    """Return the pairs that are worth a person's look, the most surprising first.

    Parameters
    ----------
    meetings : Meetings
        Of one or more days.
    """
    edges = _edges(meetings)
    rings = _rings(edges)
    pairs = _pairs(edges)
    limit = SURPRISE + float(np.log10(max(len(pairs), 1)))
    found = []
    for (one, other), rows in pairs.items():
        if meetings.owner[one] and meetings.owner[one] == meetings.owner[other]:
            continue
        times, expected = int(edges.times[rows].sum()), float(edges.expected[rows].sum())
        surprise = surprise_of(times, expected)
        together = int(edges.together[rows].sum())
        by_habit = float(edges.by_habit[rows].sum())
        surprise = surprise if times >= TIMES * expected else 0.0
        arranged = surprise_of(together, by_habit) if together >= TIMES * by_habit else 0.0
        most = max(surprise, arranged)
        if times < FEWEST or most < limit:
            continue
        made = _suggestion(meetings, edges, rows, (one, other), times, expected, most, rings.get((one, other), ()))
        looks = arranged >= limit or len(made.reasons) > made.comes_back or surprise >= 2 * limit
        if made.reasons and looks:
            found.append(made)
    return sorted(found, key=lambda one: (-one.surprise, one.accounts))


def surprise_of(times: int, expected: float) -> float:
    """Return how unlikely so many meetings are: Chernoff's bound on the tail of Poisson's distribution, as -log10."""
    if times <= expected:
        return 0.0
    return float((expected - times + times * np.log(times / max(expected, 1e-9))) / np.log(10))


@dataclass(frozen=True, slots=True)
class _Edges:
    """From seller to buyer by instrument: how often, how often by chance, and the meetings of each."""

    seller: IntArray
    buyer: IntArray
    instrument: IntArray
    times: IntArray
    together: IntArray
    by_habit: NDArray[np.float64]
    expected: NDArray[np.float64]
    of_meeting: IntArray


def _edges(meetings: Meetings) -> _Edges:
    slot = meetings.time // SLOT
    place, _ = _dense(meetings.instrument, slot)
    total = np.bincount(place).astype(np.float64)
    bought, sold = (_dense(place, who) for who in (meetings.buyer, meetings.seller))
    met, first = _dense(meetings.seller, meetings.buyer, meetings.instrument)
    cell, of_cell = _dense(met, place)
    own = np.bincount(cell)[cell]
    others = [np.bincount(code)[code] - own + 1 for code, _ in (bought, sold)]
    by_chance = others[0] * others[1] / (total[place] - own + 1)
    expected = np.bincount(met[of_cell], weights=by_chance[of_cell], minlength=len(first))
    return _Edges(
        meetings.seller[first],
        meetings.buyer[first],
        meetings.instrument[first],
        np.bincount(met, minlength=len(first)),
        np.bincount(met[meetings.matched == 1], minlength=len(first)),
        np.bincount(met, weights=_habit(meetings), minlength=len(first)).astype(np.float64),
        expected.astype(np.float64),
        met,
    )


def _habit(meetings: Meetings) -> NDArray[np.float64]:
    """Return for each meeting how often orders come together in its instrument."""
    known, together = meetings.matched >= 0, meetings.matched == 1
    of = [np.bincount(meetings.instrument[one], minlength=len(meetings.instruments)) for one in (together, known)]
    return ((of[0] + 1) / (of[1] + 1))[meetings.instrument]


def _dense(*columns: IntArray) -> tuple[IntArray, IntArray]:
    """Return a dense code of rows that are equal in all columns, and the first row of each code."""
    code = columns[0].astype(np.int64)
    for column in columns[1:]:
        _, code = np.unique(code, return_inverse=True)
        _, other = np.unique(column, return_inverse=True)
        code = code * (int(other.max(initial=0)) + 1) + other
    _, first, dense = np.unique(code, return_index=True, return_inverse=True)
    return dense, first


def _pairs(edges: _Edges) -> dict[tuple[int, int], list[int]]:
    found: dict[tuple[int, int], list[int]] = {}
    for row, (one, other) in enumerate(zip(edges.seller.tolist(), edges.buyer.tolist(), strict=True)):
        found.setdefault((min(one, other), max(one, other)), []).append(row)
    return found


def _suggestion(
    meetings: Meetings,
    edges: _Edges,
    rows: list[int],
    pair: tuple[int, int],
    times: int,
    expected: float,
    surprise: float,
    ring: tuple[int, ...],
) -> Suggestion:
    mine = np.flatnonzero(np.isin(edges.of_meeting, rows))
    codes, counts = np.unique(meetings.instrument[mine], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    most = mine[meetings.instrument[mine] == codes[order[0]]]
    signed = np.where(meetings.buyer[most] == pair[0], meetings.quantity[most], -meetings.quantity[most])
    gross = float(np.abs(signed).sum())
    known = meetings.matched[mine][meetings.matched[mine] >= 0]
    names = sorted(meetings.accounts[one] for one in pair)
    return Suggestion(
        (names[0], names[1]),
        times,
        expected,
        surprise,
        len(np.unique(meetings.time[mine] // 86_400_000_000_000)),
        tuple(meetings.instruments[code] for code in codes[order].tolist()),
        abs(float(signed.sum())) / gross if gross else 1.0,
        float(known.mean()) if len(known) else None,
        tuple(sorted(meetings.accounts[one] for one in ring)),
    )


def _rings(edges: _Edges) -> dict[tuple[int, int], tuple[int, ...]]:
    """Return by pair the circle of surprising sales, within one instrument, that both are in."""
    limit = SURPRISE + float(np.log10(max(len(edges.times), 1)))
    found: dict[tuple[int, int], tuple[int, ...]] = {}
    many = np.flatnonzero(edges.times >= 2)
    strong = [
        row
        for row in many.tolist()
        if edges.times[row] >= TIMES * edges.expected[row]
        and surprise_of(int(edges.times[row]), float(edges.expected[row])) >= limit / 2
    ]
    for instrument in np.unique(edges.instrument[strong]).tolist() if strong else ():
        out: dict[int, set[int]] = {}
        for row in strong:
            if edges.instrument[row] == instrument:
                out.setdefault(int(edges.seller[row]), set()).add(int(edges.buyer[row]))
        reach = {one: _reachable(one, out) for one in out}
        for one, ones in reach.items():
            circle = tuple(sorted(other for other in ones if one in reach.get(other, ())))
            if 3 <= len(circle) <= LARGEST_RING:
                found.update({(one, other): circle for other in circle if one < other})
    return found


def _reachable(start: int, out: dict[int, set[int]]) -> set[int]:
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        for other in out.get(waiting.pop(), ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen
