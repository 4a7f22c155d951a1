"""Imports that the garbage collector need not look through: they last as long as the process."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting(module: str) -> Iterator[None]:
    """Let what is imported inside be no matter of the collector, which else takes 0.1 s to find nothing.

    Parameters
    ----------
    module : str
        What is to be imported; once it is there, nothing is done.
    """
    if module in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()
