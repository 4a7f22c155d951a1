"""A document as it was written: plain values, and for each of them the place where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from surveillance.errors import Location, Problem

Path = tuple[str | int, ...]
"""Way from the top of a document to a value: keys of mappings and positions in lists."""

Mark = tuple[int, int]
"""Line and column, both from 1."""


def show_path(path: Iterable[str | int]) -> str:
    """Write a path as a person would: ``tests[0].expect``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file.

    Parameters
    ----------
    file : str
        Path as the user wrote it.
    value : Any
        Mappings, lists, texts, `int`, `Decimal`, `bool` or `None`; never a float.
    marks : Mapping
        Path to the place of the value.
    keys : Mapping
        Path to the place of the key that leads to the value.
    texts : Mapping
        Path to the text of a number, as it was written.
    blocks : Mapping
        Path to the place of the first character of a text written below a ``|``.
    """

    file: str
    value: Any
    marks: Mapping[Path, Mark] = field(default_factory=dict)
    keys: Mapping[Path, Mark] = field(default_factory=dict)
    texts: Mapping[Path, str] = field(default_factory=dict)
    blocks: Mapping[Path, Mark] = field(default_factory=dict)

    def at(self, path: Path) -> Location:
        """Return the place of a value, or of the nearest one around it."""
        return self._locate(self.marks, path)

    def at_key(self, path: Path) -> Location:
        """Return the place of the key that leads to a value, or of the nearest value around it."""
        return self._locate(self.keys, path) if path in self.keys else self.at(path)

    def written(self, path: Path, value: object) -> str:
        """Return a value as it was written."""
        return self.texts.get(path, str(value))

    def problem(self, code: str, message: str, path: Path, hint: str = "", *, key: bool = False) -> Problem:
        """Return a problem that points at a value, or at its key."""
        return Problem(code, message, self.at_key(path) if key else self.at(path), hint)

    def _locate(self, marks: Mapping[Path, Mark], path: Path) -> Location:
        around = path
        while around and around not in marks:
            around = around[:-1]
        line, column = marks.get(around, (1, 1))
        return Location(self.file, line, column, show_path(path))


def describe(value: object) -> str:
    """Say what a value is, briefly: texts are quoted, containers are named."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    text = text if len(text) <= 60 else f"{text[:60]}…"
    return f"'{text}'" if isinstance(value, str) else text
