"""The numbers of an event at the door: price, quantity, notional, and which scales they have."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.arithmetic import MULTIPLIER_SCALE, multiply_money
from surveillance.events.conversion import Converter
from surveillance.events.decimals import exact, to_fixed
from surveillance.events.dictionary import Dictionaries
from surveillance.events.enrichment import NO_SCALE, Enrichment
from surveillance.events.flaws import Flaws
from surveillance.events.profile import MULTIPLIER, FieldMap, Profile
from surveillance.events.rates import Rates
from surveillance.events.raw import RawBlock
from surveillance.events.schema import MAX_DECIMALS, MONEY_SCALE, NULL, AssetClass, Kind, NotionalBasis

_SCALES: Final = MAX_DECIMALS + 1
_PLAIN: Final = 8 * 4 * _SCALES * _SCALES
"""Terms that instruments of one tick size can have."""

TICK: Final = "tick_size"
_PERCENT_DECIMALS: Final = 2
"""A clean price is per 100 of face."""


class MoneyDoor:
    """Reads the numbers of a source's rows.

    Parameters
    ----------
    profile : Profile
        Scales, units and what is allowed.
    dictionaries : Dictionaries
        Where currencies and terms have their codes.
    enrichment : Enrichment or None
        Scales and multipliers of instruments.
    base_currency : str
        Currency of `base_notional`.
    rates : Rates or None
        For money in other currencies; without it, or where it has no rate, `base_notional` is null.
    """

    def __init__(
        self,
        profile: Profile,
        dictionaries: Dictionaries,
        enrichment: Enrichment | None,
        base_currency: str,
        rates: Rates | None = None,
    ) -> None:
        self._profile, self._enrichment = profile, enrichment
        self._terms = dictionaries.terms
        self._base = dictionaries["currency"].code(base_currency)
        self._converter = None if rates is None else Converter(rates, dictionaries["currency"], base_currency)
        self._code_of = np.full(_PLAIN, -1, np.int32)
        text = profile.multiplier
        self._multiplier = NULL if text is None else exact(text, MULTIPLIER_SCALE, rounding=False)[0]

    def add(self, fields: dict[str, FieldMap], block: RawBlock, columns: dict[str, NDArray[Any]], flaws: Flaws) -> None:
        """Add price, quantity, notional, its basis and base, and terms to the columns."""
        rows, kind = len(block), columns["kind"]
        price_scale = self._scale("price_scale", self._profile.price_scale, columns, rows)
        quantity_scale = self._scale("quantity_scale", self._profile.quantity_scale, columns, rows)
        price = self._number("price", fields, block, kind, price_scale, flaws)
        quantity = self._number("quantity", fields, block, kind, quantity_scale, flaws)
        notional = self._number("notional", fields, block, kind, np.full(rows, MONEY_SCALE, np.int8), flaws)
        self._check(price, quantity, notional, kind, flaws)
        multiplier = self._multipliers(fields, block, columns, flaws)
        basis = None
        if price is not None and quantity is not None:
            computed, too_large = self._computed(price, quantity, multiplier, price_scale, quantity_scale, columns)
            if notional is not None:
                reported = notional != NULL
                flaws.add(too_large & ~reported, "notional", "out-of-range", "price x quantity does not fit 64 bits")
                basis = np.where(reported, NotionalBasis.REPORTED, np.int8(0)).astype(np.int8)
                notional = np.where(reported, notional, computed)
            else:
                flaws.add(too_large, "notional", "out-of-range", "price x quantity does not fit 64 bits")
                notional = computed
        elif notional is not None:
            basis = np.where(notional != NULL, NotionalBasis.REPORTED, np.int8(0)).astype(np.int8)
        if notional is not None:
            basis = np.zeros(rows, np.int8) if basis is None else basis
            basis[(basis == 0) & (notional != NULL)] = NotionalBasis.COMPUTED
            columns["notional"], columns["notional_basis"] = notional, basis
            if "currency" in columns:
                self._add_base(notional, columns, flaws)
        if price is not None:
            columns["price"] = price
        if quantity is not None:
            columns["quantity"] = quantity
        columns["terms"] = self._terms_of(columns, price_scale, quantity_scale, rows)

    def _add_base(self, notional: NDArray[np.int64], columns: dict[str, NDArray[Any]], flaws: Flaws) -> None:
        """Add the notional in the base currency, and the day of the rate if one was used."""
        currency = columns["currency"]
        native = currency == self._base
        if self._converter is None or native.all():
            columns["base_notional"] = np.where(native, notional, NULL)
            return
        based, days, too_large = self._converter.convert(notional, currency, columns["time"])
        if too_large is not None:
            flaws.add(too_large, "notional", "out-of-range", "does not fit 64 bits in the base currency")
        columns["base_notional"], columns["fx_day"] = based, days

    def _scale(self, name: str, usual: int, columns: dict[str, NDArray[Any]], rows: int) -> NDArray[np.int8]:
        enrichment = self._enrichment
        if enrichment is None or name not in enrichment.fields or "instrument" not in columns:
            return np.full(rows, usual, np.int8)
        known = enrichment.scales(name, columns["instrument"])
        return np.where(known == NO_SCALE, np.int8(usual), known)

    def _number(
        self,
        name: str,
        fields: dict[str, FieldMap],
        block: RawBlock,
        kind: NDArray[np.int8],
        scale: NDArray[np.int8],
        flaws: Flaws,
    ) -> NDArray[np.int64] | None:
        """Read a field of numbers; None when the source does not have it."""
        source = fields.get(name)
        if source is None:
            return None
        numbers = np.full(len(block), NULL)
        for only, part in [(None, source), *source.by_kind.items()]:
            rows = None if only is None else kind == only
            if part.column not in block.columns:
                found, states = np.full(len(block), NULL), np.zeros(len(block), np.uint8)
            else:
                column = block.columns[part.column]
                found, states = to_fixed(column, scale, shift=part.shift, rounding=name == "notional")
                if part.absolute:
                    np.abs(found, out=found, where=found != NULL)
                elsewhere = [kind == other for other in source.by_kind] if only is None else [kind != only]
                for other_rows in elsewhere:
                    states[other_rows] = 0
                flaws.add_states(states, name, column)
            numbers = found if rows is None else np.where(rows, found, numbers)
        return numbers

    def _check(
        self,
        price: NDArray[np.int64] | None,
        quantity: NDArray[np.int64] | None,
        notional: NDArray[np.int64] | None,
        kind: NDArray[np.int8],
        flaws: Flaws,
    ) -> None:
        """Find numbers that no event can have."""
        deals = (kind == Kind.ORDER) | (kind == Kind.TRADE)
        if price is not None and not self._profile.allow_negative_price:
            flaws.add((price <= 0) & (price != NULL), "price", "not-positive", "price is not above 0")
        sized = np.zeros(len(kind), np.bool_)
        if notional is not None:
            flaws.add((notional < 0) & (notional != NULL), "notional", "negative", "notional is below 0")
            sized = notional > 0
        if quantity is not None:
            flaws.add((quantity < 0) & (quantity != NULL), "quantity", "not-positive", "quantity is below 0")
            flaws.add((quantity == 0) & deals & ~sized, "quantity", "not-positive", "quantity is not above 0")
            sized |= quantity > 0
        flaws.add(deals & ~sized, "quantity", "missing-value", "neither quantity nor notional is given")

    def _multipliers(
        self, fields: dict[str, FieldMap], block: RawBlock, columns: dict[str, NDArray[Any]], flaws: Flaws
    ) -> NDArray[np.int64]:
        """Return the contract multiplier of each row at 10**-6: 1 unless it is a derivative."""
        rows, one = len(block), 10**MULTIPLIER_SCALE
        enrichment, classes = self._enrichment, columns.get("asset_class")
        known = enrichment is not None and MULTIPLIER in enrichment.fields
        if MULTIPLIER not in fields and (classes is None or (self._multiplier == one and not known)):
            return np.full(rows, one)
        scale = np.full(rows, MULTIPLIER_SCALE, np.int8)
        given = self._number(MULTIPLIER, fields, block, columns["kind"], scale, flaws)
        if given is None:
            given = np.full(rows, NULL)
        else:
            flaws.add((given <= 0) & (given != NULL), MULTIPLIER, "not-positive", "multiplier is not above 0")
        if enrichment is not None and known and "instrument" in columns:
            listed = enrichment.values(MULTIPLIER, columns["instrument"], columns["time"])
            given = np.where(given == NULL, listed, given)
        if classes is None:
            return np.full(rows, one)
        return np.where(classes == AssetClass.DERIVATIVE, np.where(given == NULL, self._multiplier, given), one)

    def _computed(
        self,
        price: NDArray[np.int64],
        quantity: NDArray[np.int64],
        multiplier: NDArray[np.int64],
        price_scale: NDArray[np.int8],
        quantity_scale: NDArray[np.int8],
        columns: dict[str, NDArray[Any]],
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        decimals = price_scale + quantity_scale
        decimals += np.int8(MULTIPLIER_SCALE)
        classes = columns.get("asset_class")
        if classes is not None:
            decimals += (classes == AssetClass.FIXED_INCOME).astype(np.int8) * np.int8(_PERCENT_DECIMALS)
        return multiply_money(price, quantity, multiplier, decimals)

    def _terms_of(
        self,
        columns: dict[str, NDArray[Any]],
        price_scale: NDArray[np.int8],
        quantity_scale: NDArray[np.int8],
        rows: int,
    ) -> NDArray[np.int32]:
        none = np.zeros(rows, np.int8)
        classes, bands = columns.get("asset_class", none), columns.get("band", none)
        key = (classes.astype(np.int32) * 4 + bands) * _SCALES
        key += price_scale
        key *= _SCALES
        key += quantity_scale
        if TICK in (self._enrichment.fields if self._enrichment is not None else ()) and "instrument" in columns:
            key += self._ticks_of(columns) * np.int32(_PLAIN)
        codes = self._code_of[key]
        if len(codes) and codes.min() < 0:
            fresh = key[codes < 0]
            _, firsts = np.unique(fresh, return_index=True)
            for packed in fresh[np.sort(firsts)].tolist():
                tick, rest = divmod(packed, _PLAIN)
                rest, quantity_decimals = divmod(rest, _SCALES)
                rest, price_decimals = divmod(rest, _SCALES)
                size = self._enrichment.ticks[tick] if self._enrichment is not None else 0
                self._code_of[packed] = self._terms.code(rest // 4, rest % 4, price_decimals, quantity_decimals, size)
            codes = self._code_of[key]
        return np.asarray(codes, np.int32)

    def _ticks_of(self, columns: dict[str, NDArray[Any]]) -> NDArray[np.int32]:
        """Return the code of each row's tick size, and make room for all that there are."""
        assert self._enrichment is not None
        ticks = self._enrichment.values(TICK, columns["instrument"], columns["time"]).astype(np.int32)
        missing = len(self._enrichment.ticks) * _PLAIN - len(self._code_of)
        if missing > 0:
            self._code_of = np.concatenate([self._code_of, np.full(missing, -1, np.int32)])
        return ticks
