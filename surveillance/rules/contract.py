"""What the rules need to know of a detector: its name, its measures and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

import msgspec

from surveillance.detecting.measure import Measure


class MeasuringDetector(Protocol):
    """A detector as rules see it: bound to its parameters, it says how its measures are scaled."""

    id: ClassVar[str]
    version: ClassVar[str]
    Params: ClassVar[type[msgspec.Struct]]

    @property
    def key(self) -> tuple[str, ...]:
        """Fields that say what a candidate is about."""

    @classmethod
    def measures_of(cls, params: Any, /) -> Mapping[str, Measure]:
        """Return what is measured under these parameters, by name."""

    def scale(self, measure: str) -> int | None:
        """Return the whole-number units per one of a measure; None: the instrument's own scale."""


Detectors = Mapping[str, Any]
"""Detector classes by id. (A class whose instances satisfy `MeasuringDetector`, called with its Params.)"""
