"""Which column is which field: by what it is called, as far as its values agree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from surveillance.events.schema import ENUMS
from surveillance.feeds.guess_sample import Sample
from surveillance.feeds.guess_values import (
    ENOUGH,
    MOST,
    Guess,
    clock_of,
    is_day,
    kinds_of,
    number_signs,
    side_of,
    time_of,
)
from surveillance.feeds.guess_words import DATES, ENDS_LIKE, NAMES, NESTED, TIMES_OF_DAY, is_of_fills, plain, rank

_SUREST: Final = 3
_TEXTS: Final = (
    "notional", "currency", "instrument", "venue", "account", "beneficial_owner", "trader", "desk",
    "counterparty", "parent_order", "order", "trade", "multiplier",
)  # fmt: skip
_WORDS: Final = ("asset_class", "order_type", "time_in_force", "capacity", "aggressor", "mark")


@dataclass(slots=True)
class Fields:
    """Guesses by field, and what belongs to the profile as a whole.

    Parameters
    ----------
    found : dict of str to Guess
        Fields that a column fills.
    skipped : dict
        Column of the kind: values that are no events, and values not understood.
    signs : dict
        How numbers are written.
    sides : dict
        Fields of the buying and the selling half of two-sided records.
    """

    found: dict[str, Guess] = field(default_factory=dict)
    skipped: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    signs: dict[str, str] = field(default_factory=dict)
    sides: dict[str, dict[str, str]] = field(default_factory=dict)


def guess_fields(sample: Sample) -> Fields:
    """Find the fields of a sample."""
    within = {name.rpartition(".")[0] for name in sample.columns}  # what holds further columns has no value itself
    fields, left = Fields(), [name for name in sample.columns if name not in within]
    _time(sample, fields, left)
    _kind(sample, fields, left)
    _choose("side", fields, left, lambda name, enough: side_of(sample.given(name), plain(name), enough))
    for name in ("price", "quantity"):
        _number(name, sample, fields, left)
    for name in _TEXTS:
        _choose(name, fields, left, partial(_text, name, sample))
    for name in _WORDS:
        _choose(name, fields, left, partial(_word, name, sample))
    _sign(sample, fields)
    _pair(sample, fields)
    if "account" not in fields.found:
        _two_sides(sample, fields)
    return fields


def _choose(name: str, fields: Fields, left: list[str], look: Callable[[str, float], Guess | None]) -> None:
    """Take the column whose name says the field best, of those whose values agree."""
    ranked = sorted((known, column) for column in left if (known := rank(name, column)) is not None)
    for known, column in ranked:
        guess = look(column, MOST if known < ENDS_LIKE else ENOUGH)
        if guess is not None:
            guess.origin = ("column", column)
            if known >= ENDS_LIKE and guess.sure == "sure":
                guess.sure, guess.why = "likely", f"its name ends like one; {guess.why}".rstrip("; ")
            fields.found[name] = guess
            left.remove(column)
            return


def _time(sample: Sample, fields: Fields, left: list[str]) -> None:
    days = {column: form for column in left if plain(column) in DATES and (form := is_day(sample.given(column)))}
    clocks = {
        column: form
        for column in left
        if plain(column) in (*TIMES_OF_DAY, "seconds") and (form := clock_of(sample.given(column)))
    }
    if days and clocks:
        (day, date), (clock, form) = next(iter(days.items())), next(iter(clocks.items()))
        why = "date and time of day; whose clock is it?"
        if form == "seconds":
            fields.found["time"] = Guess(("column", clock), {"unit": "s", "day": day, "zone": "UTC"}, "a guess", why)
        else:
            formats = [f"{date} {form}", *([f"{date} {form}.%f"] if "%S" in form else [])]
            both = ("template", f"{{{day}}} {{{clock}}}")
            fields.found["time"] = Guess(both, {"formats": formats, "zone": "UTC"}, "a guess", why)
        left.remove(clock)
        return
    _choose("time", fields, left, lambda name, enough: time_of(sample.given(name), sample.types.get(name), enough))
    if "time" not in fields.found:  # no name says it: perhaps one column looks like it
        for column in left:
            guess = time_of(sample.given(column), sample.types.get(column))
            if guess is not None:
                guess.origin, guess.sure = ("column", column), "a guess"
                guess.why = f"the only column that looks like times; {guess.why}".rstrip("; ")
                fields.found["time"] = guess
                left.remove(column)
                return


def _kind(sample: Sample, fields: Fields, left: list[str]) -> None:
    best: tuple[float, int, str] | None = None
    for column in left:
        known = rank("kind", column)
        share = kinds_of(sample.given(column))[3]
        if known is not None and share >= MOST and (best is None or (share, -known) > best[:2]):
            best = (share, -known, column)
    if best is None:
        return
    column = best[2]
    kinds, skipped, unknown, _ = kinds_of(sample.given(column))
    why = f"not understood, and left out: {', '.join(unknown[:5])}" if unknown else ""
    fields.found["kind"] = Guess(("column", column), {"values": kinds}, "likely" if unknown else "sure", why)
    if skipped or unknown:
        fields.skipped[column] = (skipped, unknown)
    left.remove(column)


def _number(name: str, sample: Sample, fields: Fields, left: list[str]) -> None:
    def look(column: str, enough: float) -> Guess | None:
        signs = number_signs(sample.given(column), enough)
        if signs is None:
            return None
        for key, sign in signs.items():
            fields.signs.setdefault(key, sign)
        if plain(column).endswith("_cents"):
            return Guess(("column", ""), {"divide_by": 100}, "likely", "its name says cents")
        if name == "price" and not any("." in value or "," in value for value in sample.given(column)):
            return Guess(("column", ""), {}, "likely", "whole numbers only; cents or the like? then divide_by: 100")
        return Guess(("column", ""), {}, "sure" if (rank(name, column) or 0) % NESTED < _SUREST else "likely")

    of_fills = next((column for column in left if is_of_fills(name, column) and look(column, MOST)), None)
    others = [column for column in left if column != of_fills]
    _choose(name, fields, others, look)
    if name not in fields.found and of_fills is not None:
        _choose(name, fields, left, look)
    elif name in fields.found:
        column = fields.found[name].origin[1]
        left.remove(column)
        if of_fills is not None and _trades_have(of_fills, sample, fields):
            fields.found[name].options["by_kind"] = {"trade": of_fills}
            left.remove(of_fills)


def _trades_have(column: str, sample: Sample, fields: Fields) -> bool:
    """Tell whether most trades have a value in a column."""
    kind = fields.found.get("kind")
    if kind is None:
        return False
    told = zip(sample.columns[kind.origin[1]], sample.columns[column], strict=False)
    of_trades = [value is not None for word, value in told if kind.options["values"].get(word) == "trade"]
    return sum(of_trades) > MOST * len(of_trades)


def _text(name: str, sample: Sample, column: str, enough: float) -> Guess | None:
    values = sample.given(column)
    if not values:
        return None
    known = rank(name, column)
    assert known is not None
    if name in ("notional", "multiplier") and number_signs(values, enough) is None:
        return None
    if name in ("currency", "venue") and len(set(values)) > 200:
        return None
    return Guess(("column", ""), {}, "sure" if known % NESTED < len(NAMES[name]) // 2 + 1 else "likely")


def _word(name: str, sample: Sample, column: str, enough: float) -> Guess | None:  # noqa: ARG001 - as of all fields
    """Take a column whose values are the field's own words, in capitals or not."""
    values = set(sample.given(column))
    if not values or not {value.lower() for value in values} <= {member.name.lower() for member in ENUMS[name]}:
        return None
    return Guess(("column", ""), {} if all(value == value.lower() for value in values) else {"ignore_case": True})


def _sign(sample: Sample, fields: Fields) -> None:
    """Tell the side by the sign of the quantity where nothing else tells it."""
    quantity = fields.found.get("quantity")
    if quantity is None:
        return
    column: Any = quantity.origin[1]
    if any(value.startswith("-") for value in sample.given(column)):
        quantity.options["absolute"] = True
        if "side" not in fields.found:
            fields.found["side"] = Guess(("sign_of", column), {}, "likely", "there are quantities below zero")


def _pair(sample: Sample, fields: Fields) -> None:
    """Tell the currency by the second half of a symbol such as BTC/USDT."""
    instrument = fields.found.get("instrument")
    if instrument is None or "currency" in fields.found:
        return
    values = sample.given(instrument.origin[1])
    for sign in "/-_":
        if values and all(re.fullmatch(rf"[A-Z0-9]{{2,6}}{sign}[A-Z]{{3,5}}", value) for value in values):
            options = {"part": f"*{sign}{{value}}"}
            why = "the second half of the symbol"
            fields.found["currency"] = Guess(("column", instrument.origin[1]), options, "likely", why)


def _two_sides(sample: Sample, fields: Fields) -> None:
    """Look for pairs of columns such as buyer and seller."""
    by_plain = {plain(column): column for column in sample.columns}
    for name, buying in by_plain.items():
        words = name.split("_")
        place = next((number for number, word in enumerate(words) if word in ("buyer", "buy", "bid")), None)
        if place is None or name in ("is_buyer_maker", "buy_sell", "is_buy"):
            continue
        other = {"buyer": "seller", "buy": "sell", "bid": "ask"}[words[place]]
        selling = by_plain.get("_".join([*words[:place], other, *words[place + 1 :]]))
        rest = "_".join([*words[:place], *words[place + 1 :]])
        role = (
            "account"
            if rest in ("", "id")
            else next(
                (field for field in ("order", "trader", "account", "desk") if rank(field, rest) is not None), None
            )
        )
        if selling is not None and role is not None and role not in fields.sides.get("buy", {}):
            fields.sides.setdefault("buy", {})[role] = buying
            fields.sides.setdefault("sell", {})[role] = selling
    for half, other_half in (("buy", "sell"), ("sell", "buy")):
        if "account" in fields.sides.get(other_half, {}):
            fields.sides[half]["counterparty"] = fields.sides[other_half]["account"]
    if fields.sides:
        fields.found.pop("side", None)
        fields.found.pop("order", None) if "order" in fields.sides["buy"] else None
