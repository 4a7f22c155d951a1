"""What an operator can set of the desk pipeline, from the environment; read once for each call."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from surveillance.errors import InputError, Problem

_PREFIX: Final = "TRADE_SURVEILLANCE_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the desk pipeline, each from the variable ``TRADE_SURVEILLANCE_`` + its name in capitals.

    Parameters
    ----------
    workers : int
        Most desks that are fetched at a time.
    deadline_s : float
        How long all attempts to fetch one desk's feed may take, s.
    backoff_s, backoff_most_s : float
        Longest wait before the second attempt, and before any, s; it doubles from one to the next.
    alerts : str
        File to which `process_all_desks` appends its alerts; ``off``: nowhere; empty: the user's state folder.
    """

    workers: int = 6
    deadline_s: float = 45.0
    backoff_s: float = 0.5
    backoff_most_s: float = 8.0
    alerts: str = ""


def read_settings() -> Settings:
    """Return the settings.

    Raises
    ------
    InputError
        With all variables that are no numbers above 0.
    """
    usual, problems = Settings(), list[Problem]()
    settings = Settings(
        workers=int(_number("workers", usual.workers, problems, whole=True)),
        deadline_s=_number("deadline_s", usual.deadline_s, problems),
        backoff_s=_number("backoff_s", usual.backoff_s, problems),
        backoff_most_s=_number("backoff_most_s", usual.backoff_most_s, problems),
        alerts=os.environ.get(_PREFIX + "ALERTS", usual.alerts).strip(),
    )
    if problems:
        raise InputError(problems)
    return settings


def _number(name: str, usual: float, problems: list[Problem], *, whole: bool = False) -> float:
    variable = _PREFIX + name.upper()
    text = os.environ.get(variable, "").strip()
    if not text:
        return usual
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        word = "a whole number" if whole else "a number"
        problems.append(Problem("bad-setting", f"{variable} is {text!r}, not {word} above 0"))
        return usual
    return value
