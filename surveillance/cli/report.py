"""What a person reads at the end of a run: what was found, what could not be seen, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape

from surveillance.cli.console import results
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
        console.print("The first of them in full:")
        console.print(explained(ordered[0]))
    for line in _summary(run, out):
        console.print(line, soft_wrap=True)


def _summary(run: Mapping[str, Any], out: Path) -> Iterator[str]:
    """Yield what was read, what was found, what could not see, and where it all is."""
    counts, timings = run["counts"], run["timings"]
    yield (
        f"{counted(run['findings']['total'], 'finding')} in {counted(counts['events'], 'event')}, "
        f"{timings['detect_s']:,.1f} s, {timings['events_per_s']:,} events/s"
    )
    if counts["rejected"]:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in counts["rejected_by_reason"].items())
        yield f"[yellow]{counts['rejected']:,} of {counted(counts['rows_read'], 'record')} rejected[/]: {reasons}"
    running = [rule for rule in run["rules"] if rule["state"] != "disabled"]
    armed = [rule for rule in running if rule["state"] == "armed"]
    yield f"{len(armed)} of {counted(len(running), 'rule')} armed: " + (
        ", ".join(f"{rule['rule']} {rule['findings']:,}" for rule in armed) or "nothing was watched"
    )
    for rule in running:
        if rule["state"] != "armed":
            yield f"[bold red]NOT ARMED[/] {rule['rule']} is {rule['state']}: {escape(rule['reason'])}"
        elif rule["values_not_known"]:
            yield f"[yellow]{rule['rule']}[/]: {counted(rule['values_not_known'], 'value')} of its measures not known"
    yield "Written:"
    yield f"  {escape(str(out / 'findings.ndjson'))}  every finding with its reasons and events"
    yield f"  {escape(str(out / 'rejects.ndjson'))}   every record that could not be used, with the reason"
    yield f"  {escape(str(out / 'run.json'))}         counts, states of the rules, versions and digests"
    yield "Next:"
    yield "  surveil detectors show DETECTOR   what a detector measures, and in which units"
    yield "  surveil detect … --rules DIR      the same events under your own copy of the rules"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, in the plural where there is not exactly one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
