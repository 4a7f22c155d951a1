"""How a detector's aggregates are read: each at the anchors of a step, and the numbers that are made from some."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from numpy.typing import NDArray

from surveillance.tape.kept import Kept
from surveillance.tape.windows import Handle

IntArray = NDArray[Any]


def readers(
    handles: Mapping[str, Handle | Kept], derived: Mapping[str, tuple[Callable[..., Any], tuple[str, ...]]]
) -> dict[str, Callable[[], IntArray]]:
    """Return how each aggregate, and each number made from some, is read.

    Parameters
    ----------
    handles : mapping of str to Handle or Kept
        Aggregates by the names that the detector gives them.
    derived : mapping of str to (callable, tuple of str)
        What makes a number, and of which aggregates; see `WindowDetector.derived`.
    """
    read = {name: partial(_read, handle) for name, handle in handles.items()}
    made = {name: partial(_make, make, [read[part] for part in parts]) for name, (make, parts) in derived.items()}
    return {**read, **made}


def _read(handle: Handle | Kept) -> IntArray:
    return handle.values


def _make(make: Callable[..., Any], parts: list[Callable[[], IntArray]]) -> IntArray:
    result: IntArray = make(*(part() for part in parts))
    return result
