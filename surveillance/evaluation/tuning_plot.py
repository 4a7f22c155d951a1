"""What each limit does to recall and precision, and where the rule stands among all that was tried, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surveillance.errors import InputError, Location, Problem
from surveillance.evaluation.tuning import Compared, Tuning
from surveillance.evaluation.tuning_search import Sweep

ACROSS = 3
_RECALL, _PRECISION, _F1 = "#1b6ca8", "#c8553d", "#5f6b6d"


def plot_tuning(tuning: Tuning, path: Path) -> None:
    """Draw a panel for each limit, and one of precision against recall.

    Parameters
    ----------
    tuning : Tuning
        What was found.
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
    panels = 1 + len(tuning.search.sweeps)
    down = -(-panels // ACROSS)
    figure, grid = plt.subplots(
        down, min(ACROSS, panels), figsize=(4.2 * min(ACROSS, panels), 3.2 * down), layout="constrained", squeeze=False
    )
    axes = list(grid.flat)
    _points(axes[0], tuning)
    proposed = dict(tuning.changes)
    for panel, sweep in zip(axes[1:], tuning.search.sweeps, strict=False):
        _sweep(panel, sweep, proposed.get(sweep.limit))
    axes[1].legend(fontsize=7, frameon=False)
    for unused in axes[panels:]:
        unused.set_visible(False)
    figure.suptitle(f"{tuning.rule.id}: {len(tuning.tuned_on.days)} labelled days, {tuning.settings:,} settings")
    try:
        with mpl.rc_context({"svg.hashsalt": "surveil"}):
            figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    except (OSError, ValueError) as error:
        raise InputError(Problem("cannot-write", f"cannot be written: {error}", Location(str(path)))) from error
    finally:
        plt.close(figure)


def _points(axes: Any, tuning: Tuning) -> None:
    """Draw every setting that was tried, and where the rule stands now and would stand."""
    recall, precision = zip(*sorted(set(tuning.search.tried)), strict=True)
    axes.scatter(recall, precision, s=8, color="#b8c4c6", label="tried")
    _mark(axes, tuning.tuned_on, filled=True, where="tuned on")
    if tuning.held_out is not None:
        _mark(axes, tuning.held_out, filled=False, where="held out")
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="recall", ylabel="precision", title="all settings")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7, frameon=False)


def _mark(axes: Any, compared: Compared, *, filled: bool, where: str) -> None:
    for figures, marker, name in ((compared.now, "o", "now"), (compared.proposed, "D", "proposed")):
        face = _PRECISION if name == "proposed" else "#222222"
        axes.plot(
            [figures.recall.value or 0], [figures.precision.value or 0], marker, color=face,
            markerfacecolor=face if filled else "none", markersize=7, label=f"{name}, {where}", linestyle="none",
        )  # fmt: skip


def _sweep(axes: Any, sweep: Sweep, proposed: Any) -> None:
    """Draw what one limit does on its own."""
    limit = sweep.limit
    places = range(len(sweep.values))
    axes.plot(places, sweep.points.recall, color=_RECALL, label="recall", marker=".")
    axes.plot(places, sweep.points.precision, color=_PRECISION, label="precision", marker=".")
    axes.plot(places, sweep.points.f1, color=_F1, label="F1", linestyle=":")
    axes.axvline(sweep.values.index(limit.amount.value), color="#222222", linewidth=1, label="now")
    if proposed in sweep.values:
        axes.axvline(sweep.values.index(proposed), color=_PRECISION, linewidth=1, linestyle="--", label="proposed")
    shown = list(places)[:: max(1, len(places) // 7)]
    axes.set_xticks(shown, [limit.written(sweep.values[place]) for place in shown], fontsize=7, rotation=30, ha="right")
    axes.set(ylim=(-0.03, 1.03))
    axes.set_title(limit.name, fontsize=8)
    axes.grid(alpha=0.3)
