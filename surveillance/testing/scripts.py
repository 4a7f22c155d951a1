"""Short scripts of events that flows are made of: what one account does in one instrument, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import Kind

SAME, OTHER, NO_SIDE = 0, 1, 2

_O, _A, _C, _R, _E, _T = Kind.ORDER, Kind.AMEND, Kind.CANCEL, Kind.REJECT, Kind.EXPIRE, Kind.TRADE
_B, _K, _Q = Kind.BUST, Kind.CORRECT, Kind.QUOTE

Script = tuple[tuple[Kind, int, int], ...]
"""Steps, each with kind, side (of the script's own side) and the order or trade of the script that it is about."""

LAYERS: Final[Script] = (
    (_O, SAME, 0), (_O, SAME, 1), (_O, SAME, 2), (_O, OTHER, 3), (_T, OTHER, 3), (_C, SAME, 0), (_C, SAME, 1),
    (_C, SAME, 2),
)  # fmt: skip
CHURN: Final[Script] = ((_T, SAME, 0), (_T, OTHER, 1), (_T, SAME, 2), (_T, OTHER, 3), (_T, SAME, 4), (_T, OTHER, 5))
FILLED: Final[Script] = ((_O, SAME, 0), (_T, SAME, 0), (_T, SAME, 0))
WORKED: Final[Script] = ((_O, SAME, 0), (_A, SAME, 0), (_A, SAME, 0), (_C, SAME, 0))
REFUSED: Final[Script] = ((_O, SAME, 0), (_R, SAME, 0), (_O, SAME, 1), (_E, SAME, 1))
QUOTES: Final[Script] = ((_Q, SAME, 0), (_Q, OTHER, 0), (_Q, SAME, 0), (_T, SAME, 1))
BUSTED: Final[Script] = ((_T, SAME, 0), (_T, SAME, 1), (_T, OTHER, 2), (_B, SAME, 0), (_T, SAME, 3))
BUSTED_BOTH: Final[Script] = ((_T, SAME, 0), (_T, OTHER, 0), (_T, SAME, 1), (_B, NO_SIDE, 0), (_B, NO_SIDE, 9))
CORRECTED: Final[Script] = ((_T, SAME, 0), (_T, OTHER, 1), (_K, SAME, 0), (_T, SAME, 2), (_K, SAME, 0), (_B, SAME, 0))

REVISING: Final = (BUSTED, BUSTED_BOTH, CORRECTED)
ALL: Final = (LAYERS, CHURN, FILLED, WORKED, REFUSED, QUOTES, *REVISING)


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of many scripts, as vectors.

    Parameters
    ----------
    block : ndarray of int64
        Which of the scripts played each step belongs to.
    place : ndarray of int64
        Number of the step in its script.
    kind, turn, about : ndarray of int64
        What happens, on which side (`SAME`, `OTHER` or `NO_SIDE`), and to which order or trade of the script.
    """

    block: NDArray[Any]
    place: NDArray[Any]
    kind: NDArray[Any]
    turn: NDArray[Any]
    about: NDArray[Any]


def play(chosen: NDArray[np.int64]) -> Steps:
    """Return the steps of scripts, given by their places in `ALL`, one script after the other."""
    table = np.array([step for script in ALL for step in script], dtype=np.int64)
    lengths = np.array([len(script) for script in ALL])
    begins = np.cumsum(lengths) - lengths
    each = lengths[chosen]
    block = np.repeat(np.arange(len(chosen)), each)
    place = np.arange(len(block)) - np.repeat(np.cumsum(each) - each, each)
    steps = table[begins[chosen][block] + place]
    return Steps(block, place, steps[:, 0], steps[:, 1], steps[:, 2])
