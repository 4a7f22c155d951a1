"""Detectors as rules see them: the measures, parameters and scales, without anything that measures."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from surveillance.detecting.measure import UNIT_SCALE, Duration, Measure, Money, Unit


class FakeDetector:
    version = "1"
    key: tuple[str, ...] = ("account", "instrument")
    measures: ClassVar[dict[str, Measure]]

    def __init__(self, params):
        self.p = params

    @classmethod
    def measures_of(cls, _params):
        return cls.measures

    def scale(self, measure):
        return UNIT_SCALE[self.measures_of(self.p)[measure].unit]


class Burst(FakeDetector):
    id = "notional.burst"
    key = ("trader",)
    measures: ClassVar = {"times_limit": Measure(Unit.MULTIPLE, "Notional of each class over its limit, added up.")}

    class Params(msgspec.Struct, frozen=True, kw_only=True):
        limits: dict[Literal["equity", "fixed_income", "derivative"], Money]
        window: Duration = 1_800_000_000_000


class Churn(FakeDetector):
    id = "wash.churn"
    measures: ClassVar = {
        "buys": Measure(Unit.COUNT, "Buys in the window."),
        "sells": Measure(Unit.COUNT, "Sells in the window."),
        "alternation": Measure(Unit.SHARE, "Share of the trades that change the side."),
        "volume": Measure(Unit.QUANTITY, "Quantity bought and sold."),
        "price_change": Measure(Unit.PRICE, "Change of price over the window."),
        "notional": Measure(Unit.MONEY, "Money traded."),
        "took": Measure(Unit.DURATION, "Time from the first to the last trade."),
    }

    class Params(msgspec.Struct, frozen=True, kw_only=True):
        window: Duration = 1_800_000_000_000
        pause: Duration | None = None
        floor: int = 1

        def __post_init__(self):
            if self.window == 0:
                raise ValueError("window is empty")


class Layering(FakeDetector):
    id = "layering"
    measures: ClassVar = {
        "orders": Measure(Unit.COUNT, "Orders of the layer."),
        "cancels": Measure(Unit.COUNT, "Of them cancelled."),
    }

    class Params(msgspec.Struct, frozen=True, kw_only=True):
        sequence: Literal["fill_then_cancel", "cancel_then_fill", "either"] = "either"
        placed: Duration = 10_000_000_000
        cancelled: Duration = 5_000_000_000
        traded: Duration = 2_000_000_000
        lifetime: Duration = 30_000_000_000


class Aggregate(FakeDetector):
    """Its measures are declared by the rule."""

    id = "aggregate"

    class Params(msgspec.Struct, frozen=True, kw_only=True):
        counts: list[str]
        window: Duration = 60_000_000_000

    measures: ClassVar = {}

    @classmethod
    def measures_of(cls, params):
        return {name: Measure(Unit.COUNT, f"Number of {name}.") for name in params.counts}
