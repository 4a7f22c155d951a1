"""For the authors of plugins: what shows that a detector keeps its promises.

Needs pytest, and nothing happens by importing it.
"""

from surveillance.testing.conformance import conformance, measured
from surveillance.testing.harness import NonconformingError
from surveillance.testing.notation import read_tape

__all__ = ["NonconformingError", "conformance", "measured", "read_tape"]
