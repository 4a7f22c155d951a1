"""A window detector whose aggregates run over windows of different lengths."""

from __future__ import annotations

import pytest

from surveillance.api import TRADE, Duration, Measure, Needs, Params, Unit, WindowDetector, rows
from surveillance.testing import conformance, measured


class PaceParams(Params, frozen=True):
    """How `example.pace` looks.

    Parameters
    ----------
    window : duration
        The stretch that is looked at.
    usual : duration
        The stretch that it is compared with.
    anchor : str
        Whether windows end or start at the trade.
    """

    window: Duration
    usual: Duration
    anchor: str = "end"


class Pace(WindowDetector):
    """Measure trades of now and of a longer time."""

    id = "example.pace"
    version = "1"
    key = ("instrument",)
    shard = ("instrument",)
    needs = Needs(kinds=(TRADE,), fields=("instrument", "quantity", "price"))
    measures = {  # noqa: RUF012 # as the documents declare it
        "trades": Measure(Unit.COUNT, "Trades in the window."),
        "usual": Measure(Unit.COUNT, "Trades in the longer one."),
        "spread": Measure(Unit.PRICE, "Deviation of the price in the longer one."),
    }
    Params = PaceParams

    trades = rows(TRADE).by("instrument").count()
    usual = rows(TRADE).by("instrument").count().over("usual")
    spread = rows(TRADE).by("instrument").deviation("price").over("usual")

    def measure(self, at):
        return {"trades": at.trades, "usual": at.usual, "spread": at.spread}


test_pace = conformance(Pace, {"window": "1m", "usual": "10m"}, {"window": "10m", "usual": "30s", "anchor": "start"})

TAPE = """
    +0m trade A1 IBM buy 1 @ 10
    +5m trade A1 IBM buy 1 @ 14
    +6m trade A1 IBM buy 1 @ 12
"""


@pytest.mark.parametrize(
    ("anchor", "trades", "usual"), [("end", [1, 1, 2], [1, 2, 3]), ("start", [1, 2, 1], [3, 2, 1])]
)
def test_each_aggregate_runs_over_its_own_length(anchor, trades, usual):
    found = measured(Pace, TAPE, {"window": "1m", "usual": "10m", "anchor": anchor})
    assert [one["trades"] for one in found] == trades
    assert [one["usual"] for one in found] == usual
    assert found[2 if anchor == "end" else 0]["spread"] == pytest.approx(1.63, abs=0.01)
