"""Finding detectors: every plugin, the built-ins included, comes through the same entry points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final

import pluggy

from surveillance.detecting import hookspecs
from surveillance.detecting.declarations import flaws_of
from surveillance.detecting.detector import Detector
from surveillance.errors import PluginError, Problem

BUILT_IN: Final = "trade-surveillance"

DECLARES_API: Final = "SURVEILLANCE_API"
"""Name under which an entry point's module may say for which version of `surveillance.api` it was written."""


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


class _RefusedError(Exception):
    """A plugin cannot be used, for a reason that is ours to tell."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def load_plugins(allowed: Iterable[str] | None = None) -> dict[str, Loaded]:
    """Load the detectors of all plugins that may load.

    Parameters
    ----------
    allowed : iterable of str, optional
        Distributions that may load; of others nothing is imported. By default all that are installed.

    Returns
    -------
    dict of str to Loaded
        By detector id.

    Raises
    ------
    PluginError
        A plugin does not load, was written for another version of the API, brings something else than detectors, or
        brings an id that another has: all that is wrong with all of them, each with its plugin's name and version.
    """
    found: dict[str, Loaded] = {}
    problems: list[Problem] = []
    for point in _entry_points(allowed):
        name, version = _distribution(point)
        who = f"plugin {name} {version} ({point.value})"
        try:
            classes = _detectors_of(point)
        except _RefusedError as error:
            problems.append(Problem(error.code, f"{who} {error.message}", hint=error.hint))
            continue
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin can raise anything; the start stops and names it
            hint = f"mend or uninstall {name}, or take it out of `plugins` in rulebook.yaml"
            problems.append(Problem("plugin-load", f"{who} does not load: {type(error).__name__}: {error}", hint=hint))
            continue
        for one in classes:
            wrong = flaws_of(one)
            if wrong:
                problems += [Problem("plugin-detector", f"{who}: {each}") for each in wrong]
            elif one.id in found:
                other = found[one.id].distribution
                hint = "an id is for ever one detector's; begin those of a plugin with a name of its own"
                problems.append(
                    Problem("plugin-duplicate", f"{who} brings {one.id}, which {other} already has", hint=hint)
                )
            else:
                found[one.id] = Loaded(one, name, version)
    if problems:
        raise PluginError(problems)
    return found


def load_detectors(allowed: Iterable[str] | None = None) -> dict[str, type[Detector]]:
    """Load the detector classes of all plugins that may load, by id; see `load_plugins`."""
    return {name: one.detector for name, one in load_plugins(allowed).items()}


def not_allowed(allowed: Iterable[str]) -> list[str]:
    """Return the distributions that bring detectors and may not load; nothing of them is imported."""
    names = {_distribution(point)[0] for point in metadata.entry_points(group=hookspecs.GROUP)}
    permitted = {_normal(name) for name in allowed}
    return sorted(name for name in names if _normal(name) not in permitted)


def _entry_points(allowed: Iterable[str] | None) -> Iterator[metadata.EntryPoint]:
    permitted = None if allowed is None else {_normal(name) for name in allowed}
    points = metadata.entry_points(group=hookspecs.GROUP)
    for point in sorted(points, key=lambda one: (_distribution(one)[0] != BUILT_IN, _distribution(one), one.name)):
        if permitted is None or _normal(_distribution(point)[0]) in permitted:
            yield point


def _distribution(point: metadata.EntryPoint) -> tuple[str, str]:
    return (point.value, "") if point.dist is None else (point.dist.name, point.dist.version)


def _detectors_of(point: metadata.EntryPoint) -> list[type[Detector]]:
    plugin = point.load()
    _check_api(plugin)
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, name=point.name)
    manager.check_pending()
    if not manager.get_hookcallers(plugin):
        message = "implements no hook, so it would be loaded for nothing"
        raise _RefusedError("plugin-empty", message, "mark its function surveillance_detectors with @hookimpl")
    return [one for offered in manager.hook.surveillance_detectors() for one in offered]


def _check_api(plugin: Any) -> None:
    wanted = getattr(plugin, DECLARES_API, hookspecs.API_VERSION)
    if wanted == hookspecs.API_VERSION:
        return
    newer = isinstance(wanted, int) and wanted > hookspecs.API_VERSION
    hint = (
        f"install a newer {BUILT_IN}, or an older version of the plugin"
        if newer
        else f"install a newer version of the plugin; {DECLARES_API} is a whole number"
    )
    message = f"was written for version {wanted!r} of surveillance.api, and this is version {hookspecs.API_VERSION}"
    raise _RefusedError("plugin-api", message, hint)


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
