"""What a person reads at the end of a run: what was found, what could not be seen, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape

from surveillance.cli.console import results
from surveillance.cli.findings import Finding, explained, findings_table, worst_first


def print_run(run: Mapping[str, Any], findings: Sequence[Finding], out: Path, rules: Path, *, limit: int) -> None:
    """Print the results of a run.

    Parameters
    ----------
    run : mapping
        In the shape of `run.schema.json`.
    findings : sequence of mapping
        In the shape of `finding.schema.json`.
    out : Path
        Folder of the files.
    rules : Path
        Folder of the rulebook.
    limit : int
        Most findings in the table.
    """
    console = results()
    ordered = worst_first(findings)
    if ordered:
        console.print(findings_table(ordered, limit=limit))
        console.print("The first of them in full:")
        console.print(explained(ordered[0]))
    for line in (*_summary(run), *_files(out), *_next(ordered[0]["rule"] if ordered else "", run, rules)):
        console.print(line, soft_wrap=True)


def _summary(run: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was found, what was rejected and what could not see."""
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
            unknown = counted(rule["values_not_known"], "value")
            yield f"[yellow]{rule['rule']}[/]: {unknown} of its measures could not be known"
    yield from _not_known(run)
    for one in run["suppressions"]:
        name = escape(one["id"])
        if one["findings"]:
            hidden = counted(one["findings"], "finding")
            yield f"suppression {name} hid {hidden}, the strongest at {one['highest_strength']:.0%}"
        if one["expired"]:
            shown = counted(one["found_after_expiry"], "finding")
            yield f"[yellow]suppression {name} expired on {one['expires']}[/] and no longer hides {shown}"


def _not_known(run: Mapping[str, Any]) -> Iterator[str]:
    """Yield what reference data and exchange rates did not tell."""
    currencies = run["currencies"]
    missing = {name: one["without_rate"] for name, one in currencies["by_currency"].items() if one["without_rate"]}
    if missing:
        which = ", ".join(f"{escape(name)} {number:,}" for name, number in sorted(missing.items()))
        yield f"[yellow]no rate into {escape(currencies['base'])}[/] for events in {which}: their money is not known"
    for what, one in run["unknown"].items():
        if one["count"]:
            names = ", ".join(escape(str(name)) for name in one["examples"])
            noun = what.replace("_", " ")
            yield (
                f"[yellow]{counted(one['distinct'], noun)} not in the reference data[/], "
                f"in {counted(one['count'], 'event')}: {names}"
            )


def _files(out: Path) -> Iterator[str]:
    """Yield where everything is."""
    yield "Written:"
    yield f"  {escape(str(out / 'findings.ndjson'))}  every finding with its reasons and events"
    yield f"  {escape(str(out / 'rejects.ndjson'))}   every record that could not be used, with the reason"
    yield f"  {escape(str(out / 'run.json'))}         counts, states of the rules, versions and digests"


def _next(rule_id: str, run: Mapping[str, Any], rules: Path) -> Iterator[str]:
    """Yield what to try next: look at what the first finding's rule measures, and change it."""
    for rule in run["rules"]:
        if rule["rule"] == rule_id:
            yield "Next:"
            yield f"  surveil detectors show {rule['detector']}   what it measures, and in which units"
            for file in sorted(rules.rglob(f"{rule_id}.yaml")):
                yield f"  edit a threshold in {escape(_from_here(file))} and run the same command again"


def _from_here(path: Path) -> str:
    """Return a path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, in the plural where there is not exactly one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
