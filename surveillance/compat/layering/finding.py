"""From hits to rows of the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.compat.layering.ledger import Ledger, Rows
from surveillance.compat.layering.output import Detection, price_change
from surveillance.compat.layering.pack import LAYERING
from surveillance.compat.layering.plain import PlainHit
from surveillance.compat.layering.records import PRICE_DECIMALS
from surveillance.compat.layering.timestamps import Stamp
from surveillance.compat.layering.transactions import Zones
from surveillance.engine.hits import Hits
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import Kind, Side

IntArray = NDArray[Any]
_PRICE_SCALE: Final = 10**PRICE_DECIMALS
_BUY: Final = int(Side.BUY)
Ordered = tuple[tuple[int, int, int], Detection]
"""A row and its place in the files: number of the rule, first row of the group, number of the hit."""


_OF_LAYERING: Final = ("orders", "cancels", "withdrawn", "opposite")
_OF_WASH: Final = ("buys", "sells", "bought", "sold", "switches")
"""Measures that the files show."""


@dataclass(slots=True)
class _Column:
    """What is kept of the hits of one rule."""

    parts: dict[str, list[IntArray]] = field(default_factory=dict)

    def add(self, **values: IntArray) -> None:
        for name, array in values.items():
            self.parts.setdefault(name, []).append(array)

    def __getitem__(self, name: str) -> IntArray:
        return np.concatenate(self.parts[name])


class Collected:
    """The hits of a run: position of the anchor, group, and what the files tell of each.

    Parameters
    ----------
    order : sequence of str
        Ids of the rules in the order of their rows.
    """

    def __init__(self, order: Sequence[str]) -> None:
        self.order = {rule: place for place, rule in enumerate(order)}
        self._rules: dict[str, tuple[bool, _Column]] = {}

    def take(self, hits: Hits) -> None:
        """Keep the hits of a step."""
        layered = hits.rule.detector.id == LAYERING
        tape, row = hits.tape, hits.row
        shown = _OF_LAYERING if layered else _OF_WASH
        pair = (tape["account"][row].astype(np.int64) << 32) | tape["instrument"][row]
        last = row if hits.last is None else hits.last
        column = self._rules.setdefault(hits.rule.id, (layered, _Column()))[1]
        column.add(
            position=tape["position"][row].copy(), pair=pair, side=tape["side"][row].copy(),
            last=tape["position"][last].copy(), **{name: hits.measures[name] for name in shown},
        )  # fmt: skip

    @property
    def pairs(self) -> set[int]:
        """Groups that have hits."""
        return {pair for _, column in self._rules.values() for pair in np.unique(column["pair"]).tolist()}

    def detections(self, ledger: Ledger, beside: set[int], zones: Zones, names: Dictionaries) -> Iterator[Ordered]:
        """Yield the rows of all hits, each with its place in the files.

        Parameters
        ----------
        ledger : Ledger
            All rows.
        beside : set of int
            Groups that are left out here, since not all of their rows were on the tape.
        zones : Zones
            What zones mean.
        names : Dictionaries
            Texts of accounts and products.
        """
        rows = ledger.rows_of(self.pairs - beside)
        for rule, (layered, column) in self._rules.items():
            lookup = _Lookup(rows if layered else rows.of_kind(Kind.TRADE), zones, by_side=layered)
            make = _layering if layered else _wash
            for number, (pair, one) in enumerate(make(column, beside, lookup, names)):
                yield (self.order[rule], lookup.first[pair], number), one


class _Lookup:
    """Rows of the groups that have hits, and where each of them is."""

    def __init__(self, rows: Rows, zones: Zones, *, by_side: bool) -> None:
        self.first = {pair: int(rows.position[place]) for pair, place in rows.first_appearance().items()}
        self._zones, self._all = zones, rows
        self.ordered = (rows.of_kind(Kind.ORDER) if by_side else rows).in_order(by_side=by_side)
        self._by_position = np.argsort(self.ordered.position)

    def places(self, positions: IntArray) -> list[int]:
        """Return where rows are in `ordered`."""
        found = np.searchsorted(self.ordered.position, positions, sorter=self._by_position)
        places: list[int] = self._by_position[found].tolist()
        return places

    def stamp(self, place: int) -> Stamp:
        """Return the time of a row of `ordered`."""
        return self._stamp(self.ordered, place)

    def stamps_at(self, positions: IntArray) -> list[Stamp]:
        """Return the times of any rows."""
        return [self._stamp(self._all, place) for place in np.searchsorted(self._all.position, positions).tolist()]

    def _stamp(self, rows: Rows, place: int) -> Stamp:
        return Stamp(int(rows.time[place]) // 1000, self._zones.offset(int(rows.zone[place])))

    def price(self, place: int) -> float:
        """Return the price of a row of `ordered` as the nearest float."""
        return int(self.ordered.price[place]) / _PRICE_SCALE


def _kept(column: _Column, beside: set[int]) -> IntArray:
    pairs = column["pair"]
    left_out = np.isin(pairs, np.array(sorted(beside), np.int64)) if beside else np.zeros(len(pairs), np.bool_)
    return np.flatnonzero(~left_out)


def _layering(
    column: _Column, beside: set[int], lookup: _Lookup, names: Dictionaries
) -> Iterator[tuple[int, Detection]]:
    kept = _kept(column, beside)
    values = {name: column[name][kept].tolist() for name in ("pair", "side", *_OF_LAYERING)}
    places = lookup.places(column["position"][kept])
    ends = lookup.stamps_at(column["last"][kept])
    for hit, pair in enumerate(values["pair"]):
        orders = [lookup.stamp(place) for place in range(places[hit], places[hit] + values["orders"][hit])]
        buys = values["side"][hit] == _BUY
        withdrawn, opposite = values["withdrawn"][hit], values["opposite"][hit]
        one = Detection(
            names["account"].text(pair >> 32) or "", names["instrument"].text(pair & 0xFFFFFFFF) or "",
            withdrawn if buys else opposite, opposite if buys else withdrawn, values["cancels"][hit], orders[0],
            ends[hit], "LAYERING", orders,
        )  # fmt: skip
        yield pair, one


def _wash(column: _Column, beside: set[int], lookup: _Lookup, names: Dictionaries) -> Iterator[tuple[int, Detection]]:
    kept = _kept(column, beside)
    values = {name: column[name][kept].tolist() for name in ("pair", *_OF_WASH)}
    places = lookup.places(column["position"][kept])
    for hit, pair in enumerate(values["pair"]):
        start = places[hit]
        number = values["buys"][hit] + values["sells"][hit]
        end = start + number - 1
        one = Detection(
            names["account"].text(pair >> 32) or "", names["instrument"].text(pair & 0xFFFFFFFF) or "",
            values["bought"][hit], values["sold"][hit], 0, lookup.stamp(start), lookup.stamp(end), "WASH_TRADING", (),
            values["switches"][hit] / (number - 1) * 100, price_change(lookup.price(start), lookup.price(end)),
        )  # fmt: skip
        yield pair, one


def from_plain(hit: PlainHit, *, layered: bool) -> Detection:
    """Return the row of a hit that was found beside the tape."""
    found = {name: value or 0 for name, value in hit.measures.items()}
    first, last = hit.first, hit.last
    if layered:
        totals = (found["withdrawn"], found["opposite"])
        return Detection(
            first.account, first.product, *(totals if first.side == _BUY else totals[::-1]), found["cancels"],
            first.stamp, last.stamp, "LAYERING", [order.stamp for order in hit.orders],
        )  # fmt: skip
    alternation = found["switches"] / (found["buys"] + found["sells"] - 1) * 100
    return Detection(
        first.account, first.product, found["bought"], found["sold"], 0, first.stamp, last.stamp, "WASH_TRADING", (),
        alternation, price_change(float(first.price), float(last.price)),
    )  # fmt: skip
