"""What a plugin can offer: one function a hook."""

from __future__ import annotations

from typing import Final

import pluggy

from surveillance.detecting.detector import Detector

GROUP: Final = "surveillance.detectors"
"""Entry-point group of detector plugins."""

API_VERSION: Final = 1
"""Grows when a name of `surveillance.api` changes its meaning; see `DECLARES_API` in `plugins`."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def surveillance_detectors() -> list[type[Detector]]:  # type: ignore[empty-body]
    """Return the detector classes that the plugin brings."""
