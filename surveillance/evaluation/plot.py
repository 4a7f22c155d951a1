"""Curves of precision against recall, as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from surveillance.errors import InputError, Location, Problem
from surveillance.evaluation.curves import Point

_ACROSS: Final = 6
"""Panels beside each other."""

_POINTS: Final = 60
"""Points of a curve that are drawn: more cannot be told apart."""


def plot_curves(curves: Mapping[str, Sequence[Point]], path: Path) -> None:
    """Draw precision against recall, a panel for each name.

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
    drawn = {name: points for name, points in curves.items() if points}
    across = min(_ACROSS, max(len(drawn), 1))
    down = max(-(-len(drawn) // across), 1)
    size = 5.0 if across == 1 else 2.1
    figure, grid = plt.subplots(
        down, across, figsize=(size * across + 1, size * down + 1), sharex=True, sharey=True, squeeze=False,
        layout="constrained",
    )  # fmt: skip
    for axes, (name, points) in zip(grid.flat, drawn.items(), strict=False):
        some = [*points[:: len(points) // _POINTS + 1], points[-1]]
        axes.plot([one.recall for one in some], [one.precision for one in some], marker="o", markersize=3)
        axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04))
        axes.set_title(name, fontsize="small")
        axes.grid(alpha=0.3)
    for axes in grid.flat[len(drawn) :]:
        axes.set_axis_off()
    figure.supxlabel("recall")
    figure.supylabel("precision")
    try:
        with mpl.rc_context({"svg.hashsalt": "surveil"}):
            figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    except (OSError, ValueError) as error:
        raise InputError(Problem("cannot-write", f"cannot be written: {error}", Location(str(path)))) from error
    finally:
        plt.close(figure)
