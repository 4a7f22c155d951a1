"""What can be asked of the simulator: one frozen record, checked when it is made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from surveillance.errors import InputError, Problem

VERSION: Final = "2"
"""Version of the simulator: the same seed, configuration and version give the same market day."""

SMALLEST_CROWD: Final = 60
LARGEST_CROWD: Final = 20_000
SHORTEST: Final = 20
LONGEST: Final = 390


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationConfig:
    """One simulated market day.

    Parameters
    ----------
    seed : int
        Start of every random stream; not negative.
    events : int
        Rows to aim for. The market decides how many fills an order has, so the day ends within a few per cent of it;
        labelled episodes come on top in very small days.
    day : date
        Trading day. Exchanges are open 09:30-16:00 New York, crypto venues the whole UTC day.
    instruments : int
        Number of instruments over all asset classes; at least 8.
    accounts : int
        Number of accounts; 0 lets the crowd grow with `events`, so that the day stays as busy per trader.
    episodes : int
        Labelled episodes of abuse per typology.
    hard_negatives : int
        Labelled episodes of each kind of lawful behaviour that looks like abuse.
    quotes : bool
        Also write a quote row whenever the best bid or offer of an instrument changes.
    minutes : int
        All markets open so many minutes before New York's close; 0: their usual hours.
    corpus : bool
        Play every typology, in grades of severity, rather than those of the shipped rules.
    history : int
        Ordinary days that there are before the labelled one; accounts then have hours of their own, and episodes of
        unusual hours are played. 0: none, and everybody is there as long as the market is open.
    before : int
        This day is one of them, so many weekdays before the labelled one; 0: it is the labelled one.
    """

    seed: int = 1
    events: int = 100_000
    day: date = date(2026, 3, 16)
    instruments: int = 40
    accounts: int = 0
    episodes: int = 3
    hard_negatives: int = 2
    quotes: bool = False
    minutes: int = 0
    corpus: bool = False
    history: int = 0
    before: int = 0

    def __post_init__(self) -> None:
        least = {"seed": 0, "events": 1_000, "instruments": 8, "accounts": 0, "episodes": 0, "hard_negatives": 0}
        least |= {"history": 0, "before": 0}
        problems = [
            Problem("simulation-option", f"{name} must be at least {bound:,}, but is {getattr(self, name):,}")
            for name, bound in least.items()
            if getattr(self, name) < bound
        ]
        if self.minutes < 0 or 0 < self.minutes < SHORTEST or self.minutes > LONGEST:
            what = f"minutes must be 0, or from {SHORTEST} to {LONGEST}, but is {self.minutes}"
            problems.append(Problem("simulation-option", what))
        if self.before > self.history:
            what = f"before must be at most the days of history, {self.history}, but is {self.before}"
            problems.append(Problem("simulation-option", what))
        if self.history and self.minutes:
            what = "a history needs whole days: minutes must be 0 with it"
            problems.append(Problem("simulation-option", what))
        if self.history and self.day.weekday() > 4:
            problems.append(Problem("simulation-option", f"a history needs a weekday, and {self.day} is none"))
        if 0 < self.accounts < SMALLEST_CROWD:
            hint = "leave it out to let the crowd grow with the number of events"
            problems.append(Problem("simulation-option", f"accounts must be 0 or at least {SMALLEST_CROWD}", hint=hint))
        if problems:
            raise InputError(problems)

    @property
    def crowd(self) -> int:
        """Number of accounts that the day has."""
        return self.accounts or min(max(self.events // 1_000, SMALLEST_CROWD), LARGEST_CROWD)

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration as plain values for JSON."""
        plain = {**asdict(self), "day": self.day.isoformat()}
        without = () if self.history else ("history", "before")
        return {name: value for name, value in plain.items() if name not in without}
