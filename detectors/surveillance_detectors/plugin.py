"""What this package offers to the engine."""

from surveillance.api import Detector, hookimpl
from surveillance_detectors.aggregate import DeclaredAggregate
from surveillance_detectors.churn import Churn
from surveillance_detectors.front_running import FrontRunning
from surveillance_detectors.layering import Layering
from surveillance_detectors.notional_burst import NotionalBurst


@hookimpl
def surveillance_detectors() -> list[type[Detector]]:
    """Return the built-in detectors."""
    return [DeclaredAggregate, Churn, FrontRunning, Layering, NotionalBurst]
