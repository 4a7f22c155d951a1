"""The one public seam: all that a plugin imports.

Its names are kept from release to release; `API_VERSION` grows when one of them changes its meaning.
"""

from surveillance.detecting.candidates import Candidates, candidates, ratio, share
from surveillance.detecting.deals import DealDetector, Group
from surveillance.detecting.decided import Decided
from surveillance.detecting.detector import Detector, Params
from surveillance.detecting.hookspecs import API_VERSION, hookimpl
from surveillance.detecting.measure import Duration, Measure, Money, Needs, Unit
from surveillance.detecting.schedule import ScheduledDetector
from surveillance.detecting.sequence import SequenceDetector
from surveillance.detecting.timed import TimedDetector, read_time
from surveillance.detecting.window import Declared, Rows, WindowDetector, rows
from surveillance.events.schema import NULL, PPM, Aggressor, AssetClass, Kind, Side, TimeInForce
from surveillance.tape.aggregates import Aggregate, Window
from surveillance.tape.deals import Deals
from surveillance.tape.large import Large
from surveillance.tape.rows import RowClass, RowTest, column_enum
from surveillance.tape.spans import Span
from surveillance.tape.statistics import deviation, mean
from surveillance.tape.ties import Ties

ORDER, AMEND, CANCEL, TRADE, QUOTE = Kind.ORDER, Kind.AMEND, Kind.CANCEL, Kind.TRADE, Kind.QUOTE

__all__ = [
    "AMEND",
    "API_VERSION",
    "CANCEL",
    "NULL",
    "ORDER",
    "PPM",
    "QUOTE",
    "TRADE",
    "Aggregate",
    "Aggressor",
    "AssetClass",
    "Candidates",
    "DealDetector",
    "Deals",
    "Decided",
    "Declared",
    "Detector",
    "Duration",
    "Group",
    "Kind",
    "Large",
    "Measure",
    "Money",
    "Needs",
    "Params",
    "RowClass",
    "RowTest",
    "Rows",
    "ScheduledDetector",
    "SequenceDetector",
    "Side",
    "Span",
    "Ties",
    "TimeInForce",
    "TimedDetector",
    "Unit",
    "Window",
    "WindowDetector",
    "candidates",
    "column_enum",
    "deviation",
    "hookimpl",
    "mean",
    "ratio",
    "read_time",
    "rows",
    "share",
]
