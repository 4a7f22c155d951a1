"""Curves of precision against recall, as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from surveillance.errors import InputError, Location, Problem
from surveillance.evaluation.curves import Point


def plot_curves(curves: Mapping[str, Sequence[Point]], path: Path) -> None:
    """Draw precision against recall, a line for each name.

    Parameters
    ----------
    curves : Mapping
        Name to its points.
    path : Path
        A file that ends in .svg, .png or .pdf.

    Raises
    ------
    InputError
        matplotlib is not installed, or the file cannot be written.
    """
    try:
        import matplotlib as mpl

        mpl.use("Agg")
        from matplotlib import pyplot as plt
    except ImportError as error:
        hint = "pip install 'trade-surveillance[plots]'"
        raise InputError(Problem("not-installed", "plots need matplotlib", Location(str(path)), hint)) from error
    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    for name, points in curves.items():
        if points:
            x, y = [one.recall for one in points], [one.precision for one in points]
            axes.plot(x, y, marker="o", markersize=4, label=name)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="recall", ylabel="precision")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left", frameon=False)
    try:
        with mpl.rc_context({"svg.hashsalt": "surveil"}):
            figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    except (OSError, ValueError) as error:
        raise InputError(Problem("cannot-write", f"cannot be written: {error}", Location(str(path)))) from error
    finally:
        plt.close(figure)
