"""Blindness is a state: for each rule whether it could see, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from surveillance.detecting.detector import Detector
from surveillance.events.schema import Kind
from surveillance.rules import Rule, Rulebook
from surveillance.tape.tape import BASELINE_FIELDS, BOOK_FIELDS, ORDER_FIELDS

ARMED: Final = "armed"
WARMING: Final = "warming"
STARVED: Final = "starved"
BLIND: Final = "blind"
DISABLED: Final = "disabled"

RUNNING: Final = ("shadow", "active")
"""Statuses of rules that run."""

_BOOKED: Final = {"instrument", "side", "price", "quantity"}
"""Fields without which there is no book."""

_USUAL_OF: Final = {
    "usual": "instrument", "account": "account", "peer": "capacity", "trader": "trader", "desk": "desk",
    "venue": "venue",
}  # fmt: skip
"""Fields without which nothing is usual, by the first word of a baseline's column."""

_MADE_BY_THE_TAPE: Final = {"session", "trading_day", "terms", "time", "source", "position", "kind"}


@dataclass(frozen=True, slots=True)
class State:
    """State of one rule.

    Parameters
    ----------
    name : str
        ``armed``, ``warming`` (what is usual is not known yet), ``starved`` (its events did not come), ``blind``
        (something that it needs is missing) or ``disabled`` (its status says that it does not run).
    reason : str
        Why, for a person; empty when armed.
    """

    name: str
    reason: str = ""


def before(
    book: Rulebook, detectors: Mapping[str, type[Detector]], fields: Iterable[str], *, usual: bool = False
) -> dict[str, State]:
    """Return the states that are known before the first event, by rule id: disabled, blind, warming or armed.

    Parameters
    ----------
    book : Rulebook
        The rules.
    detectors : mapping of str to type
        Detector classes by id.
    fields : iterable of str
        Columns that the feeds, with the reference data, can fill.
    usual : bool
        Whether baselines are given.
    """
    present = _present(fields)
    return {rule.id: _before(rule, detectors[rule.detector], present, usual=usual) for rule in book.rules}


def armed(
    book: Rulebook, detectors: Mapping[str, type[Detector]], fields: Iterable[str], *, usual: bool = False
) -> list[Rule]:
    """Return the rules that can run; see `before`. Two of them may have one id, where two rulebooks are judged."""
    present = _present(fields)
    states = ((rule, _before(rule, detectors[rule.detector], present, usual=usual)) for rule in book.rules)
    return [rule for rule, state in states if state.name == ARMED]


def _present(fields: Iterable[str]) -> set[str]:
    present = {*fields, *_MADE_BY_THE_TAPE}
    if "order" in present:
        present.update(ORDER_FIELDS)
    if present >= _BOOKED:
        present.update(BOOK_FIELDS)
    present.update(name for name in BASELINE_FIELDS if _USUAL_OF[name.partition("_")[0]] in present)
    return present


def _before(rule: Rule, detector: type[Detector], present: set[str], *, usual: bool) -> State:
    if rule.status not in RUNNING:
        return State(DISABLED, f"its status is {rule.status}")
    read = _reads(rule, detector)
    if rule.effective(None, None) is None and "asset_class" not in present:
        return State(BLIND, "the feed does not say the asset class, and the rule applies to some classes only")
    missing = sorted(read - present)
    if missing:
        noun = "field" if len(missing) == 1 else "fields"
        return State(BLIND, f"the feed has no {noun} {', '.join(missing)}")
    if not usual and read & set(BASELINE_FIELDS):
        return State(WARMING, "no baselines were given, and it needs what is usual: --baselines DIR learns it")
    return State(ARMED)


def _reads(rule: Rule, detector: type[Detector]) -> set[str]:
    """Return the columns that a rule's detector reads under any of its parameters."""
    return {name for one in (None, *rule.asset_classes) for name in detector(rule.params(one)).reads}


def after(
    rule: Rule,
    state: State,
    detector: type[Detector],
    kinds: Mapping[Kind, int],
    faults: Mapping[str, str],
    fields: Iterable[str],
    cold: str = "",
) -> State:
    """Return the state of a rule after the last event.

    Parameters
    ----------
    kinds : mapping of Kind to int
        Events seen of each kind.
    faults : mapping of str to str
        What made rules blind while they ran, by rule id: a plugin that raised, a sum that did not fit.
    fields : iterable of str
        As in `before`.
    cold : str
        Why nobody knows what is usual; empty where it is known.
    """
    if state.name != ARMED:
        return state
    if cold and _reads(rule, detector) & set(BASELINE_FIELDS):
        return State(WARMING, cold)
    if rule.id in faults:
        return State(BLIND, faults[rule.id])
    quoted, ordered = kinds.get(Kind.QUOTE), kinds.get(Kind.ORDER) and "order" in set(fields)
    if not (quoted or ordered) and _reads(rule, detector) & set(BOOK_FIELDS):
        return State(BLIND, "there are neither orders with ids nor quotes, so nobody knows the book")
    absent = [kind.name.lower() for kind in detector.needs.kinds if not kinds.get(kind)]
    if absent:
        return State(STARVED, f"no {' and no '.join(absent)} event came")
    return state
