"""Money of corrected trades: computed again where price or quantity change, and converted at the correction's time.

A notional that was reported stands until another one is reported. One that was computed follows the price and the
quantity, by the class, scales and multiplier of the trade that is corrected: a correction need not name its instrument.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.arithmetic import MULTIPLIER_SCALE, PERCENT_DECIMALS, multiply_money, rescaled
from surveillance.events.conversion import Exchange
from surveillance.events.schema import NULL, NULL_DAY, AssetClass, Kind, NotionalBasis
from surveillance.tape.tape import Tape

Said = dict[str, NDArray[Any]]

MONEY: Final = frozenset({"price", "quantity", "notional", "notional_basis"})
"""Columns without which a tape's money cannot be computed again."""

_READ: Final = (*MONEY, "terms", "currency")


class CorrectedMoney:
    """Settles the money of corrections on a tape.

    Parameters
    ----------
    tape : Tape
        The tape.
    exchange : Exchange or None
        Converts into the base currency; without it money in the base currency is left alone.
    """

    def __init__(self, tape: Tape, exchange: Exchange | None) -> None:
        self._tape, self._exchange = tape, exchange
        self._known = tape.columns.keys() >= MONEY

    def said(self, rows: NDArray[np.int64]) -> Said:
        """Return what corrections say themselves, before they get what they leave out."""
        return {name: self._tape[name][rows] for name in _READ if name in self._tape.columns} if self._known else {}

    def settle(self, rows: NDArray[np.int64], before: NDArray[np.int64], said: Said) -> None:
        """Compute the money of revisions anew where it changed.

        Parameters
        ----------
        rows : ndarray of int64
            Rows of the revisions, which have what they left out.
        before : ndarray of int64
            The version that each replaces.
        said : dict of str to ndarray
            What `said` returned of the rows.
        """
        if not self._known:
            return
        chosen = self._tape["kind"][rows] == int(Kind.CORRECT)
        rows, before, said = rows[chosen], before[chosen], {name: one[chosen] for name, one in said.items()}
        if not len(rows):
            return
        tape, terms = self._tape, _terms(self._tape, self._tape["terms"][rows])
        self._rescale(rows, before, said, terms)
        basis, told = tape["notional_basis"], said["notional_basis"]
        changed = (said["price"] != NULL) | (said["quantity"] != NULL)
        as_said = (told == int(NotionalBasis.COMPUTED)) & (said["terms"] == tape["terms"][rows])
        computed = (basis[before] == int(NotionalBasis.COMPUTED)) | (tape["notional"][before] == NULL)
        follows = computed | (told == int(NotionalBasis.COMPUTED))
        again = changed & follows & ~as_said & (told != int(NotionalBasis.REPORTED))
        self._compute(rows[again], terms[again])
        fresh = again | (told != 0)
        if "currency" in said:
            fresh |= (said["currency"] != 0) & (said["currency"] != tape["currency"][before])
        self._convert(rows[fresh])

    def _rescale(
        self, rows: NDArray[np.int64], before: NDArray[np.int64], said: Said, terms: NDArray[np.int64]
    ) -> None:
        """Bring what was said without knowing the instrument to its scales; what does not fit keeps its value."""
        own = _terms(self._tape, said["terms"])
        for name, place in (("price", _PRICE_SCALE), ("quantity", _QUANTITY_SCALE)):
            array = self._tape[name]
            for at in np.flatnonzero((said[name] != NULL) & (own[:, place] != terms[:, place])).tolist():
                value = rescaled(int(said[name][at]), int(terms[at, place] - own[at, place]))
                array[rows[at]] = array[before[at]] if value == NULL else value

    def _compute(self, rows: NDArray[np.int64], terms: NDArray[np.int64]) -> None:
        tape = self._tape
        decimals = terms[:, _PRICE_SCALE] + terms[:, _QUANTITY_SCALE] + MULTIPLIER_SCALE
        decimals += PERCENT_DECIMALS * (terms[:, 0] == int(AssetClass.FIXED_INCOME))
        times = np.where(terms[:, _MULTIPLIER] == 0, NULL, terms[:, _MULTIPLIER])
        money, too_large = multiply_money(tape["price"][rows], tape["quantity"][rows], times, decimals.astype(np.int8))
        tape["notional"][rows] = np.where(too_large, NULL, money)
        tape["notional_basis"][rows] = np.where(tape["notional"][rows] == NULL, 0, int(NotionalBasis.COMPUTED))

    def _convert(self, rows: NDArray[np.int64]) -> None:
        tape = self._tape
        if self._exchange is None or not tape.columns.keys() >= {"base_notional", "currency"} or not len(rows):
            return
        money, currency = tape["notional"][rows], tape["currency"][rows]
        based, days, too_large = self._exchange.convert(money, currency, tape["time"][rows])
        tape["base_notional"][rows] = based if too_large is None else np.where(too_large, NULL, based)
        if "fx_day" in tape.columns:
            tape["fx_day"][rows] = NULL_DAY if days is None else days


_PRICE_SCALE, _QUANTITY_SCALE, _MULTIPLIER = 2, 3, 5  # places in `Terms`


def _terms(tape: Tape, codes: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the terms of each row as a row of numbers."""
    known = tape.dictionaries.terms.rows
    return np.array([known[code] for code in codes.tolist()], np.int64)
