"""Layering Analytics beside a bare pass of `csv.DictReader` over the same file, and dense groups beside sparse ones.

Every line is a process of its own; the two of a pair take turns, so that ratios hold on a busy machine.

    python benchmarks/layering/speed.py [--file FILE] [--rows 1000000] [--repeats 5]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from files import HEADER, write_day, write_groups
from processes import Cost, median, run

PASS = """
import csv, sys
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        pass
"""
SURVEIL = Path(sys.executable).parent / "surveil"
DENSE_ROWS = 400_000
DENSE = 8_000
SPARSE = 8


def surveil(path: Path, folder: Path) -> Cost:
    return run([SURVEIL, "layering-analytics", path, folder, folder, "--quiet"])


def beside_dictreader(path: Path, folder: Path, repeats: int) -> None:
    surveil(path, folder)  # kernels are compiled in the first run ever
    pairs = [(run([sys.executable, "-c", PASS, path]), surveil(path, folder)) for _ in range(repeats)]
    bare, ours = (median(costs) for costs in zip(*pairs, strict=True))
    ratios = [ours.cpu / bare.cpu for bare, ours in pairs]
    found = sum(1 for _ in (folder / "suspicious_accounts.csv").open("rb")) - 1
    print(f"csv.DictReader       {bare.cpu:6.2f} s CPU")
    print(f"layering-analytics   {ours.cpu:6.2f} s CPU, peak {ours.rss:.0f} MB, {found} rows found")
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"share of the bare pass {statistics.median(ratios):.2f} (from {spread} of {repeats} pairs)")


def dense_beside_sparse(folder: Path, repeats: int) -> None:
    empty = folder / "empty.csv"
    empty.write_text(HEADER, encoding="utf-8")
    for trades in (True, False):
        paths = {}
        for name, count in (("dense", DENSE), ("sparse", SPARSE)):
            paths[name] = folder / f"{name}.csv"
            write_groups(paths[name], DENSE_ROWS, count, trades=trades)
        rounds = [
            [surveil(paths["dense"], folder).cpu, surveil(paths["sparse"], folder).cpu, surveil(empty, folder).cpu]
            for _ in range(repeats)
        ]
        dense, sparse, start = (statistics.median(column) for column in zip(*rounds, strict=True))
        what = "trades" if trades else "orders, cancellations and trades"
        each = [(one - start) / DENSE_ROWS * 1e9 for one in (dense, sparse)]
        print(f"{DENSE:,} {what} of a group in a window: {each[0]:.0f} ns an event; {SPARSE}: {each[1]:.0f} ns")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, help="transactions.csv to read; one is made otherwise")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = options.file
        if path is None:
            path = folder / "day.csv"
            write_day(path, options.rows)
        beside_dictreader(path.resolve(), folder, options.repeats)
        dense_beside_sparse(folder, options.repeats)
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
