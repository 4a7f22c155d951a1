"""One error root: every error the project raises on purpose has a code, a place and a hint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Location:
    """Where something is wrong.

    Parameters
    ----------
    file : str
        Path as the user wrote it.
    line, column : int
        Both start at 1; 0 means unknown.
    path : str
        Path inside a document, such as ``when.volume.at_least``.
    """

    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += f":{self.line}"
        if self.column:
            place += f":{self.column}"
        return place


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, as a compiler would report it.

    Parameters
    ----------
    code : str
        Stable kebab-case identifier, such as ``unknown-field``.
    message : str
        One sentence for the person who has to mend it.
    location : Location
        Where it is.
    hint : str
        What to do about it; empty when there is nothing useful to say.
    """

    code: str
    message: str
    location: Location = Location()
    hint: str = ""

    def __str__(self) -> str:
        place = str(self.location)
        text = f"{place}: {self.message}" if place else self.message
        if self.location.path:
            text += f" (at {self.location.path})"
        text += f" [{self.code}]"
        return f"{text}\n    hint: {self.hint}" if self.hint else text

    def as_dict(self) -> dict[str, Any]:
        """Return the problem as plain values for JSON."""
        return {
            "code": self.code,
            "message": self.message,
            "file": self.location.file,
            "line": self.location.line,
            "column": self.location.column,
            "path": self.location.path,
            "hint": self.hint,
        }


class SurveillanceError(Exception):
    """Root of every error that the project raises on purpose.

    Parameters
    ----------
    problems : Problem or list of Problem
        All that is wrong; never only the first.
    """

    exit_status = 70

    def __init__(self, problems: Problem | list[Problem]) -> None:
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InputError(SurveillanceError):
    """A source, a feed profile or an option cannot be used."""

    exit_status = 2


class RulesError(SurveillanceError):
    """A rulebook is not valid."""

    exit_status = 3


class PluginError(SurveillanceError):
    """A plugin cannot be loaded or breaks the detector contract."""

    exit_status = 3
