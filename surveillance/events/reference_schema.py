"""The tables of reference data as a JSON Schema, for those who export them from other systems.

It says what one record may hold, every value as text as in a CSV file. What no schema can say, the reader does: whether
a day exists, records of one id overlap, what they point to is there.
"""

from __future__ import annotations

import json
from typing import Any, Final

from surveillance.events.calendar import PHASES, WEEKDAYS
from surveillance.events.reference_files import MEMBERS, SCALE, SHAPES, TRADING_DAY, VALIDITY
from surveillance.events.schema import ENUMS, MAX_DECIMALS

_WEEKDAY: Final = f"(?:{'|'.join(WEEKDAYS)})"
_DAY: Final = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_TIME: Final = rf"[Tt ]{_CLOCK}:[0-5][0-9](?:[.,][0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?"
_NUMBER: Final = r"\+?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"

_TABLES: Final = {
    "accounts": "Accounts, and what is known of who stands behind them.",
    "owners": "Beneficial owners.",
    "linked_groups": "Owners or accounts that act together, one line a member.",
    "traders": "People who trade.",
    "desks": "Desks that are known.",
    "instruments": "Instruments.",
    "identifiers": "Other names of instruments, in all feeds or in one.",
    "venues": "Venues, and the calendars by which they trade.",
    "calendars": "Hours of venues that no library knows, one line for each session or auction of a day.",
}

_FIELDS: Final[dict[str, dict[str, Any]]] = {
    "account_id": {"description": "Account, as the feeds call it."},
    "beneficial_owner": {"description": "Beneficial owner."},
    "linked_group": {"description": "Group of owners or accounts that act together; it takes the owner's place."},
    "trader": {"description": "Trader."},
    "desk": {"description": "Desk."},
    "instrument": {"description": "Instrument, as findings show it."},
    "instrument_group": {"description": "Instruments that move together, such as a share and options on it."},
    "identifier": {"description": "What a feed calls an instrument."},
    "feed": {"description": "Name of the feed profile for which an identifier is; empty: for all."},
    "venue": {"description": "Venue (MIC)."},
    "calendar": {"description": "Trading calendar: a name of exchange_calendars, or of the table of calendars."},
    "currency": {"description": "ISO 4217 code, or coin, of prices and notionals."},
    "zone": {"description": "IANA time zone of the hours."},
    "price_scale": {"description": f"Decimals kept of prices, 0 to {MAX_DECIMALS}.", "pattern": f"^{SCALE}$"},
    "quantity_scale": {"description": f"Decimals kept of quantities, 0 to {MAX_DECIMALS}.", "pattern": f"^{SCALE}$"},
    "multiplier": {"description": "Units of a contract, above 0, at most 6 decimals.", "pattern": f"^{_NUMBER}$"},
    "tick_size": {"description": "Smallest step of the price, above 0.", "pattern": f"^{_NUMBER}$"},
    "day": {
        "description": "Weekday, weekdays from one to another, or a date that is otherwise than its weekday says.",
        "pattern": f"^(?:{_WEEKDAY}(?:-{_WEEKDAY})?|{TRADING_DAY})$",
    },
    "phase": {"description": "session or auction; empty: session.", "enum": list(PHASES)},
    "open": {
        "description": "Begin, on the clock of the zone; not before the end: on the evening before.",
        "pattern": f"^{_CLOCK}(?::[0-5][0-9])?$",
    },
    "close": {
        "description": "End. Open and close are both empty on a date without trading.",
        "pattern": f"^(?:{_CLOCK}(?::[0-5][0-9])?|24:00(?::00)?)$",
    },
    "valid_from": {"description": "Day or time from which the record holds, UTC.", "pattern": f"^{_DAY}(?:{_TIME})?$"},
    "valid_to": {"description": "Day or time before which it holds, UTC.", "pattern": f"^{_DAY}(?:{_TIME})?$"},
}


def reference_schema() -> dict[str, Any]:
    """Return the JSON Schema (Draft 7) of reference data: one list of records for each table."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://trade-surveillance.invalid/schemas/reference.schema.json",
        "title": "Reference data",
        "description": "What is known of accounts, people, instruments and venues: each table a CSV or Parquet file of "
        "its name. Values are text, as in CSV; an absent one is an empty field.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"description": text, "type": "array", "items": {"$ref": f"#/definitions/{name}"}}
            for name, text in _TABLES.items()
        },
        "definitions": {name: _record(name) for name in SHAPES},
    }


def reference_schema_text() -> str:
    """Return the JSON Schema as it is checked in."""
    return json.dumps(reference_schema(), indent=2, ensure_ascii=False) + "\n"


def _record(table: str) -> dict[str, Any]:
    shape = SHAPES[table]
    names = (shape.key, *shape.fields, *VALIDITY)
    record: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "required": [shape.key, *shape.needs],
        "properties": {name: _field(name) for name in names},
    }
    if table == "linked_groups":
        record["oneOf"] = [{"required": [name]} for name in MEMBERS]
    if table == "calendars":
        record["dependencies"] = {"open": ["close"], "close": ["open"], "phase": ["open"]}
        record["if"] = {"properties": {"day": {"pattern": "^[a-z]"}}}
        record["then"] = {"required": ["open"]}
    return record


def _field(name: str) -> dict[str, Any]:
    if name in ENUMS:
        values = [member.name.lower() for member in ENUMS[name]]
        return {"description": f"{name.replace('_', ' ').capitalize()}.", "type": "string", "enum": values}
    return {"type": "string", "minLength": 1, **_FIELDS[name]}
