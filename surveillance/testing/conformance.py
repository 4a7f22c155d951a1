"""The conformance kit: one line in a plugin's tests shows that a detector keeps its promises to the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from surveillance.alerts.values import exact
from surveillance.detecting.detector import Detector
from surveillance.detecting.measure import Unit
from surveillance.documents.document import Document
from surveillance.errors import RulesError
from surveillance.rules.clock import show_moment
from surveillance.rules.params import read_params
from surveillance.testing.case import Case
from surveillance.testing.checks import CHECKS
from surveillance.testing.flows import Flow
from surveillance.testing.harness import Subject
from surveillance.testing.notation import read_tape

Settings = Mapping[str, Any] | msgspec.Struct
"""Parameters as a rule writes them, ``{"window": "30m"}``, or as the detector takes them."""


def conformance(
    detector: type[Detector], *settings: Settings, tapes: Iterable[str] = (), slowest: int = 1_500
) -> Callable[..., None]:
    """Make a pytest test of everything that the engine expects of a detector.

    ``test_mine = conformance(Mine, {"window": "30m"})`` is a whole test; each check shows as a test of its own. The
    flows that it uses have hot keys, steady abuse, episodes over days, gaps, equal times, busts, corrections and
    nulls, all fitted to how far the detector looks.

    Parameters
    ----------
    detector : type of Detector
        The class.
    *settings : mapping or Params
        Parameters to test it with, each in turn; the defaults of its `Params` when there are none.
    tapes : iterable of str
        Tapes in the short notation to run it over as well: for patterns that the kit's flows do not have.
    slowest : int
        ns an event of CPU time that `measure` may take.

    Returns
    -------
    callable
        A parametrised test, to be assigned to a name that begins with ``test_``.

    Raises
    ------
    RulesError
        The detector does not take the settings.
    """
    import pytest

    flows = [_flow(text, f"tape {number}") for number, text in enumerate(tapes, 1)]
    cases = [Case(Subject(detector, params_of(detector, each)), flows, slowest) for each in settings or ({},)]
    names = [_named(case.subject.params) for case in cases]

    @pytest.mark.parametrize("case", cases, ids=names)
    @pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
    def test(case: Case, check: Callable[[Case], Any], record_property: Callable[[str, object], None]) -> None:
        __tracebackhide__ = True
        for name, value in (check(case) or {}).items():
            record_property(name, value)

    test.__doc__ = f"{detector.__name__} keeps its promises to the engine."
    made: Callable[..., None] = test
    return made


def measured(detector: type[Detector], tape: str, settings: Settings | None = None) -> list[dict[str, Any]]:
    """Return the candidates that a detector finds on a tape in the short notation.

    Parameters
    ----------
    detector : type of Detector
        The class.
    tape : str
        Such as ``+0m order A1 IBM buy 100 @ 10``, one event a line.
    settings : mapping or Params, optional
        Its parameters.

    Returns
    -------
    list of dict
        For each candidate its key, ``at`` (when, as in the notation) and its measures, as a finding shows them: a
        share of 60 % is 0.6, a quantity is as written, and what cannot be known is None; in the order of time.
    """
    params = params_of(detector, settings or {})
    flow, subject = _flow(tape, "tape"), Subject(detector, params)
    run = subject.run(flow)
    units = detector.measures_of(params)
    found = []
    for place, key in enumerate(run.keys):
        terms = flow.dictionaries.terms.rows[flow.batch.columns["terms"][run.table["position"][place]]]
        values = {}
        for name, measure in units.items():
            scale = subject.bound.scale(name)
            if scale is None:
                scale = 10 ** terms[2 if measure.unit is Unit.PRICE else 3]
            value = exact(int(run.table[name][place]), scale)
            values[name] = float(value) if isinstance(value, Decimal) else value
        found.append({**key, "at": show_moment(int(run.table["time"][place])), **values})
    return found


def params_of(detector: type[Detector], settings: Settings) -> msgspec.Struct:
    """Return a detector's parameters from the way a rule writes them.

    Raises
    ------
    RulesError
        The detector does not take them.
    """
    if isinstance(settings, msgspec.Struct):
        return settings
    document = Document(f"{detector.__name__}.Params", {"params": dict(settings)})
    params, problems = read_params(document, {name: ("params", name) for name in settings}, detector.Params, "USD")
    if params is None:
        raise RulesError(problems)
    return params


def _flow(text: str, name: str) -> Flow:
    batch, dictionaries = read_tape(text)
    return Flow(name, batch, dictionaries)


def _named(params: msgspec.Struct) -> str:
    """Return a short name for a test's id."""
    shown = msgspec.json.encode(params).decode().translate({ord(char): None for char in '{}"'})
    return shown if len(shown) <= 80 else f"{shown[:80]}…"
