"""The evidence capsule of an alert: the events and snapshots that its rules read, sealed with a digest.

It outlives the journal and the files of the day: whoever has it can see what was decided and on what.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from surveillance.alerts.filed import Filed, as_plain
from surveillance.alerts.timeline import timeline
from surveillance.rules.rulebook import Scoring

FORMAT: Final = 1

Capsule = dict[str, Any]

_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number", order="deterministic")


def seal(
    members: Sequence[Filed],
    *,
    rules: Mapping[str, Any],
    reference: Mapping[str, Any],
    rates: Mapping[str, Any],
    scoring: Scoring,
) -> tuple[str, bytes]:
    """Return the capsule of an alert and its digest.

    Parameters
    ----------
    members : sequence of Filed
        Its findings, by start.
    rules : Mapping
        Rule to its version, digest and text as it was.
    reference : Mapping
        Table to id to records: what the reference data said of those in the alert.
    rates : Mapping
        Currency to day to rate, of the days that its events used.
    scoring : Scoring
        Weights and levels of the rulebook, 1/10,000 and points.

    Returns
    -------
    tuple of str and bytes
        SHA-256 of the canonical JSON, and that JSON.
    """
    events = timeline(filed.events for filed in members)
    content = {
        "format": FORMAT,
        "findings": [{name: value for name, value in one.finding.items() if name != "events"} for one in members],
        "filed": [as_plain(one) for one in members],
        "events": events,
        "complete": all(one.finding["event_count"] <= len(one.events) for one in members),
        "rules": rules,
        "reference": reference,
        "rates": rates,
        "scoring": {"weights": dict(scoring.weights), "levels": dict(scoring.levels)},
    }
    sealed = _ENCODER.encode(content)
    return hashlib.sha256(sealed).hexdigest(), sealed


def context(members: Sequence[Filed], near_misses: Sequence[Mapping[str, Any]]) -> bytes:
    """Return what stands beside the evidence: no rule read it, and it may change without changing the alert.

    Parameters
    ----------
    members : sequence of Filed
        Its findings, by start.
    near_misses : sequence of Mapping
        What the same people almost did as well.

    Returns
    -------
    bytes
        JSON with the ``prices`` traded by anybody meanwhile, and the ``near_misses``.
    """
    return _ENCODER.encode({"prices": _prices(members), "near_misses": list(near_misses)})


def _prices(members: Sequence[Filed]) -> dict[str, list[Sequence[Any]]]:
    """Return what was traded in each instrument meanwhile, of several findings one after the other."""
    found: dict[str, dict[str, Sequence[Any]]] = {}
    for one in members:
        for instrument, bars in one.prices.items():
            found.setdefault(instrument, {}).update({bar[0]: bar for bar in bars})
    return {instrument: [bars[start] for start in sorted(bars)] for instrument, bars in sorted(found.items())}


def pack(sealed: bytes) -> bytes:
    """Return a capsule compressed, as the store keeps it."""
    return zlib.compress(sealed, 6)


def unpack(packed: bytes) -> bytes:
    """Return the canonical JSON of a compressed capsule."""
    return zlib.decompress(packed)


def opened(sealed: bytes) -> Capsule:
    """Return the content of a capsule, decimals exact."""
    content: Capsule = _DECODER.decode(sealed)
    return content


def digest_of(content: Capsule) -> str:
    """Return the digest of a capsule's content: of an untouched one, that with which it was sealed."""
    return hashlib.sha256(_ENCODER.encode(content)).hexdigest()
