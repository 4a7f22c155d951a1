"""The numbers of an event at the door: price, quantity, notional, and which scales they have."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.arithmetic import MULTIPLIER_SCALE, PERCENT_DECIMALS, multiply_money
from surveillance.events.conversion import Exchange
from surveillance.events.decimals import exact, to_fixed
from surveillance.events.dictionary import PLAIN_MULTIPLIER, Dictionaries
from surveillance.events.enrichment import Enrichment
from surveillance.events.flaws import Flaws
from surveillance.events.money_rows import NONE, choose_multipliers, sound
from surveillance.events.profile import MULTIPLIER, FieldMap, Profile
from surveillance.events.rates import Rates
from surveillance.events.raw import RawBlock
from surveillance.events.schema import MONEY_SCALE, NULL, AssetClass, Kind, NotionalBasis
from surveillance.events.terms import TermsCoder

TICK: Final = "tick_size"


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
        ticks = [0] if enrichment is None else enrichment.ticks
        self._terms = TermsCoder(dictionaries.terms, lambda code: ticks[code])
        self._exchange = Exchange(dictionaries["currency"], base_currency, rates)
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
        reported, too_large = notional, None
        if price is not None and quantity is not None:
            notional, too_large = self._computed(price, quantity, multiplier, price_scale, quantity_scale, columns)
        if notional is not None:
            basis = (notional != NULL).view(np.int8) * np.int8(NotionalBasis.COMPUTED)
            if reported is not None:
                given = reported != NULL
                basis[given] = NotionalBasis.REPORTED
                notional = np.where(given, reported, notional)
                too_large = None if too_large is None else too_large & ~given
            if too_large is not None:
                flaws.add(too_large, "notional", "out-of-range", "price x quantity does not fit 64 bits")
            columns["notional"], columns["notional_basis"] = notional, basis
            if "currency" in columns:
                self._add_base(notional, columns, flaws)
        if price is not None:
            columns["price"] = price
        if quantity is not None:
            columns["quantity"] = quantity
        ticks, enrichment = None, self._enrichment
        if enrichment is not None and TICK in enrichment.fields and "instrument" in columns:
            ticks = enrichment.values(TICK, columns["instrument"], columns["time"])
        columns["terms"] = self._terms.codes(columns, price_scale, quantity_scale, ticks, multiplier)

    def _add_base(self, notional: NDArray[np.int64], columns: dict[str, NDArray[Any]], flaws: Flaws) -> None:
        """Add the notional in the base currency, and the day of the rate if one was used."""
        based, days, too_large = self._exchange.convert(notional, columns["currency"], columns["time"])
        if too_large is not None:
            flaws.add(too_large, "notional", "out-of-range", "does not fit 64 bits in the base currency")
        columns["base_notional"] = based
        if days is not None:
            columns["fx_day"] = days

    def _scale(self, name: str, usual: int, columns: dict[str, NDArray[Any]], rows: int) -> NDArray[np.int8]:
        enrichment = self._enrichment
        if enrichment is None or name not in enrichment.fields or "instrument" not in columns:
            return np.full(rows, usual, np.int8)
        return enrichment.scales(name, columns["instrument"], usual)

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
        numbers: NDArray[np.int64] = NONE
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
        prices, quantities, notionals = (NONE if one is None else one for one in (price, quantity, notional))
        if sound(prices, quantities, notionals, kind, self._profile.allow_negative_price):
            return
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
    ) -> NDArray[np.int64] | None:
        """Return the contract multiplier of each row at 10**-6, which is 1 unless it is a derivative; None: all 1."""
        rows, one = len(block), PLAIN_MULTIPLIER
        enrichment, classes = self._enrichment, columns.get("asset_class")
        known = enrichment is not None and MULTIPLIER in enrichment.fields
        derivatives = classes is not None and bool((classes == AssetClass.DERIVATIVE).any())
        if MULTIPLIER not in fields and (not derivatives or (self._multiplier == one and not known)):
            return None
        scale = np.full(rows, MULTIPLIER_SCALE, np.int8)
        given = self._number(MULTIPLIER, fields, block, columns["kind"], scale, flaws)
        if given is not None:
            flaws.add((given <= 0) & (given != NULL), MULTIPLIER, "not-positive", "multiplier is not above 0")
        if classes is None or not derivatives:
            return None
        if enrichment is not None and known and "instrument" in columns:
            listed = enrichment.values(MULTIPLIER, columns["instrument"], columns["time"])
            given = listed if given is None else np.where(given == NULL, listed, given)
        multipliers = np.empty(rows, np.int64)
        choose_multipliers(classes, NONE if given is None else given, self._multiplier, one, multipliers)
        return multipliers

    def _computed(
        self,
        price: NDArray[np.int64],
        quantity: NDArray[np.int64],
        multiplier: NDArray[np.int64] | None,
        price_scale: NDArray[np.int8],
        quantity_scale: NDArray[np.int8],
        columns: dict[str, NDArray[Any]],
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        decimals = price_scale + quantity_scale
        decimals += np.int8(MULTIPLIER_SCALE)
        classes = columns.get("asset_class")
        if classes is not None:
            decimals += (classes == AssetClass.FIXED_INCOME).view(np.int8) * np.int8(PERCENT_DECIMALS)
        times = np.full(1, PLAIN_MULTIPLIER) if multiplier is None else multiplier
        return multiply_money(price, quantity, times, decimals)
