"""Trade surveillance as code: a tape, detectors that measure, rules that judge."""

__version__ = "0.1.0"
