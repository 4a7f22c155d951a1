"""Both modules under names of their own, so that one process can hold either."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import types


def load(path: str | None) -> types.ModuleType:
    """Return the module in a file, quiet; the shipped one without a file."""
    if path is None:
        import trade_surveillance_pipeline

        return trade_surveillance_pipeline
    spec = importlib.util.spec_from_file_location("module_before", path)
    module = importlib.util.module_from_spec(spec)
    with contextlib.redirect_stdout(io.StringIO()):
        spec.loader.exec_module(module)
    module.print = lambda *_args, **_kwargs: None
    return module
