"""What a person reads at the end of a run: what was found, what could not be seen, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape

from surveillance.cli.console import Terminal, results
from surveillance.cli.findings import Finding, explained, findings_table, worst_first


def print_run(run: Mapping[str, Any], findings: Sequence[Finding], out: Path, *, limit: int) -> None:
    """Print the results of a run.

    Parameters
    ----------
    run : mapping
        In the shape of `run.schema.json`.
    findings : sequence of mapping
        In the shape of `finding.schema.json`.
    out : Path
        Folder of the files.
    limit : int
        Most findings in the table.
    """
    console = results()
    ordered = worst_first(findings)
    if ordered:
        console.print(findings_table(ordered, limit=limit))
        console.print(explained(ordered[0]))
    counts = run["counts"]
    console.print(
        f"{len(ordered):,} findings in {counts['events']:,} events, {counts['rejected']:,} of "
        f"{counts['rows_read']:,} records rejected",
        soft_wrap=True,
    )
    _unarmed(console, run)
    for name in ("findings.ndjson", "rejects.ndjson", "run.json"):
        console.print(f"  {escape(str(out / name))}", soft_wrap=True)


def _unarmed(console: Terminal, run: Mapping[str, Any]) -> None:
    """Say which rules could not see: their silence means nothing."""
    for rule in run["rules"]:
        if rule["state"] != "armed":
            console.print(f"[bold red]NOT ARMED[/] {rule['rule']} is {rule['state']}: {escape(rule['reason'])}")
