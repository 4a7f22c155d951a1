"""Many settings of a rule's thresholds judged over the same candidates: what it would find, and what of that is right.

One pass a setting, over candidates that lie by key and time: hits form findings as the engine forms them, and a
finding is compared with the labels as `surveil evaluate` compares it. About 3 ns a candidate and setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from surveillance.kernel import kernel

ASKS_ACCOUNT: Final = 1
ASKS_INSTRUMENT: Final = 2
NOBODY_IN_KEY: Final = 4
"""What is still to be asked of the events of a finding, for a key and an episode that may be the same."""

_SHOWN: Final = 50  # first and last events of a finding whose accounts and instruments it names

_I1, _I4, _I8, _U1 = nb.int8[::1], nb.int32[::1], nb.int64[::1], nb.uint8[::1]
_T8, _TU1, _C8 = nb.int64[:, ::1], nb.uint8[:, ::1], nb.int64[:, :, ::1]


@dataclass(frozen=True, slots=True)
class Labelled:
    """The candidates of one day and the labels that they may be about.

    Parameters
    ----------
    group, cell : ndarray of int32
        Key of each candidate, and its class of instruments; candidates ascend by group, then time.
    time, row, uses : ndarray of int64
        Time and row of its anchor, and the last row that it uses up.
    start, end, first, last : ndarray of int64
        Times of its first and last event, and their places in `account` and `instrument`.
    values : ndarray of int64, shape (candidates, measures)
        Measures on which the rule has conditions.
    gap : int
        Hits of a group no further apart are one finding, ns; below 0: each hit uses up its events.
    offsets : ndarray of int64
        By group the first of its pairs with episodes.
    episode : ndarray of int32
        Of each pair.
    asks : ndarray of int8
        What is to be asked of the events, see `ASKS_ACCOUNT`.
    starts, ends : ndarray of int64
        Of each episode, ns.
    abuse : ndarray of uint8
        Whether it is one.
    account, instrument : ndarray of int32
        Codes of events by key, where keys do not name them; else empty.
    of_account, of_instrument : ndarray of uint8, shape (episodes, codes)
        Whether an episode names an account (or trader) or instrument.
    """

    group: NDArray[Any]
    cell: NDArray[Any]
    time: NDArray[Any]
    row: NDArray[Any]
    uses: NDArray[Any]
    start: NDArray[Any]
    end: NDArray[Any]
    first: NDArray[Any]
    last: NDArray[Any]
    values: NDArray[Any]
    gap: NDArray[Any]
    offsets: NDArray[Any]
    episode: NDArray[Any]
    asks: NDArray[Any]
    starts: NDArray[Any]
    ends: NDArray[Any]
    abuse: NDArray[Any]
    account: NDArray[Any]
    instrument: NDArray[Any]
    of_account: NDArray[Any]
    of_instrument: NDArray[Any]


@kernel(allocates=False)
def _same(
    first: Any, last: Any, episode: Any, asks: Any, account: Any, instrument: Any, of_account: Any, of_instrument: Any
) -> Any:
    """Tell whether the events that a finding shows name people, and if one instrument, the instrument, of a label."""
    head, tail = min(first + _SHOWN - 1, last), max(last - _SHOWN + 1, first)
    place, shared, several, named, anybody = first, 0, False, False, False
    while place <= last:
        if asks & ASKS_ACCOUNT:
            anybody = anybody or account[place] != 0
            named = named or of_account[episode, account[place]] != 0
        if asks & ASKS_INSTRUMENT and instrument[place] != 0:
            several = several or (shared != 0 and shared != instrument[place])
            shared = instrument[place]
        place = tail if place == head and tail > head else place + 1
    people = not asks & ASKS_ACCOUNT or named or (asks & NOBODY_IN_KEY and not anybody)
    where = not asks & ASKS_INSTRUMENT or several or shared == 0 or of_instrument[episode, shared] != 0
    return people and where


@kernel(allocates=False)
def _finish(
    group: Any, start: Any, end: Any, first: Any, last: Any, tolerance: Any, offsets: Any, pairs: Any, asks: Any,
    starts: Any, ends: Any, abuse: Any, account: Any, instrument: Any, of_account: Any, of_instrument: Any, found: Any,
    setting: Any,
) -> Any:  # fmt: skip
    """Note the episodes that a finding is about; tell whether one of them is abuse."""
    right = 0
    for pair in range(offsets[group], offsets[group + 1]):
        episode = pairs[pair]
        if starts[episode] > end + tolerance or ends[episode] + tolerance < start:
            continue
        if asks[pair] and not _same(first, last, episode, asks[pair], account, instrument, of_account, of_instrument):
            continue
        found[setting, episode] = 1
        right |= abuse[episode]
    return right


@kernel(
    nb.void(
        _I4, _I4, _I8, _I8, _I8, _I8, _I8, _I8, _I8, _T8, _I8, _I8, _I4, _I1, _I8, _I8, _U1, _I4, _I4, _TU1, _TU1,
        nb.int64, _C8, _C8, _I4, _T8, _T8, _TU1,
    ),
    allocates=False,
)  # fmt: skip
def _judge(
    group: Any, cell: Any, time: Any, row: Any, uses: Any, start: Any, end: Any, first: Any, last: Any, values: Any,
    gap: Any, offsets: Any, pairs: Any, asks: Any, starts: Any, ends: Any, abuse: Any, account: Any, instrument: Any,
    of_account: Any, of_instrument: Any, tolerance: Any, low: Any, high: Any, class_of: Any, findings: Any, right: Any,
    found: Any,
) -> None:  # fmt: skip
    measures = values.shape[1]
    for setting in range(low.shape[0]):
        opened, used, last_hit, begun, over, head, tail, kind = -1, -1, 0, 0, 0, 0, 0, 0
        for place in range(group.shape[0] + 1):
            mine = -2
            if place < group.shape[0]:
                where, met = cell[place], True
                for measure in range(measures):
                    value = values[place, measure]
                    if value < low[setting, where, measure] or value > high[setting, where, measure]:
                        met = False
                        break
                if not met:
                    continue
                mine = group[place]
            if opened >= 0 and mine == opened:
                if gap[mine] < 0 and row[place] <= used:
                    continue
                if gap[mine] >= 0 and time[place] - last_hit <= gap[mine]:
                    last_hit = time[place]
                    if last[place] > tail:
                        tail, over = last[place], max(over, end[place])
                    continue
            if opened >= 0:
                findings[setting, kind] += 1
                right[setting, kind] += _finish(
                    opened, begun, over, head, tail, tolerance, offsets, pairs, asks, starts, ends, abuse, account,
                    instrument, of_account, of_instrument, found, setting,
                )  # fmt: skip
            if mine >= 0:
                opened, used, last_hit, kind = mine, uses[place], time[place], class_of[cell[place]]
                begun, over, head, tail = start[place], end[place], first[place], last[place]


def is_about(day: Labelled, place: int, pair: int) -> bool:
    """Tell whether a candidate on its own names who and what an episode does, where key and time already fit."""
    if not day.asks[pair]:
        return True
    who = (day.account, day.instrument, day.of_account, day.of_instrument)
    return bool(_same(int(day.first[place]), int(day.last[place]), int(day.episode[pair]), int(day.asks[pair]), *who))


@dataclass(frozen=True, slots=True)
class Judged:
    """What settings find.

    Parameters
    ----------
    findings, right : ndarray of int64, shape (settings, classes)
        Findings by class of instruments, and those of them that are about an episode of abuse.
    found : ndarray of uint8, shape (settings, episodes)
        Whether a finding is about an episode.
    """

    findings: NDArray[np.int64]
    right: NDArray[np.int64]
    found: NDArray[np.uint8]

    def and_also(self, other: Judged) -> Judged:
        """Return the same settings over more candidates of the same day."""
        return Judged(self.findings + other.findings, self.right + other.right, self.found | other.found)

    def beside(self, other: Judged) -> Judged:
        """Return the same settings over two days."""
        found = np.concatenate([self.found, other.found], axis=1)
        return Judged(self.findings + other.findings, self.right + other.right, found)


def judge(
    day: Labelled, low: NDArray[Any], high: NDArray[Any], class_of: NDArray[Any], classes: int, tolerance: int = 0
) -> Judged:
    """Judge a day's candidates by many settings.

    Parameters
    ----------
    day : Labelled
        Candidates with labels.
    low, high : ndarray of int64, shape (settings, cells, measures)
        Bounds of each measure, both included.
    class_of : ndarray of int32
        By cell the class under which findings are counted.
    classes : int
        How many classes there are.
    tolerance : int
        How far a finding may be from an episode in time, ns.
    """
    settings = low.shape[0]
    findings, right = (np.zeros((settings, classes), dtype=np.int64) for _ in range(2))
    found = np.zeros((settings, len(day.starts)), dtype=np.uint8)
    columns: list[Any] = [getattr(day, name) for name in Labelled.__slots__]
    bounds = np.ascontiguousarray(low), np.ascontiguousarray(high)
    columns += [tolerance, *bounds, class_of.astype(np.int32), findings, right, found]
    _judge(*columns)
    return Judged(findings, right, found)
