"""What this package offers to the engine."""

from surveillance.api import Detector, hookimpl
from surveillance_detectors.aggregate import DeclaredAggregate
from surveillance_detectors.churn import Churn
from surveillance_detectors.circular import Circular
from surveillance_detectors.front_running import FrontRunning
from surveillance_detectors.layering import Layering
from surveillance_detectors.matched import MatchedOrders
from surveillance_detectors.notional_burst import NotionalBurst
from surveillance_detectors.painting import PaintingTape
from surveillance_detectors.self_trades import SelfTrades


@hookimpl
def surveillance_detectors() -> list[type[Detector]]:
    """Return the built-in detectors."""
    return [
        DeclaredAggregate,
        Churn,
        Circular,
        FrontRunning,
        Layering,
        MatchedOrders,
        NotionalBurst,
        PaintingTape,
        SelfTrades,
    ]
