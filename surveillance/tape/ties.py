"""Which accounts deal with each other more, and more closely matched, than chance would bring about.

Chance is the instrument's own flow. In a window with `n` deals, two accounts that took part in `a` and `b` of them
would meet ``a b / 2 n`` times if deals fell upon accounts at random; a Poisson law says how unlikely more meetings are.
And each deal is ranked among all deals of its instrument: how close in time its two orders were entered, how alike
their quantities, how large it is. Under chance the negative logarithms of such ranks add up to a gamma law (Fisher's
method). Nothing here is a fixed number of seconds or lots, so a busy book does not look like collusion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveillance.tape import tie_kernels
from surveillance.tape.deal_kernels import CLASSES

if TYPE_CHECKING:
    from surveillance.tape.deals import Deals

IntArray = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Ties:
    """Pairs of accounts that dealt with each other, one an element, by instrument.

    Parameters
    ----------
    instrument, one, two : ndarray of int64
        Codes; `one` bought in the first deal of the pair. The two are the same where an account dealt with itself.
    deals : ndarray of int64
        How many deals.
    often : ndarray of int64
        How unlikely so many deals are: decimal logarithm of the odds against, in 10**-6, rounded to tenths.
    close : ndarray of int64
        The same of how closely matched they are.
    forth, back : ndarray of int64
        Quantity that `one` bought from `two`, and the other way.
    pair : ndarray of int64
        For each deal its place in these vectors; -1 where the pair dealt too seldom.
    dealt : ndarray of int64
        For each instrument code the number of deals.
    """

    instrument: IntArray
    one: IntArray
    two: IntArray
    deals: IntArray
    often: IntArray
    close: IntArray
    forth: IntArray
    back: IntArray
    pair: IntArray
    dealt: IntArray

    def __len__(self) -> int:
        return len(self.one)


def ties_of(deals: Deals, least: int) -> Ties:
    """Return the pairs that have at least so many deals.

    Parameters
    ----------
    deals : Deals
        All deals of a window.
    least : int
        Pairs with fewer deals are left out.
    """
    count = len(deals)
    dealt = np.bincount(deals.instrument, minlength=1).astype(np.int64)
    order = np.argsort(deals.instrument, kind="stable")
    bounds = np.concatenate(([0], np.cumsum(dealt[dealt > 0])))
    pair = np.full(count, -1, dtype=np.int64)
    found = np.zeros((count, tie_kernels.FIELDS), dtype=np.int64)
    most = int(max(deals.buyer.max(initial=0), deals.seller.max(initial=0))) + 1
    room = max(16, 1 << int(2 * dealt.max(initial=1) - 1).bit_length())
    pairs = tie_kernels.tie_pass(
        order, bounds, deals.buyer, deals.seller, deals.quantity, deals.near, deals.unlike, deals.size,
        np.zeros(most, dtype=np.int64), least, pair, found, np.empty(room, dtype=np.int64),
        np.empty((3, CLASSES), dtype=np.int64), np.empty(count, dtype=np.int64),
    )  # fmt: skip
    some = np.ascontiguousarray(found[:pairs].T)
    return Ties(
        deals.instrument[some[tie_kernels.FIRST]].astype(np.int64),
        some[tie_kernels.ONE],
        some[tie_kernels.TWO],
        some[tie_kernels.COUNT],
        some[tie_kernels.OFTEN],
        some[tie_kernels.CLOSE],
        some[tie_kernels.FORTH],
        some[tie_kernels.BACK],
        pair,
        dealt,
    )
