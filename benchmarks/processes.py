"""What a command costs as a whole process: CPU, wall and memory as the operating system accounts for them."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """One run of a command, or the medians of several.

    Parameters
    ----------
    cpu, wall : float
        Seconds; CPU is user and system time of all threads.
    rss : float
        Peak memory, MB.
    output : str
        What it printed.
    """

    cpu: float
    wall: float
    rss: float
    output: str = ""


class CommandError(Exception):
    """A command did not do what was asked.

    Parameters
    ----------
    what : str
        The command and its exit status.
    lines : list of str
        What it printed last.
    """

    def __init__(self, what: str, lines: list[str]) -> None:
        super().__init__("\n".join([what, *lines]))
        self.lines = lines or [what]


def start(
    command: Sequence[str | Path], env: Mapping[str, str] | None = None
) -> tuple[subprocess.Popen, float, object]:
    output = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `finish`
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command], stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}
    )
    return process, began, output


def finish(started: tuple[subprocess.Popen, float, object]) -> Cost:
    process, began, output = started
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    output.seek(0)
    text = output.read().decode()
    output.close()
    if process.returncode:
        what = f"{' '.join(map(str, process.args))}: exit status {process.returncode}"
        raise CommandError(what, text.strip().splitlines()[-20:])
    per_mb = 1024 if sys.platform == "linux" else 1024 * 1024
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / per_mb, text)


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> Cost:
    return finish(start(command, env))


def median(costs: Sequence[Cost]) -> Cost:
    """Median of each figure; the output is that of the last run."""
    middle = [statistics.median(getattr(cost, name) for cost in costs) for name in ("cpu", "wall", "rss")]
    return Cost(*middle, costs[-1].output)


def repeat(times: int, command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> Cost:
    return median([run(command, env) for _ in range(times)])
