"""What must be true of a detector's class body before anything runs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from surveillance.detecting.detector import Detector
from surveillance.detecting.measure import Measure, Needs
from surveillance.events.schema import COLUMN, Kind
from surveillance.tape.rows import KEY_FIELDS
from surveillance.tape.tape import BASELINE_FIELDS, BOOK_FIELDS, ORDER_FIELDS

_FIELDS: Final = (*COLUMN, *ORDER_FIELDS, *BOOK_FIELDS, *BASELINE_FIELDS)
_DECLARED: Final = ("id", "version", "key", "shard", "needs", "measures")
_ID: Final = re.compile(r"[a-z][a-z0-9_]*([.-][a-z0-9_]+)*")


def flaws_of(one: object) -> list[str]:
    """Say what keeps an object from being a detector.

    Parameters
    ----------
    one : object
        What a plugin brought.

    Returns
    -------
    list of str
        All that is wrong, a sentence each; empty when nothing is.
    """
    if not (isinstance(one, type) and issubclass(one, Detector)):
        return [f"{one!r} is not a subclass of Detector"]
    name = one.__name__
    missing = [declared for declared in _DECLARED if not hasattr(one, declared)]
    if missing:
        return [f"{name} does not say its {', '.join(missing)}"]
    wrong = []
    undefined = sorted(getattr(one, "__abstractmethods__", ()))
    if undefined:
        wrong.append(f"{name} does not define {', '.join(undefined)}")
    if not (isinstance(one.id, str) and _ID.fullmatch(one.id)):
        wrong.append(f"{name}.id is {one.id!r}, not lower-case words joined by dots or hyphens, such as 'wash.churn'")
    if not (isinstance(one.version, str) and one.version):
        wrong.append(f"{name}.version is {one.version!r}, not text such as '1'")
    wrong += _key_flaws(one, name)
    wrong += _needs_flaws(one, name)
    if not (isinstance(one.measures, Mapping) and all(isinstance(each, Measure) for each in one.measures.values())):
        wrong.append(f"{name}.measures is not a mapping of names to Measure")
    if not (isinstance(one.Params, type) and issubclass(one.Params, msgspec.Struct)):
        wrong.append(f"{name}.Params is not a subclass of Params")
    elif not one.Params.__struct_config__.frozen:
        wrong.append(f"{name}.Params can be changed after it was made: declare it with frozen=True")
    return wrong


def _key_flaws(one: type[Detector], name: str) -> list[str]:
    wrong = []
    for attribute in ("key", "shard"):
        value: Any = getattr(one, attribute)
        if not isinstance(value, tuple):
            wrong.append(f"{name}.{attribute} is {value!r}, not a tuple of columns, such as ('account',)")
        else:
            wrong += [f"{name}.{attribute}: {problem}" for problem in _unknown(value, KEY_FIELDS, "no key column")]
    return wrong


def _needs_flaws(one: type[Detector], name: str) -> list[str]:
    if not isinstance(one.needs, Needs):
        return [f"{name}.needs is not Needs(kinds=…, fields=…)"]
    wrong = [f"{name}.needs.kinds: {kind!r} is not a Kind" for kind in one.needs.kinds if not isinstance(kind, Kind)]
    return wrong + [f"{name}.needs.fields: {problem}" for problem in _unknown(one.needs.fields, _FIELDS, "no column")]


def _unknown(names: Iterable[Any], known: Iterable[str], what: str) -> list[str]:
    problems = []
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(str(name), list(known), n=1)
            problems.append(f"{name!r} is {what}" + (f"; did you mean {close[0]!r}?" if close else ""))
    return problems
