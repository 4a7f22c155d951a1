"""Lines of a tape that stand for many events: a deal with both its sides, and a flow of deals among strangers.

Who deals with whom can only be judged against a market of others, and nobody wants to write one out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from surveillance.rules.clock import MOMENT_HINT, START, read_moment

DEAL: Final = "deal"
FLOW: Final = "flow"

POSITIONAL: Final[Mapping[str, tuple[str, ...]]] = {
    DEAL: ("buyer", "seller", "instrument", "quantity"),
    FLOW: ("instrument", "quantity"),
}
"""What stands behind each of the two words, in this order."""

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    DEAL: (*POSITIONAL[DEAL], "price"),
    FLOW: (*POSITIONAL[FLOW], "price", "every", "until"),
}

NAMED: Final[Mapping[str, tuple[str, ...]]] = {
    DEAL: ("apart", "sold_of", "buyer_owner", "seller_owner"),
    FLOW: ("every", "until"),
}
"""Fields that only such lines have."""

_OWN: Final = {name for names in (*POSITIONAL.values(), *NAMED.values()) for name in names} - {"instrument", "quantity"}
_STRANGER: Final = "Z{}"


def is_one(fields: Mapping[str, str]) -> bool:
    """Tell whether a line stands for many events."""
    return fields.get("kind") in POSITIONAL


def events_of(time: int, fields: Mapping[str, str], name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the events of a line, each with its time.

    Parameters
    ----------
    time : int
        Of the line, ns since 1970-01-01 UTC.
    fields : mapping of str to str
        What the line says.
    name : str
        Something that no other line of the tape has; ids are made from it.

    Raises
    ------
    ValueError
        The name of a field that makes no sense, and how to write it.
    """
    if fields["kind"] == DEAL:
        yield from _deal(time, fields, name)
        return
    every = _duration(fields, "every")
    until = read_moment(fields["until"])
    if until is None:
        raise ValueError("until", MOMENT_HINT)
    if every <= 0:
        raise ValueError("every", "write how long it is from one deal to the next, such as every=30s")
    shared = {field: value for field, value in fields.items() if field not in _OWN}
    for number, at in enumerate(range(time, until + 1, every)):
        people = {"buyer": _STRANGER.format(2 * number + 1), "seller": _STRANGER.format(2 * number + 2)}
        yield from _trades(at, {**shared, **people, "price": fields["price"]}, f"{name}-{number}", {})


def _deal(time: int, fields: Mapping[str, str], name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the two orders, that of the buyer first, and the two sides of the trade."""
    shared = {field: value for field, value in fields.items() if field not in _OWN}
    apart = _duration(fields, "apart") if "apart" in fields else 0
    ids = {"buyer": f"{name}-buy", "seller": f"{name}-sell"}
    for role, side, at in (("buyer", "buy", time - apart), ("seller", "sell", time)):
        order = {**shared, **_party(fields, role), "kind": "order", "side": side, "order": ids[role]}
        if role == "seller" and "sold_of" in fields:
            order["quantity"] = fields["sold_of"]
        yield at, {**order, "price": fields["price"], "order_type": "limit"}
    yield from _trades(time, fields, name, ids)


def _trades(
    time: int, fields: Mapping[str, str], name: str, orders: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, str]]]:
    shared = {field: value for field, value in fields.items() if field not in _OWN}
    for role, side in (("buyer", "buy"), ("seller", "sell")):
        trade = {
            **shared,
            **_party(fields, role),
            "kind": "trade",
            "side": side,
            "trade": name,
            "price": fields["price"],
        }
        yield time, {**trade, "order": orders[role]} if orders else trade


def _party(fields: Mapping[str, str], role: str) -> dict[str, str]:
    owner = fields.get(f"{role}_owner")
    return {"account": fields[role], **({"beneficial_owner": owner} if owner else {})}


def _duration(fields: Mapping[str, str], name: str) -> int:
    text = fields[name]
    moment = read_moment(f"+{text}") if re.match("[0-9]", text) else None
    if moment is None:
        raise ValueError(name, f"write {name}=DURATION, such as {name}=2s")
    return moment - START
