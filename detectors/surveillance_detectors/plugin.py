"""What this package offers to the engine."""

from surveillance.api import Detector, hookimpl
from surveillance_detectors.aggregate import DeclaredAggregate
from surveillance_detectors.amend_following import AmendFollowing
from surveillance_detectors.churn import Churn
from surveillance_detectors.circular import Circular
from surveillance_detectors.concentration import Concentration
from surveillance_detectors.dominance import Dominance
from surveillance_detectors.excess_cancellation import ExcessCancellation
from surveillance_detectors.front_running import FrontRunning
from surveillance_detectors.layering import Layering
from surveillance_detectors.marking_close import MarkingClose
from surveillance_detectors.matched import MatchedOrders
from surveillance_detectors.momentum_ignition import MomentumIgnition
from surveillance_detectors.notional_burst import NotionalBurst
from surveillance_detectors.notional_unusual import NotionalUnusual
from surveillance_detectors.off_market_price import OffMarketPrice
from surveillance_detectors.order_to_trade import OrderToTrade
from surveillance_detectors.painting import PaintingTape
from surveillance_detectors.ping_orders import PingOrders
from surveillance_detectors.price_anomaly import PriceAnomaly
from surveillance_detectors.pump_and_dump import PumpAndDump
from surveillance_detectors.pump_exit import PumpExit
from surveillance_detectors.pump_rush import PumpRush
from surveillance_detectors.quote_spoofing import QuoteSpoofing
from surveillance_detectors.quote_stuffing import QuoteStuffing
from surveillance_detectors.quote_turning import QuoteTurning
from surveillance_detectors.ramping import Ramping
from surveillance_detectors.self_trades import SelfTrades
from surveillance_detectors.spoofing import Spoofing
from surveillance_detectors.timing_unusual import TimingUnusual
from surveillance_detectors.volume_spike import VolumeSpike


@hookimpl
def surveillance_detectors() -> list[type[Detector]]:
    """Return the built-in detectors."""
    return [
        DeclaredAggregate,
        AmendFollowing,
        Churn,
        Circular,
        Concentration,
        Dominance,
        ExcessCancellation,
        FrontRunning,
        Layering,
        MarkingClose,
        MatchedOrders,
        MomentumIgnition,
        NotionalBurst,
        NotionalUnusual,
        OffMarketPrice,
        OrderToTrade,
        PaintingTape,
        PingOrders,
        PriceAnomaly,
        PumpAndDump,
        PumpExit,
        PumpRush,
        QuoteSpoofing,
        QuoteStuffing,
        QuoteTurning,
        Ramping,
        SelfTrades,
        Spoofing,
        TimingUnusual,
        VolumeSpike,
    ]
