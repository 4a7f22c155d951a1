"""What may not leave a run that writes pseudonyms: raw records, values in messages, ids in suppressions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from surveillance.errors import Problem, SurveillanceError
from surveillance.privacy import Pseudonyms
from surveillance.rules import Suppression

_WITHHELD: Final = "more is withheld for privacy"

_RAISED: Final = re.compile(r"( raised \w+): .*( \([^()]*, line \d+\))$", re.DOTALL)

_SAY_NO_DATA: Final = frozenset(
    {
        "calendar-too-short", "cannot-write", "duplicate-source", "empty-file", "missing-extra", "no-base-currency",
        "no-privacy-key", "no-such-file", "not-a-file", "short-privacy-key", "unknown-calendar", "unknown-format",
    }
)  # fmt: skip
"""Codes of problems that quote paths and options only. What is not listed is taken to quote data."""


@contextmanager
def withholding(privacy: Pseudonyms | None) -> Iterator[None]:
    """Take out of errors what could be data; their codes and places stay.

    Parameters
    ----------
    privacy : Pseudonyms or None
        None: errors pass as they are.
    """
    if privacy is None:
        yield
        return
    try:
        yield
    except SurveillanceError as error:
        raise type(error)([_bare(problem) for problem in error.problems]) from None
    except OSError:
        raise  # names a file, never what is in it
    except Exception as error:  # noqa: BLE001 - raised again, without its words
        # an exception of any library can quote a value; its kind and place are enough to mend a fault
        bare = RuntimeError(f"{type(error).__name__}; {_WITHHELD}")
        raise bare.with_traceback(error.__traceback__) from None


def _bare(problem: Problem) -> Problem:
    if problem.code in _SAY_NO_DATA:
        return problem
    return Problem(problem.code, f"{problem.code.replace('-', ' ')}; {_WITHHELD}", replace(problem.location, path=""))


def bare_reject(reject: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reject without the record and its values; source and line lead to them who may see them."""
    reason = " ".join(filter(None, (reject["field"], str(reject["code"]).replace("-", " "))))
    return {**reject, "reason": f"{reason}; {_WITHHELD}", "raw": None}


def bare_fault(fault: str) -> str:
    """Return why a rule turned blind without what an exception said; its kind and place stay."""
    return _RAISED.sub(rf"\1; {_WITHHELD}\2", fault)


def veiled(suppression: Suppression, privacy: Pseudonyms) -> Suppression:
    """Return a suppression whose scope, written with clear ids, matches findings that show pseudonyms.

    Its reason is free text that may name anybody, so it is withheld; the suppression's file has it.
    """
    scope = {name: frozenset(privacy.of(name, value) for value in values) for name, values in suppression.scope.items()}
    return replace(suppression, reason=_WITHHELD.capitalize(), scope=scope)
