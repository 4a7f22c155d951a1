"""The face of Layering Analytics: its command and its two files, from the tape and the detectors of this house."""

from surveillance.compat.layering.pipeline import Outcome, run_pipeline

__all__ = ["Outcome", "run_pipeline"]
