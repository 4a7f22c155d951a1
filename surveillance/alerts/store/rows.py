"""An alert as rows of the store: what is filtered and counted by stands in columns, the rest in one document."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from surveillance.alerts.alert import UNTOLD
from surveillance.alerts.capsule import pack
from surveillance.alerts.lineage import digest_of
from surveillance.alerts.scoring import POINTS

Row = dict[str, Any]
Alert = Mapping[str, Any]

_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def decode(line: bytes | str) -> dict[str, Any]:
    """Read a JSON object, decimals exact."""
    found: dict[str, Any] = _DECODER.decode(line)
    return found


def encode(record: Any) -> str:
    """Write JSON, decimals as exact numbers."""
    return _ENCODER.encode(record).decode()


def content_of(alert: Alert) -> str:
    """Return a digest of what an alert says, whenever, how often and by what it was made."""
    told = {name: value for name, value in alert.items() if name not in UNTOLD}
    return digest_of([encode(told), alert["lineage"]["capsule"]])


def alert_row(alert: Alert) -> Row:
    """Return the columns of an alert."""
    return {
        "alert_id": alert["alert_id"],
        "subject_kind": alert["subject"]["kind"],
        "subject_id": alert["subject"]["id"],
        "trading_day": alert["trading_day"],
        "start": alert["start"],
        "end": alert["end"],
        "score": int(Decimal(str(alert["score"])) * POINTS),
        "level": alert["level"],
        "content": content_of(alert),
    }


def revision_row(alert: Alert, why: str, run: str, context: bytes) -> Row:
    """Return the row of an alert's present revision."""
    lineage = alert["lineage"]
    return {
        "alert_id": alert["alert_id"],
        "revision": alert["revision"],
        "recorded_at": alert["detected_at"],
        "run": run,
        "why": why,
        "lineage": lineage["digest"],
        "capsule": lineage["capsule"],
        "document": encode({name: value for name, value in alert.items() if name != "lineage"}),
        "context": pack(context),
    }


def facet_rows(alert: Alert) -> list[Row]:
    """Return what an alert can be found and counted by."""
    rules = alert["contributions"]
    found = {
        "rule": set(alert["rules"]),
        "family": {one["family"] for one in rules},
        "typology": {one["detector"] for one in rules},
        "asset_class": {name for one in rules for name in one["asset_classes"]},
        "account": set(alert["accounts"]),
        "instrument": set(alert["instruments"]),
    }
    return [
        {"alert_id": alert["alert_id"], "name": name, "value": value}
        for name, values in found.items()
        for value in sorted(values)
    ]


def lineage_row(alert: Alert) -> Row:
    """Return the row of what an alert was made from; alerts of one run share it."""
    lineage = {name: value for name, value in alert["lineage"].items() if name != "capsule"}
    return {"digest": lineage["digest"], "document": encode(lineage)}
