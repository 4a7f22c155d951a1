"""What is missing in the words of a detector: they are all that a rule author sees of it."""

from __future__ import annotations

import inspect
import re
from typing import Any

import msgspec

from surveillance.detecting.detector import Detector


def undocumented(detector: type[Detector], params: Any) -> list[str]:
    """Return what rule authors are not told.

    Parameters
    ----------
    detector : type of Detector
        The class.
    params : msgspec.Struct
        Parameters that it can be bound to.

    Returns
    -------
    list of str
        One sentence each; empty when nothing is missing.
    """
    wrong = []
    text = inspect.cleandoc(vars(detector).get("__doc__") or "")
    first = text.partition("\n")[0]
    if not first:
        wrong.append(f"{detector.__name__} has no docstring: `surveil detectors list` shows its first line")
    elif not first.endswith("."):
        wrong.append(f"the first line of {detector.__name__}'s docstring is not a sentence: {first!r}")
    for name, measure in detector.measures_of(params).items():
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            wrong.append(f"the measure {name!r} is not a name that a rule can use: lower case, digits and _")
        if not measure.meaning.endswith("."):
            wrong.append(f"the meaning of the measure {name} is not a sentence: {measure.meaning!r}")
    wrong += [
        f"the parameter {name} is described nowhere: say it in the Parameters section of {type(params).__name__}'s "
        "docstring, or name it in backticks in the detector's"
        for name in _fields(type(params))
        if not _is_described(name, detector, type(params))
    ]
    return wrong


def _fields(params: type[msgspec.Struct]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(params)]


def parameter_meanings(params: type[msgspec.Struct]) -> dict[str, str]:
    """Return what the Parameters section of a docstring says of each parameter."""
    said = inspect.cleandoc(params.__doc__ or "").partition("Parameters\n----------\n")[2]
    meanings: dict[str, str] = {}
    for names, text in re.findall(r"^(\w+(?:, \w+)*) : .+\n((?: +\S.*\n?)+)", said, re.MULTILINE):
        meanings |= dict.fromkeys(names.split(", "), " ".join(text.split()))
    return meanings


def _is_described(name: str, detector: type[Detector], params: type[msgspec.Struct]) -> bool:
    """Tell whether a parameter has a description of its own, a line in a docstring, or a mention in backticks."""
    schema = msgspec.json.schema(params)
    properties = schema.get("$defs", {}).get(params.__name__, {}).get("properties", {})
    if properties.get(name, {}).get("description") or name in parameter_meanings(params):
        return True
    return any(f"`{name}`" in inspect.cleandoc(one.__doc__ or "") for one in (params, detector))
