"""Finding detectors: every plugin, the built-ins included, comes through the same entry points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from typing import Final

import pluggy

from surveillance.detecting import hookspecs
from surveillance.detecting.detector import Detector
from surveillance.errors import PluginError, Problem

BUILT_IN: Final = "trade-surveillance"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A detector and where it came from.

    Parameters
    ----------
    detector : type of Detector
        The class.
    distribution, version : str
        The installed package that brought it.
    """

    detector: type[Detector]
    distribution: str
    version: str


def load_plugins(allowed: Iterable[str] | None = None) -> dict[str, Loaded]:
    """Load the detectors of all plugins that may load.

    Parameters
    ----------
    allowed : iterable of str, optional
        Distributions that may load; by default all that are installed.

    Returns
    -------
    dict of str to Loaded
        By detector id.

    Raises
    ------
    PluginError
        A plugin does not load, brings something else than detectors, or brings an id that another has.
    """
    permitted = None if allowed is None else {_normal(name) for name in allowed}
    found: dict[str, Loaded] = {}
    problems: list[Problem] = []
    for point in sorted(metadata.entry_points(group=hookspecs.GROUP), key=lambda one: one.name):
        name = point.dist.name if point.dist is not None else point.value
        version = point.dist.version if point.dist is not None else ""
        if permitted is not None and _normal(name) not in permitted:
            continue
        who = f"plugin {name} {version} ({point.value})"
        try:
            classes = _detectors_of(point)
        except Exception as error:  # noqa: BLE001 - a plugin can raise anything; the start stops and names it
            problems.append(Problem("plugin-load", f"{who} does not load: {type(error).__name__}: {error}"))
            continue
        for one in classes:
            wrong = _flaw(one)
            if wrong:
                problems.append(Problem("plugin-detector", f"{who}: {wrong}"))
            elif one.id in found:
                other = found[one.id].distribution
                problems.append(Problem("plugin-duplicate", f"{who} brings {one.id}, which {other} already has"))
            else:
                found[one.id] = Loaded(one, name, version)
    if problems:
        raise PluginError(problems)
    return found


def load_detectors(allowed: Iterable[str] | None = None) -> dict[str, type[Detector]]:
    """Load the detector classes of all plugins that may load, by id; see `load_plugins`."""
    return {name: one.detector for name, one in load_plugins(allowed).items()}


def _detectors_of(point: metadata.EntryPoint) -> list[type[Detector]]:
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    manager.register(point.load(), name=point.name)
    manager.check_pending()
    return [one for offered in manager.hook.surveillance_detectors() for one in offered]


def _flaw(one: object) -> str:
    """Say what keeps a class from being a detector; empty when nothing does."""
    if not (isinstance(one, type) and issubclass(one, Detector)):
        return f"{one!r} is not a subclass of Detector"
    missing = [name for name in ("id", "version", "key", "shard", "needs", "measures") if not hasattr(one, name)]
    if missing:
        return f"{one.__name__} does not say its {', '.join(missing)}"
    if getattr(one, "__abstractmethods__", None):
        return f"{one.__name__} does not define {', '.join(sorted(one.__abstractmethods__))}"
    return ""


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
