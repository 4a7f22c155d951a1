"""Alerts on the trades of several desks: the names that other services import, with the surveillance engine beneath.

What differs from the module of the same name that this one replaces, and why, is told with examples in
docs/trade-surveillance-pipeline.md. The engine is imported when it is first needed. Functions have no annotations,
because their signatures are those of the module before; the types are in the docstrings.
"""
# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202 - inspect.signature() of everything public is as it was

import copy
import json
import time

__all__ = [
    "ALERT_THRESHOLDS",
    "EquityProcessor",
    "SurveillanceProcessor",
    "TradeProcessor",
    "analyze_desk",
    "create_alert",
    "detect_anomalies",
    "fetch_trade_feed",
    "get_fx_rate",
    "get_threshold",
    "load_trades",
    "process_all_desks",
    "transform_trade",
]


class TradeProcessor:
    """What all processors of trades offer."""

    def process(self, trades):
        """Return one review for each trade that is valid for this processor.

        Parameters
        ----------
        trades : iterable of dict
            Trades.

        Raises
        ------
        NotImplementedError
            Always: subclasses say how.
        """
        raise NotImplementedError

    def validate(self, trade):
        """Return whether a trade is one for this processor.

        Parameters
        ----------
        trade : dict
            A trade.

        Raises
        ------
        NotImplementedError
            Always: subclasses say how.
        """
        raise NotImplementedError


class EquityProcessor(TradeProcessor):
    """Reviews equity trades."""

    def process(self, trades):
        """Return ``trade_id``, ``status`` and ``flags`` of each equity trade."""
        return [self._analyze(trade) for trade in trades if self.validate(trade)]

    def validate(self, trade):
        """Return whether a trade is of equity."""
        return trade.get("asset_class") == "equity"

    def _analyze(self, trade):
        return _reviewed(trade)


class SurveillanceProcessor(TradeProcessor):
    """Reviews the trades that are marked for surveillance, of every asset class.

    It alone reads ``surveillance_required``: detection looks at every trade.
    """

    def process(self, trades):
        """Return ``trade_id``, ``status`` and ``flags`` of each trade that is marked."""
        return [self._analyze(trade) for trade in trades if self.validate(trade)]

    def validate(self, trade):
        """Return what the trade says of itself; a trade that says nothing is not marked."""
        return trade.get("surveillance_required", False)

    def _analyze(self, trade):
        return _reviewed(trade)


def _reviewed(trade):
    return {"trade_id": trade["trade_id"], "status": "reviewed", "flags": []}


class _Nothing(dict):
    """An empty dict that stays empty: what a parameter is when it is not given."""

    def _refuse(self, *_args, **_kwargs):
        raise TypeError("the default of a parameter cannot be changed")

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse


# Alert thresholds by asset class, in USD. Looked up at each call, so that they can be replaced.
ALERT_THRESHOLDS = [
    ("equity", 1000000),
    ("fixed_income", 5000000),
    ("derivative", 2000000),
]

# A static table, not a market's rates: USD for one unit. Looked up at each call, so that it can be replaced.
_STATIC_FX_RATES = {"USD": 1.0, "EUR": 1.08, "GBP": 1.27, "JPY": 0.0067}


def get_threshold(asset_class):
    """Return the alert threshold of an asset class in USD, or None when it has none."""
    for name, threshold in ALERT_THRESHOLDS:
        if name == asset_class:
            return threshold
    return None


def create_alert(trade, flags, metadata=_Nothing()):  # noqa: B008 - it cannot be changed
    """Return an alert: the trade with flags and metadata, sharing nothing with what was given.

    Parameters
    ----------
    trade : dict
        The trade.
    flags : list
        What is the matter with it.
    metadata : dict
        Anything else; ``processed_at`` (s since 1970) is added to the alert's copy.

    Returns
    -------
    dict
    """
    alert = copy.deepcopy(trade)
    alert["flags"] = copy.deepcopy(flags)
    alert["metadata"] = {**copy.deepcopy(dict(metadata)), "processed_at": time.time()}
    return alert


def load_trades(desk_feeds):
    """Return the trades of several feeds as one list.

    Parameters
    ----------
    desk_feeds : iterable of str or bytes
        JSON arrays.

    Returns
    -------
    list of dict

    Raises
    ------
    ValueError
        A feed is no JSON, or no array; the message says which.
    """
    all_trades = []
    for number, feed in enumerate(desk_feeds):
        try:
            trades = json.loads(feed)
        except ValueError as error:
            raise ValueError(f"feed {number} is not JSON: {error}") from error
        if not isinstance(trades, list):
            raise ValueError(f"feed {number} is not an array of trades, but {type(trades).__name__}")  # noqa: TRY004
        all_trades.extend(trades)
    return all_trades


def fetch_trade_feed(desk_id, max_retries=3):
    """Return what a desk's interface answers; what may pass is tried again with growing waits until a deadline.

    Parameters
    ----------
    desk_id : object
        The desk.
    max_retries : int
        Most attempts.

    Returns
    -------
    str
        The feed as it arrived.

    Raises
    ------
    surveillance.compat.pipeline_feeds.FeedError
        No attempt succeeded.
    """
    from surveillance.compat.pipeline_feeds import fetch

    return fetch(desk_id, max_retries, _call_desk)


def _call_desk(desk_id):
    return _api_call(desk_id)  # looked up when it is called, so that it can be replaced


def transform_trade(trade, normalize_notional, convert_currency, add_timestamps):
    """Return a copy of a trade with the transformations that are asked for.

    Parameters
    ----------
    trade : dict
        A trade; it is not changed.
    normalize_notional : bool
        Make ``notional`` a float; 0.0 when there is none.
    convert_currency : bool
        Add ``notional_usd``: None where the currency has no rate, which is logged and counted.
    add_timestamps : bool
        Add ``processed_at``, s since 1970.

    Returns
    -------
    dict
    """
    changed = copy.deepcopy(trade)
    if normalize_notional:
        changed["notional"] = float(changed.get("notional", 0))
    if convert_currency:
        currency = changed.get("currency", "USD")
        rate = get_fx_rate(currency)
        changed["notional_usd"] = None if rate is None else changed["notional"] * rate
        if rate is None:
            from surveillance.compat.pipeline_unknown import count

            count(currency)
    if add_timestamps:
        changed["processed_at"] = time.time()
    return changed


def process_all_desks(desk_ids):
    """Return the anomalies of several desks, one list a desk, in the order of `desk_ids`.

    A trader's trades count together over all desks; an anomaly is listed at the desk of its last trade.

    Parameters
    ----------
    desk_ids : iterable
        The desks.

    Returns
    -------
    list of list of dict
        As of `detect_anomalies`, with ``desks`` besides. The list has `report` and `complete`: what became of each
        desk. A desk that failed has an empty list, and its failure in the report and the log.
    """
    from surveillance.compat.pipeline_desks import process

    return process(desk_ids, _rule(), _call_desk, 3, get_fx_rate)


def detect_anomalies(trades, window_minutes=30, threshold_multiplier=3.0):
    """Return one anomaly for each episode in which a trader's notional exceeds the limit within a sliding window.

    Parameters
    ----------
    trades : list of dict
        With trade_id, trader_id, timestamp (s since 1970), notional, asset_class and currency, in any order.
    window_minutes : float
        Length of the window; a trade exactly that old is inside.
    threshold_multiplier : float
        How many times the limit must be exceeded.

    Returns
    -------
    list of dict
        ``trader_id``, ``trades`` (of the whole episode), ``combined_notional`` (USD, of its greatest window),
        ``window_minutes``, and what else is known. The list has `report`: what became of the trades.

    Raises
    ------
    surveillance.errors.InputError
        None of the trades can be used.
    """
    from surveillance.compat.pipeline import detect

    return detect(trades, _rule(window_minutes, threshold_multiplier), get_fx_rate)


def _rule(window_minutes=30, threshold_multiplier=3.0):
    from surveillance.compat.pipeline_rules import bursts

    return bursts(window_minutes, threshold_multiplier, get_threshold, dict(ALERT_THRESHOLDS))


def _api_call(desk_id):
    """Stand in for a desk's interface: the one place where the desks are connected."""
    return json.dumps(
        [
            {
                "trade_id": f"T{desk_id}001",
                "asset_class": "equity",
                "notional": 1500000,
                "currency": "USD",
                "trader_id": "TR001",
                "timestamp": time.time(),
                "surveillance_required": True,
            }
        ]
    )


def get_fx_rate(currency):
    """Return what one unit of a currency is worth in USD by the static table; None when that is not known."""
    return _STATIC_FX_RATES.get(currency)


def analyze_desk(desk_id):
    """Return the anomalies of one desk.

    Raises
    ------
    surveillance.compat.pipeline_feeds.FeedError
        The desk's feed could not be had.
    surveillance.errors.InputError
        It cannot be read.
    """
    from surveillance.compat.pipeline_desks import process_one

    return process_one(desk_id, _rule(), _call_desk, 3, get_fx_rate)
