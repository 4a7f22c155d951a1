"""A YAML file as plain values, and the line and column of each of them.

Scalars are what they look like: ``no`` and ``12:30`` are text, dates are text, and a key may be written once.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import yaml

from surveillance.errors import InputError, Location, Problem

Place = tuple[int, int]
Steps = tuple["str | int", ...]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_INT = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")


def read_yaml(path: Path) -> tuple[Any, dict[Steps, Place]]:
    """Read a YAML file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    tuple
        The values, and the place (line and column, from 1) of each of them by its steps from the top.

    Raises
    ------
    InputError
        If it cannot be read, is not YAML, or writes a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=_LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem("unreadable-file", f"cannot be read: {error}", Location(str(path)))) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = Location(str(path), mark.line + 1, mark.column + 1) if mark else Location(str(path))
        what = getattr(error, "problem", None) or str(error)
        raise InputError(Problem("bad-yaml", f"is not YAML: {what}", where)) from None
    places: dict[Steps, Place] = {}
    problems: list[Problem] = []
    value = _build(node, (), places, problems, str(path), set()) if node is not None else None
    if problems:
        raise InputError(problems)
    return value, places


def _build(
    node: yaml.Node, steps: Steps, places: dict[Steps, Place], problems: list[Problem], file: str, above: set[int]
) -> Any:
    places[steps] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if id(node) in above:
        problems.append(Problem("bad-yaml", "an alias contains itself", Location(file, *places[steps])))
        return None
    above = above | {id(node)}
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in found:
                where = Location(file, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
                problems.append(Problem("duplicate-key", f"{key!r} is written twice", where))
            found[key] = _build(value_node, (*steps, key), places, problems, file, above)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, (*steps, index), places, problems, file, above) for index, child in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None):  # quoted or a block; libyaml says "" and not None of a plain one
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
