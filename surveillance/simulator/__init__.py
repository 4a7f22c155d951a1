"""A labelled market day from a seed: orders, fills and quotes out of matching books, with known abuse among them."""

from __future__ import annotations

from surveillance.simulator.config import SimulationConfig
from surveillance.simulator.simulation import Simulation, SimulationSummary, simulate, simulate_to, write
from surveillance.simulator.truth import Label

__all__ = ["Label", "Simulation", "SimulationConfig", "SimulationSummary", "simulate", "simulate_to", "write"]
