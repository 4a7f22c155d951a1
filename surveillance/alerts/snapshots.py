"""Snapshots for the capsule: what rules, reference data and rates said of those in an alert, as they were then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from surveillance.alerts.filed import Filed
from surveillance.alerts.values import iso_time
from surveillance.events.rates import OLDEST, Rates
from surveillance.events.reference import Record, Reference
from surveillance.events.reference_files import EVER
from surveillance.rules import Rulebook

_DAYS_BACK: Final = OLDEST + 4
"""Calendar days in which the business days of a rate lie."""

_EPOCH: Final = date(1970, 1, 1)


class Snapshots:
    """What is known beside the events.

    Parameters
    ----------
    book : Rulebook
        The rules.
    reference : Reference or None
        Accounts, people and instruments.
    rates : Rates or None
        Exchange rates.
    """

    def __init__(self, book: Rulebook, reference: Reference | None, rates: Rates | None) -> None:
        self._rules = {rule.id: rule for rule in book.rules}
        self._reference, self._rates, self._base = reference, rates, book.base_currency
        self._private = bool(book.privacy)
        self._texts: dict[str, str] = {}
        self._series: dict[str, dict[int, str]] = {}

    def rules(self, members: Sequence[Filed]) -> dict[str, Any]:
        """Return the rules of an alert's findings, each with its file as it was."""
        found = {}
        for name in sorted({one.finding["rule"] for one in members}):
            rule = self._rules[name]
            if name not in self._texts:
                self._texts[name] = Path(rule.file).read_text(encoding="utf-8")
            found[name] = {"version": rule.version, "digest": rule.digest, "text": self._texts[name]}
        return found

    def reference(self, members: Sequence[Filed]) -> dict[str, Any]:
        """Return the records of an alert's instruments and, unless ids are pseudonyms, of its people."""
        if self._reference is None:
            return {}
        wanted = {"instruments": {one for filed in members for one in filed.instruments}}
        if not self._private:
            wanted["accounts"] = {one for filed in members for one in filed.accounts}
            wanted["traders"] = {one for filed in members for one in filed.traders}
            owners = (event.get("beneficial_owner") for filed in members for event in filed.events)
            wanted["owners"] = {one for one in owners if one}
        found: dict[str, Any] = {}
        for table, ids in wanted.items():
            records = {one: self._reference.history(table, one) for one in sorted(ids)}
            known = {one: [record_of(each) for each in history] for one, history in records.items() if history}
            if known:
                found[table] = known
        return found

    def rates(self, members: Sequence[Filed]) -> dict[str, Any]:
        """Return the rates that the events of an alert may have used, by currency and day."""
        if self._rates is None:
            return {}
        days = {date.fromisoformat(event["time"][:10]).toordinal() for one in members for event in one.events}
        currencies = {event.get("currency") for one in members for event in one.events} - {None, self._base}
        used = {day - back - _EPOCH.toordinal() for day in days for back in range(1, _DAYS_BACK)}
        found = {}
        for currency in sorted(str(one) for one in currencies):
            series = self._rates.series(currency, self._base)
            of_days = {day: str(series[day]) for day in sorted(used) if day in series}
            found[currency] = {
                date.fromordinal(day + _EPOCH.toordinal()).isoformat(): rate for day, rate in of_days.items()
            }
        return found


def record_of(record: Record) -> dict[str, Any]:
    """Return a record of reference data as capsules have it."""
    since = None if record.since == EVER[0] else iso_time(record.since)
    until = None if record.until == EVER[1] else iso_time(record.until)
    return {**record.fields, "valid_from": since, "valid_to": until}
