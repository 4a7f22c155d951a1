"""Anomalies of trades that a caller holds in memory: the old module's `detect_anomalies` on the engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from logging import ERROR, INFO, WARNING
from typing import Any, Final

from surveillance.compat.pipeline_findings import Found, in_order, judge, money
from surveillance.compat.pipeline_log import correlation, log
from surveillance.compat.pipeline_money import StaticRates
from surveillance.compat.pipeline_rows import CHUNK, Entrance
from surveillance.compat.pipeline_rules import Bursts
from surveillance.errors import InputError, Location, Problem
from surveillance.events.dictionary import Dictionaries
from surveillance.kernel import few_rows

FEW: Final = 10_000
"""Trades up to which to compile kernels would take longer than to do without."""


class Anomalies(list[dict[str, Any]]):
    """Anomalies, and what became of the trades that they were looked for in.

    Parameters
    ----------
    found : iterable of dict
        The anomalies.
    report : dict
        ``trades``, ``judged``, ``rejected`` (by reason), ``rejects`` (the first of them), ``money_not_known``,
        ``without_trader``, ``capped`` (notionals taken as the greatest that is added) and ``faults``.
    """

    def __init__(self, found: Iterable[dict[str, Any]] = (), report: dict[str, Any] | None = None) -> None:
        super().__init__(found)
        self.report = {} if report is None else report


def detect(trades: Iterable[Mapping[str, Any]], rule: Bursts | None, get_rate: Callable[[str], Any]) -> Anomalies:
    """Return one anomaly for each episode in which a trader's notional exceeds the limit.

    Parameters
    ----------
    trades : iterable of mapping
        As the desks give them, in any order; nothing of them is changed.
    rule : Bursts or None
        What is looked for; None: nothing can be found.
    get_rate : callable
        What one unit of a currency is worth in USD, or None.

    Raises
    ------
    InputError
        None of the trades can be used.
    """
    trades = trades if isinstance(trades, Sequence) else list(trades)
    with correlation(), few_rows(few=len(trades) <= FEW):
        if rule is None or not trades:
            return Anomalies()
        dictionaries = Dictionaries()
        entrance = Entrance("trades", 0, dictionaries, StaticRates(get_rate))
        batches = [entrance.events(trades[start : start + CHUNK], start) for start in range(0, len(trades), CHUNK)]
        report = report_of(entrance)
        tell(report, entrance.name)
        found, report["faults"] = judge(
            in_order([batch for batch in batches if len(batch)]), rule, dictionaries, [entrance.name],
            rows=len(trades), clock=time.time,
        )  # fmt: skip
        return Anomalies([_anomaly(one, trades, rule.window_minutes) for one in found], report)


def report_of(entrance: Entrance) -> dict[str, Any]:
    """Return what became of a source's trades."""
    counts = entrance.counts
    return {
        "trades": counts.rows_read,
        "judged": counts.events,
        "rejected": dict(counts.reasons),
        "rejects": entrance.rejects,
        "money_not_known": entrance.money_not_known,
        "without_trader": entrance.without_trader,
        "capped": entrance.capped,
        "faults": [],
    }


def tell(report: dict[str, Any], source: str) -> None:
    """Log what became of a source's trades; raise if none of them could be used.

    Raises
    ------
    InputError
        With the first reasons.
    """
    rejected = report["rejected"]
    odd = rejected or any(report[name] for name in ("money_not_known", "without_trader", "capped"))
    said = {name: value for name, value in report.items() if name not in ("rejects", "faults")}
    log(WARNING if odd else INFO, "trades_read", source=source, **said)
    if rejected and not report["judged"]:
        log(ERROR, "no_trade_can_be_used", source=source, rejected=rejected)
        raise InputError(
            [
                Problem(str(one["code"]), str(one["reason"]), Location(f"{source}, trade {one['position']}"))
                for one in report["rejects"]
            ]
        )


def _anomaly(found: Found, trades: Sequence[Mapping[str, Any]], window_minutes: Any) -> dict[str, Any]:
    mine = [trades[place] for place in found.position.tolist()]
    peak = [trade for trade, inside in zip(mine, found.at_peak.tolist(), strict=True) if inside]
    ids = [trade.get("trade_id") for trade in mine]
    whole = all(type(trade.get("notional")) is int for trade in mine)
    return shaped(
        found, mine[-1].get("trader_id"), ids, [trade.get("trade_id") for trade in peak], window_minutes, whole
    )


def shaped(
    found: Found, trader: Any, ids: list[Any], peak_ids: list[Any], window_minutes: Any, whole: bool
) -> dict[str, Any]:
    """Return an anomaly: the four fields of the old module first, then what is said besides."""
    content = dict(found.content)
    notional = content.pop("combined_notional")
    return {
        "trader_id": trader,
        "trades": ids,
        "combined_notional": money(notional, whole=whole),
        "window_minutes": window_minutes,
        **content,
        "peak_trades": peak_ids,
    }
