"""The built-in detectors under every set of parameters that is worth a run of the kit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from book_flows import book_flow
from deal_flows import deal_flow, outside_flow

from surveillance.detecting.deals import DealDetector
from surveillance.detecting.plugins import BUILT_IN, load_detectors
from surveillance.rules import load_rulebook
from surveillance.testing.case import Case
from surveillance.testing.conformance import params_of
from surveillance.testing.harness import Subject

SHIPPED = Path(__file__).parents[2] / "rules"

DECLARED: dict[str, list[dict[str, Any]]] = {
    "aggregate": [
        {
            "key": ["account", "instrument"],
            "window": "10m",
            "measures": {
                "trades": {"of": "count", "meaning": "Trades."},
                "sold": {"of": "sum", "field": "quantity", "side": "sell", "meaning": "Sold."},
                "typical": {"of": "mean", "field": "price", "meaning": "Mean price."},
                "spread": {"of": "deviation", "field": "price", "meaning": "Deviation of the price."},
                "highest": {"of": "max", "field": "price", "meaning": "Highest price."},
                "lowest": {"of": "min", "field": "price", "meaning": "Lowest price."},
                "partners": {"of": "distinct", "field": "counterparty", "meaning": "Counterparties."},
                "all": {"of": "sum", "field": "quantity", "key": ["instrument"], "meaning": "Everybody's."},
                "orders": {"of": "count", "rows": ["order", "cancel"], "meaning": "Orders and cancellations."},
                "part": {"share": ["sold", "all"], "meaning": "Share of everybody's."},
            },
        }
    ],
}
"""For detectors whose measures a rule declares: a declaration that uses all they offer."""

_OF_ORDERS = ("layering", "spoofing", "amend.following", "quote.spoofing", "quote.turning")


def all_cases() -> dict[str, Case]:
    """Return the cases by name: each detector, with the parameters of the shipped rules and all choices in them."""
    detectors = load_detectors([BUILT_IN])
    params: dict[str, list[msgspec.Struct]] = {name: [] for name in detectors}
    for rule in load_rulebook(SHIPPED, detectors).rules:
        params[rule.detector] += rule.parameters.values()
    for name, settings in DECLARED.items():
        params[name] += [params_of(detectors[name], each) for each in settings]
    cases = {}
    for name, detector in detectors.items():
        distinct = {msgspec.json.encode(each): each for each in (*variants(params[name][0]), *params[name])}
        tapes = (deal_flow(),) if issubclass(detector, DealDetector) else ()
        tapes = (book_flow(),) if name in _OF_ORDERS else tapes
        tapes = (outside_flow(),) if name == "off.market.price" else tapes
        cases |= {
            f"{name}-{number}": Case(Subject(detector, each), tapes=tapes)
            for number, each in enumerate(distinct.values(), 1)
        }
    return cases


def variants(params: msgspec.Struct) -> list[msgspec.Struct]:
    """Return parameters, and what becomes of them with each other choice that one field offers."""
    found = [params]
    for field in msgspec.inspect.type_info(type(params)).fields:
        if isinstance(field.type, msgspec.inspect.LiteralType):
            found += [msgspec.structs.replace(params, **{field.encode_name: value}) for value in field.type.values]
    return found
