"""What every aggregate means, written to be read: each window is made anew from all rows."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from surveillance.events.schema import COLUMN, IDS, NULL, Kind, Mark
from surveillance.tape.sessions import PER_DAY

VALUES = ("side", "asset_class", "price", "quantity", "notional", "base_notional")


class Events:
    """Rows as plain dictionaries, in the one order, with their revisions."""

    def __init__(self, batch):
        names = [name for name in COLUMN if name in batch.columns]
        listed = {name: batch.columns[name].tolist() for name in names}
        blank = {name: spec.null_value for name, spec in COLUMN.items() if name not in IDS}
        self.rows = [blank | {name: listed[name][row] for name in names} for row in range(len(batch))]
        trades = batch.texts.get("trade")
        self.trades = [None] * len(batch) if trades is None else trades.to_pylist()
        self._number_sessions()
        self.revisions = {}
        self.unmatched = 0
        busted = set()
        for place, row in enumerate(self.rows):
            if row["kind"] in (Kind.BUST, Kind.CORRECT):
                found = [root for root in self._revised_by(place) if root not in busted]
                self.unmatched += not found
                for root in found:
                    self.revisions.setdefault(root, []).append(place)
                    if row["kind"] == Kind.BUST:
                        busted.add(root)

    def _revised_by(self, place):
        def agree(root, column):
            said, has = self.rows[place][column], self.rows[root][column]
            return said == has or not (said and has)

        return [
            root
            for root in range(place)
            if self.rows[root]["kind"] == Kind.TRADE
            and self.trades[root] is not None
            and self.trades[root] == self.trades[place]
            and all(agree(root, column) for column in ("side", "venue", "instrument", "account"))
        ]

    def _number_sessions(self):
        for place, row in enumerate(self.rows):
            closes = sum(
                earlier["kind"] == Kind.MARK
                and earlier["mark"] == Mark.SESSION_CLOSE
                and earlier["trading_day"] == row["trading_day"]
                and earlier["venue"] in (0, row["venue"])
                for earlier in self.rows[:place]
            )
            row["session"] = row["trading_day"] * PER_DAY + closes

    def version(self, root, known):
        """Values of a row as they were known once row `known` had come; None when it was busted by then."""
        row = dict(self.rows[root])
        for place in self.revisions.get(root, ()):
            if place > known:
                break
            if self.rows[place]["kind"] == Kind.BUST:
                return None
            for name in VALUES:
                if self.rows[place][name] != COLUMN[name].null_value:
                    row[name] = self.rows[place][name]
        return row

    def key(self, place, fields):
        row = self.rows[place]
        if any(row[name] == 0 for name in fields if name not in ("trading_day", "session")):
            return None
        return tuple(row[name] for name in fields)

    def belongs(self, place, row_class):
        row = self.rows[place]
        return row["kind"] in row_class.kinds and all(row[name] == value for name, value in row_class.where)

    def anchors(self, row_class, horizon=0):
        """Rows about which is asked; where that comes later, only those not busted by then."""
        found = [
            place
            for place in range(len(self.rows))
            if self.belongs(place, row_class) and self.key(place, row_class.key) is not None
        ]
        if not horizon:
            return found
        return [place for place in found if self.version(place, self.last_at(place, horizon)) is not None]

    def last_at(self, place, later):
        """Return the last row not later than `later` ns after a row."""
        limit = self.rows[place]["time"] + later
        return max(other for other, row in enumerate(self.rows) if row["time"] <= limit)

    def inside(self, anchor, row_class, window):
        """Return the rows of the anchor's key in the window, as they were known when it was asked."""
        fields = (*row_class.key, *window.partition)
        key, time = self.key(anchor, fields), self.rows[anchor]["time"]
        if key is None:
            return []
        if window.anchor == "end":
            known = anchor
            rows = [r for r in range(anchor + 1) if self.rows[r]["time"] >= time - window.length]
        else:
            known = self.last_at(anchor, window.length)
            rows = range(anchor, known + 1)
        versions = [self.version(r, known) for r in rows if self.belongs(r, row_class) and self.key(r, fields) == key]
        return [row for row in versions if row is not None]

    def value(self, anchor, aggregate, window):  # noqa: PLR0911 - one answer an operation
        """Return an aggregate over the window of an anchor: an int."""
        rows = self.inside(anchor, aggregate.rows, window)
        if aggregate.operation == "flips":
            return sum(one["side"] != two["side"] for one, two in pairwise(rows))
        if aggregate.operation in ("first", "last"):
            return rows[0 if aggregate.operation == "first" else -1][aggregate.field] if rows else NULL
        if aggregate.side:
            rows = [row for row in rows if row["side"] == aggregate.side]
        if aggregate.operation == "count":
            return len(rows)
        if aggregate.operation == "distinct":
            return len({row[aggregate.field] for row in rows} - {0})
        rows = [row for row in rows if row[aggregate.field] != NULL]
        values = [row[aggregate.field] for row in rows]
        if aggregate.operation == "known":
            return len(values)
        if aggregate.operation in ("min", "max"):
            return {"min": min, "max": max}[aggregate.operation](values, default=NULL)
        if aggregate.operation == "quantile":
            return quantile(values, aggregate.rank)
        if aggregate.operation == "squares":
            return sum(value * value for value in values)
        if aggregate.weights:
            factors = (*aggregate.weights, *(0,) * 16)
            values = [value * factors[row["asset_class"]] for value, row in zip(values, rows, strict=True)]
        return sum(values)


def bucket(value):
    """Return the first and last value of a bucket: values that agree in their five highest binary digits."""
    if value < 32:
        return (max(value, 0), max(value, 0))
    shift = value.bit_length() - 5
    return (value >> shift << shift, ((value >> shift) + 1 << shift) - 1)


def quantile(values, rank):
    """Return the newest of the values in the bucket of the smallest value that so many do not exceed."""
    if not values:
        return NULL
    exact = sorted(values)[max(-(-len(values) * rank // 10**6), 1) - 1]
    return next(value for value in reversed(values) if bucket(value) == bucket(exact))


def every_aggregate(row_class, *, others=()):
    """Return one of each operation over a row class, by name, and further ones."""
    from surveillance.tape.aggregates import Aggregate

    made = {
        "count": Aggregate(row_class, "count"),
        "buys": Aggregate(row_class, "count", side=1),
        "known": Aggregate(row_class, "known", "price"),
        "sum": Aggregate(row_class, "sum", "quantity"),
        "sold": Aggregate(row_class, "sum", "quantity", side=2),
        "weighted": Aggregate(row_class, "sum", "base_notional", weights=(0, 3, 0, 7)),
        "squares": Aggregate(row_class, "squares", "price"),
        "flips": Aggregate(row_class, "flips"),
        "first": Aggregate(row_class, "first", "price"),
        "last": Aggregate(row_class, "last", "price"),
        "min": Aggregate(row_class, "min", "price"),
        "max": Aggregate(row_class, "max", "price"),
        "distinct": Aggregate(row_class, "distinct", "counterparty"),
        "median": Aggregate(row_class, "quantile", "price", rank=500_000),
        "most": Aggregate(row_class, "quantile", "price", rank=900_000),
        "usual sold": Aggregate(row_class, "quantile", "quantity", side=2, rank=500_000),
    }
    for place, other in enumerate(others):
        made |= {f"{name} of {place}": replace(one, rows=other) for name, one in made.items() if " of " not in name}
    return made
