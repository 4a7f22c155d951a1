"""The law of versions: what a change of the rulebook demands of its number, computed and not guessed.

After falco's written law for its rule sets: who takes a new release must not silently lose alerts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from surveillance.rules.change import Change, Effect

STEPS: Final = ("none", "patch", "minor", "major")
"""From the least to the most."""

_DEMANDS: Final = {Effect.LESS: "major", Effect.UNPROVEN: "major", Effect.MORE: "minor", Effect.WORDS: "patch"}
VERSION: Final = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)


def demanded(changes: Iterable[Change], *, lost: bool = False, gained: bool = False) -> str:
    """Return the step that changes demand: ``none``, ``patch``, ``minor`` or ``major``.

    Parameters
    ----------
    changes : iterable of Change
        All that differs.
    lost, gained : bool
        Whether a tape showed that alerts are lost or scored lower, or gained or scored higher; that can only raise the
        step.
    """
    steps = [_DEMANDS[one.effect] for one in changes]
    steps += ["major"] * lost + ["minor"] * gained
    return max(steps, key=STEPS.index, default="none")


def demand_of(change: Change) -> str:
    """Return the step that one change demands."""
    return _DEMANDS[change.effect]


def next_version(version: str, step: str) -> str:
    """Return the least version that a step demands after another.

    Raises
    ------
    ValueError
        `version` is not three whole numbers with dots between.
    """
    major, minor, patch = read_version(version)
    return {
        "none": version,
        "patch": f"{major}.{minor}.{patch + 1}",
        "minor": f"{major}.{minor + 1}.0",
        "major": f"{major + 1}.0.0",
    }[step]


def read_version(version: str) -> tuple[int, int, int]:
    """Return a version's three numbers.

    Raises
    ------
    ValueError
        It has not three numbers.
    """
    found = VERSION.fullmatch(version)
    if found is None:
        raise ValueError(f"{version!r} is not a version, such as 1.4.0")
    major, minor, patch = map(int, found.groups())
    return major, minor, patch


def step_between(old: str, new: str) -> str:
    """Return the step from one version to another; ``none`` when it is not later."""
    before, after = read_version(old), read_version(new)
    if after <= before:
        return "none"
    return "major" if after[0] > before[0] else "minor" if after[1] > before[1] else "patch"
