"""Alerts made again: judged from their capsules always, and measured from the files of their run where these are there.

The two prove different things. A capsule shows that the rules of a release come to this alert from what was measured.
The files show that the detectors of that release measured it; where they are gone, the events in the capsule show it
of detectors that need no others.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from surveillance.audit.at_hand import AtHand, Named, at_hand
from surveillance.audit.from_capsule import measured_again
from surveillance.audit.inputs import differing_inputs
from surveillance.audit.known_then import differing_rates, differing_reference
from surveillance.audit.measured import against, differing_setup, measure, ready
from surveillance.audit.rebuild import rebuild
from surveillance.detecting.detector import Detector
from surveillance.detecting.plugins import load_plugins
from surveillance.engine.attempt import Progress
from surveillance.errors import InputError, Problem, SurveillanceError
from surveillance.rules import Rulebook

Record = Mapping[str, Any]

JUDGED: Final = "judged from capsule"
FOLLOWING: Final = "measured from capsule"
MEASURED: Final = "measured from sources"
"""The proofs, each of more than the one before."""

_OF_RUN: Final = ("rulebook", "feed", "reference", "rates")


@dataclass(slots=True)
class Replayed:
    """An alert made again.

    Parameters
    ----------
    alert : Mapping
        As it was published.
    made : bytes
        As it was made again, as JSON; empty where nothing like it came out.
    proof : str
        `JUDGED`, `FOLLOWING` or `MEASURED`.
    not_measured : list of str
        Why it was not measured.
    differences : list of str
        What differs, and in which input; nothing when it is the same, byte for byte.
    capsule : Mapping or None
        Its evidence; None where it is not what was sealed.
    following : list of str
        Findings whose measures follow from the events in the capsule.
    """

    alert: Record
    made: bytes
    proof: str = JUDGED
    not_measured: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    capsule: Record | None = None
    following: list[str] = field(default_factory=list)


class Replay:
    """Makes alerts of one revision of the rules again.

    Parameters
    ----------
    rules : Path
        Folder of the rulebook.
    book : Rulebook
        It.
    detectors : mapping of str to type
        Detector classes by id.
    named : Named
        Where the inputs of runs are now.
    proof : str
        What is wanted: ``capsule``, ``sources``, or empty for the sources where they are there.
    on_progress : callable, optional
        Called while events are measured.
    """

    def __init__(
        self,
        rules: Path,
        book: Rulebook,
        detectors: Mapping[str, type[Detector]],
        named: Named,
        proof: str = "",
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._rules, self._book, self._detectors, self._named = rules, book, detectors, named
        self._proof, self._on_progress = proof, on_progress

    def of(self, found: Sequence[Record], run: Record) -> list[Replayed]:
        """Make alerts of one run again.

        Parameters
        ----------
        found : sequence of Mapping
            The alerts with their capsules, as `surveillance.alerts.store.library.Library.show` gives them.
        run : Mapping
            Content of its run.json.

        Raises
        ------
        InputError
            The sources are wanted, and something is not there.
        """
        told = [self._judged(one, run) for one in found]
        if self._proof == "capsule":
            return self._follow(told)
        hand = at_hand(run, self._named)
        if hand.missing and self._proof == "sources":
            raise InputError([Problem("missing-input", one) for one in hand.missing])
        self._hold(hand, told)
        if not any((hand.missing, hand.differing, *(one.not_measured for one in told))):
            self._measure(hand, told, run)
            return told
        return self._follow(told)

    def _judged(self, found: Record, run: Record) -> Replayed:
        """Make an alert again from its capsule."""
        alert, capsule = found["alert"], found["capsule"]
        rebuilt = rebuild(alert, capsule, self._book, self._detectors, continues=bool(found["follows"]))
        others = list(differing_inputs(alert["lineage"], self._book))
        told = Replayed(alert, rebuilt.alert, capsule=capsule if rebuilt.sealed else None)
        told.differences += [*others, *_of_run(run, alert), *rebuilt.differences]
        if others:
            told.not_measured.append("the rules at hand are not those that made it")
        return told

    def _hold(self, hand: AtHand, told: Sequence[Replayed]) -> None:
        """Say what of the inputs differs.

        Reference data go on living. Where nothing can be measured with them, and nobody named them, that they are
        others by now is no fault of the alert.
        """
        idle = set() if not hand.missing else set(hand.differing) - {"sources", *self._named.options}
        for replayed in told:
            replayed.not_measured += hand.missing
            for option, said in hand.differing.items():
                if option in idle:
                    replayed.not_measured += said
                else:
                    replayed.differences += [*said, *self._rows(option, hand, replayed.capsule)]

    def _rows(self, option: str, hand: AtHand, capsule: Record | None) -> Iterable[str]:
        if option == "reference" and capsule is not None and hand.reference is not None:
            return differing_reference(capsule, hand.reference)
        if option == "rates" and capsule is not None and hand.rates:
            return differing_rates(capsule, hand.rates, self._book.base_currency)
        return ()

    def _measure(self, hand: AtHand, told: Sequence[Replayed], run: Record) -> None:
        setup = ready(hand, self._rules, self._named.privacy_key)
        lineage = told[0].alert["lineage"]
        differing = differing_setup(lineage, run, setup)
        if differing:
            for replayed in told:
                replayed.differences += differing
            return
        with tempfile.TemporaryDirectory(prefix="surveil-replay-") as place:
            measured = measure(setup, hand, Path(place), told[0].alert["detected_at"], self._on_progress)
        for replayed in told:
            replayed.proof = MEASURED
            made, said = against(replayed.alert, replayed.capsule, measured)
            if not replayed.differences:  # else the one from the capsule shows more of what is wrong
                replayed.made = made
            replayed.differences += said

    def _follow(self, told: list[Replayed]) -> list[Replayed]:
        """Measure what the events in the capsules are enough for."""
        plugins = load_plugins(self._book.plugins)
        for replayed in told:
            if replayed.capsule is None or replayed.differences:
                continue
            try:
                with tempfile.TemporaryDirectory(prefix="surveil-replay-") as place:
                    replayed.following = measured_again(replayed.capsule, self._book, plugins, Path(place))
            except SurveillanceError as error:
                replayed.not_measured += [f"its events are none of a feed: {problem}" for problem in error.problems]
            left = [one["rule"] for one in replayed.capsule["findings"] if one["finding_id"] not in replayed.following]
            if not left:
                replayed.proof = FOLLOWING
                continue
            what = "what the capsule holds is not all that they look at"
            kept = "of very many events the capsule holds the first and last"
            replayed.not_measured.append(
                f"{', '.join(sorted({*left}))}: {what if replayed.capsule['complete'] else kept}"
            )
        return told


def _of_run(run: Record, alert: Record) -> list[str]:
    """Return what a run.json says otherwise than an alert of its run; that of an older store may be gone."""
    said = []
    for name in _OF_RUN if run else ():
        then = alert["lineage"][name]
        digest = then["digest"] if isinstance(then, Mapping) else then
        other = (run[name] or {}).get("sha256" if name in ("reference", "rates") else "digest")
        if other != digest:
            said.append(f"run.json: its {name} has the SHA-256 {other}, that of the alert {digest}")
    return said
