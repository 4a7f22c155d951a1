"""A check as commands of GitHub's workflows, which show each problem at its line of a pull request."""

from __future__ import annotations

from surveillance.errors import Problem
from surveillance.reports.check_places import from_top
from surveillance.rules.checked import Checked


def as_github(checked: Checked) -> list[str]:
    """Return one line a problem: ``::error file=…,line=…,col=…,title=…::message``."""
    return [_line(checked, problem) for problem in checked.problems]


def _line(checked: Checked, problem: Problem) -> str:
    place = problem.location
    said = {"file": from_top(place.file) if place.file else "", "line": place.line, "col": place.column}
    fields = {**said, "title": problem.code}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in fields.items() if value)
    message = f"{problem.message}\nhint: {problem.hint}" if problem.hint else problem.message
    return f"::{checked.severity(problem)} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
