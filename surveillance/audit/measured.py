"""An alert measured again: the rules of its release over the files that its run read.

This proves what a capsule cannot: that the detectors, given the whole market of that day, come to what the capsule
says that they measured.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from surveillance.alerts.capsule import opened
from surveillance.alerts.recording import ALERTS, CAPSULES
from surveillance.audit.at_hand import AtHand
from surveillance.audit.fields import differing_fields, plain
from surveillance.engine.alerting import lineage_of
from surveillance.engine.attempt import Attempt, Progress, completed
from surveillance.engine.setup import Setup, set_up
from surveillance.engine.withholding import withholding
from surveillance.sinks.ndjson import encode

Record = Mapping[str, Any]

INPUTS: Final = {
    "rulebook": "the rulebook",
    "suppressions": "the suppressions",
    "feed": "the feed profile",
    "reference": "the reference data",
    "rates": "the exchange rates",
    "calendars": "the calendars, or the version of their library",
    "baselines": "the baseline",
}
"""What of a lineage is data: code is told apart."""

_OF_RUN: Final = ("alert_id", "revision", "detected_at", "lineage")
_MOST_EVENTS: Final = 3


class _Line(msgspec.Struct):
    """A line of capsules.ndjson, its evidence as it is."""

    alert_id: str
    capsule: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Measured:
    """The alerts of a run that was made again.

    Parameters
    ----------
    alerts, capsules : Mapping
        By alert id.
    """

    alerts: Mapping[str, dict[str, Any]]
    capsules: Mapping[str, dict[str, Any]]


def ready(hand: AtHand, rules: Path, privacy_key: Path | None) -> Setup:
    """Load what a run is made from, out of inputs that are at hand; it learns nothing.

    Raises
    ------
    InputError, RulesError, PluginError
        As of `surveillance.engine.setup.set_up`.
    """
    return replace(set_up(hand.feed, rules, hand.reference, hand.rates, privacy_key), learn=False)


def differing_setup(lineage: Record, run: Record, setup: Setup) -> list[str]:
    """Return what is not as an alert's lineage and its run.json have it, as far as that is known before measuring."""
    now = lineage_of(setup.book, setup.profile, setup.reference, setup.rates, setup.plugins.values())
    said = list(_lineages(lineage, {**now, "baselines": lineage["baselines"]}))
    key = None if setup.privacy is None else setup.privacy.fingerprint
    then = None if run["privacy"] is None else run["privacy"]["key"]
    return (
        [*said, f"the key of the pseudonyms: its fingerprint is {key}, the run's was {then}"] if key != then else said
    )


def measure(
    setup: Setup, hand: AtHand, out: Path, detected_at: str, on_progress: Callable[[Progress], None] | None
) -> Measured:
    """Run the rules over the sources.

    Parameters
    ----------
    setup : Setup
        See `ready`.
    hand : AtHand
        The sources, and the baseline that was read.
    out : Path
        Folder for what is written on the way.
    detected_at : str
        When the first run began.
    on_progress : callable or None
        Called after each block.
    """
    if hand.usual:  # that one day and no other: what was learned since is no part of the run
        usual = out / "baselines"
        usual.mkdir()
        if hand.baseline is not None:
            shutil.copy(hand.baseline, usual)
        setup = replace(setup, baselines=usual)
    books = [(out, setup.book)]
    with withholding(setup.privacy):
        completed(lambda unsorted: Attempt(setup, hand.sources, out, books, unsorted, on_progress, detected_at))
    decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
    with (out / ALERTS).open("rb") as lines:
        alerts = {one["alert_id"]: one for one in map(decoder.decode, lines)}
    with (out / CAPSULES).open("rb") as lines:
        packed = msgspec.json.Decoder(_Line)
        capsules = {one.alert_id: opened(bytes(one.capsule)) for one in map(packed.decode, lines)}
    return Measured(alerts, capsules)


def against(published: Record, capsule: Record | None, measured: Measured) -> tuple[bytes, list[str]]:
    """Hold an alert against the run that was made again.

    Parameters
    ----------
    published : Mapping
        The alert.
    capsule : Mapping or None
        Its evidence; None where that was broken since, so that nothing is to be learned from it.
    measured : Measured
        What was found again.

    Returns
    -------
    bytes
        The alert as it was found again, as JSON; empty where nothing like it was found.
    list of str
        What differs; nothing when it is the same, byte for byte.
    """
    found = _found(published, measured)
    if found is None:
        return b"", ["the alert: measured again, the sources hold no such alert"]
    lineage = {**published["lineage"], "capsule": found["lineage"]["capsule"]}
    made = {**found, **{name: published[name] for name in _OF_RUN}, "lineage": lineage}
    said = list(_lineages(published["lineage"], found["lineage"]))
    if encode(made) != encode(published):
        said += () if capsule is None else _evidence(capsule, measured.capsules[found["alert_id"]])
        said += differing_fields({**published, "lineage": None}, {**made, "lineage": None}, "the alert, measured again")
        said = said or ["the alert: measured again, its evidence is written otherwise"]
    return encode(made), said


def _found(published: Record, measured: Measured) -> dict[str, Any] | None:
    """Return the alert as it was found again: of its id, or of its earliest findings where a store named it anew."""
    same = measured.alerts.get(published["alert_id"])
    if same is not None:
        return same
    known = set(published["findings"])
    return next((one for one in measured.alerts.values() if not known.isdisjoint(one["findings"])), None)


def _lineages(then: Record, now: Record) -> Iterator[str]:
    for name, what in INPUTS.items():
        if plain(then[name]) != plain(now[name]):
            yield f"{what}: {_digest(now[name])} at hand, {_digest(then[name])} made it"


def _digest(input_: Any) -> str:
    digest = input_["digest"] if isinstance(input_, Mapping) else input_
    return "none" if digest is None else f"SHA-256 {digest}"


def _evidence(before: Record, again: Record) -> Iterator[str]:
    """Yield what differs in the evidence, finding by finding."""
    then, now = ({one["finding_id"]: one for one in capsule["findings"]} for capsule in (before, again))
    for name, finding in then.items():
        what = f"finding {name[:12]} of {finding['rule']}, measured again"
        if name in now:
            yield from differing_fields(finding, now[name], what)
        else:
            yield f"{what}: it is not found"
    for name in now.keys() - then.keys():
        yield f"finding {name[:12]} of {now[name]['rule']}, measured again: it was not part of the alert"
    known = {plain(one) for one in again["events"]}
    other = [one for one in before["events"] if plain(one) not in known]
    if other or len(before["events"]) != len(again["events"]):
        places = ", ".join(f"{one['source']} {one['position']}" for one in other[:_MOST_EVENTS])
        yield f"the events: {len(other)} of {len(before['events'])} are not in the sources as they are here: {places}"
    for part in ("reference", "rates"):
        yield from differing_fields(before[part], again[part], f"the capsule's {part}")
