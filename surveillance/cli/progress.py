"""A progress bar for work that is counted in events: how far, how fast, how long still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from surveillance.cli.console import Terminal


class _Rate(ProgressColumn):
    """Events so far and events per second since the start."""

    def render(self, task: Any) -> Text:
        events = int(task.fields["events"])
        speed = f"{events / task.elapsed:,.0f}/s" if task.elapsed and events else ""
        return Text(f"{events:,} events {speed}".rstrip(), style="progress.data.speed", no_wrap=True)


class EventProgress:
    """Moves one bar.

    Parameters
    ----------
    bar : Progress
        rich's bar.
    task : TaskID
        The bar's only task.
    """

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def update(self, *, events: int, done: float, total: float | None) -> None:
        """Show how far the work is.

        Parameters
        ----------
        events : int
            Events so far.
        done, total : float
            In any one unit, such as bytes; no total: how long it takes cannot be known.
        """
        self._bar.start()
        self._bar.update(self._task, events=events, completed=done, total=total)


@contextmanager
def event_progress(console: Terminal, title: str) -> Iterator[EventProgress]:
    """Show a bar while the block runs.

    Where nobody watches (no terminal), one line is drawn at the end; none if there was no progress, as with a file that
    cannot be read.
    """
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=12),
        TextColumn("{task.percentage:>3.0f}%"),
        _Rate(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
    )
    if console.is_terminal:
        bar.start()
    try:
        yield EventProgress(bar, bar.add_task(title, total=None, events=0))
    finally:
        if bar.live.is_started:
            bar.stop()
