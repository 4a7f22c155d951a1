"""Findings measured again from nothing but the events in their capsule.

A detector that looks at one account in one instrument, or at orders that belong together, needs no more than that. One
that compares with the flow of everybody does: what it measures here is another value, which says nothing against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import msgspec

from surveillance.audit.fields import plain
from surveillance.detecting.plugins import Loaded
from surveillance.engine.attempt import Attempt, completed
from surveillance.engine.setup import Setup
from surveillance.events.profile import load_profile
from surveillance.events.rates import Rates
from surveillance.events.reference import Record as Known
from surveillance.events.reference import Reference
from surveillance.events.reference_files import EVER, VALIDITY, moment
from surveillance.events.times import DAY_NS
from surveillance.feeds.content import StoredFile
from surveillance.rules import Rulebook
from surveillance.sinks.ndjson import encode

Record = Mapping[str, Any]

_FEED: Final = "canonical"
_SAME: Final = ("rule", "key", "start", "end", "hits", "event_count", "measures", "conditions", "strength")
"""Fields of a finding that are measured, or judged from what is."""


class CapsuleRates(Rates):
    """The rates in a capsule, from each currency straight into the base currency.

    Parameters
    ----------
    days : Mapping
        Currency to day to rate.
    """

    __slots__ = ("_days",)

    def __init__(self, days: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__({}, "capsule")
        object.__setattr__(self, "_days", days)

    def series(self, currency: str, base: str) -> dict[int, Fraction]:  # noqa: ARG002 - there is one base
        """Return what one unit of a currency is worth by day, of the days that the capsule has."""
        days: Mapping[str, Mapping[str, str]] = self._days  # type: ignore[attr-defined]
        return {_day(day): Fraction(rate) for day, rate in days.get(currency, {}).items()}


def measured_again(capsule: Record, book: Rulebook, plugins: dict[str, Loaded], out: Path) -> list[str]:
    """Return the ids of the findings whose measures follow from the events in their capsule.

    Parameters
    ----------
    capsule : Mapping
        The evidence, untouched, decimals exact.
    book : Rulebook
        The rules of the release.
    plugins : dict of str to Loaded
        Detectors by id.
    out : Path
        Folder for what is written on the way.

    Raises
    ------
    SurveillanceError
        The events are none that a feed could have.
    """
    if not capsule["complete"]:
        return []
    profile = load_profile(_FEED)
    path = out / "events.ndjson"
    path.write_bytes(b"".join(encode(_row(one, set(profile.fields))) + b"\n" for one in capsule["events"]))
    mine = replace(book, rules=tuple(rule for rule in book.rules if rule.id in capsule["rules"]), suppressions=())
    rates = CapsuleRates(capsule["rates"]) if capsule["rates"] else None
    setup = Setup(mine, plugins, profile, _reference(capsule["reference"]), rates, None)
    books = [(out, mine)]
    completed(lambda unsorted: Attempt(setup, [StoredFile(path)], out, books, unsorted, None, ""))
    decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
    with (out / "findings.ndjson").open("rb") as lines:
        found = {_told(one) for one in map(decoder.decode, lines)}
    return [one["finding_id"] for one in capsule["findings"] if _told(one) in found]


def _told(finding: Record) -> bytes:
    return plain({name: finding[name] for name in _SAME})


def _row(event: Record, fields: set[str]) -> dict[str, Any]:
    """Return an event as the canonical feed has it; what the door computed, it computes again."""
    row = {name: value for name, value in event.items() if name in fields and value is not None}
    if event.get("notional_basis") != "reported":
        row.pop("notional", None)
    return row


def _reference(tables: Mapping[str, Mapping[str, list[dict[str, Any]]]]) -> Reference | None:
    """Return what the capsule knows of accounts, people and instruments."""
    known = {
        table: {id_: [_known(one) for one in records] for id_, records in ids.items()} for table, ids in tables.items()
    }
    lasting = {
        table: {id_: found[0].fields for id_, found in known.get(table, {}).items() if _lasts(found)}
        for table in ("accounts", "instruments")
    }
    histories = {
        table: {id_: found for id_, found in ids.items() if id_ not in lasting.get(table, {})}
        for table, ids in known.items()
    }
    return Reference(lasting["accounts"], lasting["instruments"], "capsule", histories) if known else None


def _known(record: Mapping[str, Any]) -> Known:
    fields = {name: value for name, value in record.items() if name not in VALIDITY}
    pairs = zip(VALIDITY, EVER, strict=True)
    since, until = (usual if record[name] is None else moment(record[name]) for name, usual in pairs)
    assert since is not None
    assert until is not None
    return Known(fields, since, until)


def _lasts(records: list[Known]) -> bool:
    return len(records) == 1 and (records[0].since, records[0].until) == EVER


def _day(text: str) -> int:
    at = moment(text)
    assert at is not None
    return at // DAY_NS
