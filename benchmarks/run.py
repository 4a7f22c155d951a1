"""Measure the promises of docs/performance.md and print them as one table.

Everything runs on this machine in this one run, each contender in a process of its own; ratios between the lines
mean more than the lines. Writes results.json and results.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from data import ROOT
from suites import SUITES, Row, Setting

FLOOR = "C, loop alone"
COLUMNS = ("what", "CPU s", "wall s", "peak MB", "M events/s", "ns/event", "x C loop", "")


def main() -> None:
    out = ROOT / "out" / "bench"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000, help="size of the large day")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each command; the median counts")
    parser.add_argument("--only", nargs="+", choices=SUITES, default=list(SUITES))
    parser.add_argument("--data", type=Path, default=out, help="folder for data that can be made again")
    parser.add_argument("--out", type=Path, default=out, help="folder of results.json and results.md")
    asked = parser.parse_args()
    asked.data.mkdir(parents=True, exist_ok=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    setting = Setting(asked.data.resolve(), asked.events, asked.repeats)
    before, rows = os.getloadavg(), []
    for name in asked.only:
        for row in SUITES[name](setting):
            print(f"{row.suite}: {row.name}: {_cells(row)}", flush=True)
            rows.append(row)
    compare(rows)
    about = machine(setting, before)
    text = f"{about['text']}\n\n{table(rows)}\n"
    print("\n" + text)
    record = {"machine": about, "rows": [row.as_dict() for row in rows]}
    (asked.out / "results.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    (asked.out / "results.md").write_text(text, encoding="utf-8")


def compare(rows: list[Row]) -> None:
    """Say of each line that went through the large day how many times the C loop it took."""
    floor = next((row.per_event for row in rows if row.suite == "window" and row.name == FLOOR), None)
    for row in rows:
        if floor and row.per_event and row.suite in ("window", "detect, Parquet", "growth"):
            row.to_floor = row.per_event / floor


def machine(setting: Setting, before: tuple[float, ...]) -> dict[str, object]:
    packages = {name: _version(name) for name in ("numpy", "numba", "pyarrow", "polars", "duckdb")}
    load = f"load {before[0]:.1f} before and {os.getloadavg()[0]:.1f} after"
    python = platform.python_version()
    software = ", ".join(f"{name} {found}" for name, found in {"Python": python, **packages}.items())
    text = f"{_processor()}, {os.cpu_count()} processors, {load}; {software}; medians of {setting.repeats}."
    return {"text": text, "packages": packages, "load_before": before, "load_after": os.getloadavg()}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _cells(row: Row) -> list[str]:
    per_event = row.per_event
    rate = f"{1000 / per_event:.2f}" if per_event else ""
    figures = [f"{value:.2f}" if value is not None else "" for value in (row.cpu, row.wall)]
    memory = f"{row.rss:.0f}" if row.rss is not None else ""
    share = f"{row.to_floor:.1f}" if row.to_floor is not None else ""
    return [*figures, memory, rate, f"{per_event:.0f}" if per_event else "", share, row.note]


def table(rows: list[Row]) -> str:
    lines = [list(COLUMNS), *([f"{row.suite}: {row.name}", *_cells(row)] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(COLUMNS))]
    made = []
    for line in lines:
        aligned = [
            cell.ljust(width) if place in (0, len(COLUMNS) - 1) else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        made.append("| " + " | ".join(aligned) + " |")
    rule = [
        "-" * width if place in (0, len(COLUMNS) - 1) else "-" * (width - 1) + ":" for place, width in enumerate(widths)
    ]
    made.insert(1, "| " + " | ".join(rule) + " |")
    return "\n".join(made)


if __name__ == "__main__":
    main()
