"""Comparing what two runs brought, told so that the fault can be found."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.events.schema import NULL
from surveillance.testing.flows import Flow
from surveillance.testing.harness import PLACES, NonconformingError, Run


def difference(one: dict[str, NDArray[Any]], other: dict[str, NDArray[Any]], how: str, flow: Flow) -> None:
    """Raise with the first difference between two tables of candidates."""
    if all(np.array_equal(one[name], other[name]) for name in one):
        return
    expected, found = (set(zip(*(values.tolist() for values in table.values()), strict=True)) for table in (one, other))
    told = [f"{how} the candidates are not those of the whole flow at once: {len(expected)} there, {len(found)} here"]
    nearest = sorted((expected - found) | (found - expected))[:1]
    for row in nearest:
        there = [dict(zip(one, each, strict=True)) for each in expected if each[:2] == row[:2]]
        here = [dict(zip(one, each, strict=True)) for each in found if each[:2] == row[:2]]
        told += [f"first at event {row[1]}, {(row[0] - int(flow.time[0])) / 1e9:,.3f} s from the start:"]
        told += [f"  there: {_shown(each)}" for each in there] or ["  there: no candidate"]
        told += [f"  here:  {_shown(each)}" for each in here] or ["  here:  no candidate"]
    raise NonconformingError("\n".join(told))


def _shown(candidate: dict[str, int]) -> str:
    known = {name: value for name, value in candidate.items() if name not in PLACES[:2] and value != NULL}
    return ", ".join(f"{name} {value:,}" for name, value in known.items()) or "all null"


def same_findings(expected: list[dict[str, Any]], found: list[dict[str, Any]], flow: Flow, how: str) -> None:
    """Raise with the first difference between two lists of findings."""
    if expected == found:
        return
    message = f"with {how} over the flow {flow.name!r} the findings differ: {len(expected)} there, {len(found)} here"
    for there, here in zip(expected, found, strict=False):
        if there != here:
            names = [name for name in there if there[name] != here[name]]
            message += (
                f"; first in {', '.join(f'{name}: {there[name]} there, {here[name]} here' for name in names[:4])}"
            )
            break
    raise NonconformingError(message)


def anchor_times(flow: Flow, run: Run) -> NDArray[Any]:
    """Return the time of each candidate's anchor row; a scheduled detector is asked later than that."""
    at = np.searchsorted(flow.batch.columns["position"], run.table["position"])
    return flow.time[at]


def where(run: Run, mask: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return the candidates for which a mask holds."""
    return {name: values[mask] for name, values in run.table.items()}


def sorted_table(table: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return candidates in the order that depends on nothing but themselves."""
    order = np.lexsort(tuple(reversed(table.values())))
    return {name: values[order] for name, values in table.items()}
