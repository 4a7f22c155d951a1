"""What a person reads at the end of a run: what was found, what could not be seen, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape

from surveillance.cli.alerts_table import Alert, alerts_table, explained_alert, gravest_first
from surveillance.cli.console import results


def print_run(
    run: Mapping[str, Any],
    alerts: Sequence[Alert],
    out: Path,
    rules: Path,
    *,
    store: str | None,
    stored: Mapping[str, int] | None,
    limit: int,
) -> None:
    """Print the results of a run.

    Parameters
    ----------
    run : mapping
        In the shape of `run.schema.json`.
    alerts : sequence of mapping
        In the shape of `alert.schema.json`.
    out : Path
        Folder of the files.
    rules : Path
        Folder of the rulebook.
    store : str or None
        Database that the alerts were written to.
    stored : mapping or None
        How many were written, withdrawn and left as they were there.
    limit : int
        Most alerts in the table.
    """
    console = results()
    ordered = gravest_first(alerts)
    if ordered:
        table = alerts_table(ordered[:limit])
        if len(ordered) > limit:
            table.caption = f"{len(ordered) - limit:,} more in alerts.ndjson"
        console.print(table)
        console.print("The first of them in full:")
        console.print(explained_alert(ordered[0]))
    where = f"--store {store}" if store else f"--out {_from_here(out)}"
    for line in (*_summary(run), *_stored(store, stored), *_files(out), *_next(ordered, where, run, rules)):
        console.print(line, soft_wrap=True)


def _stored(store: str | None, stored: Mapping[str, int] | None) -> Iterator[str]:
    """Yield what became of the alerts in the database."""
    if store is not None and stored is not None:
        from surveillance.alerts.store.opening import shown_url

        said = ", ".join(f"{number:,} {what}" for what, number in stored.items())
        yield f"Stored in {escape(shown_url(store))}: {said}"


def _summary(run: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was found, what was rejected and what could not see."""
    counts, timings = run["counts"], run["timings"]
    yield (
        f"{counted(run['alerts']['total'], 'alert')} of {counted(run['findings']['total'], 'finding')} in "
        f"{counted(counts['events'], 'event')}, "
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
    calendars = run["calendars"] or {"used": [], "without_calendar": 0}
    if calendars["without_calendar"]:
        without = counted(calendars["without_calendar"], "event")
        yield f"[yellow]{without} of venues without a calendar[/]: their trading day is their date, and nothing closes"
    for one in calendars["used"]:
        if one["outside_sessions"]:
            outside = counted(one["outside_sessions"], "event")
            yield f"{outside} outside of the sessions of {escape(one['calendar'])} belong to the next ones"


def _files(out: Path) -> Iterator[str]:
    """Yield where everything is."""
    yield "Written:"
    yield f"  {escape(str(out / 'alerts.ndjson'))}    what the findings add up to, scored and explained"
    yield f"  {escape(str(out / 'capsules.ndjson'))}  the evidence of each alert"
    yield f"  {escape(str(out / 'findings.ndjson'))}  every finding with its reasons and events"
    yield f"  {escape(str(out / 'rejects.ndjson'))}   every record that could not be used, with the reason"
    yield f"  {escape(str(out / 'run.json'))}         counts, states of the rules, versions and digests"


def _next(ordered: Sequence[Alert], where: str, run: Mapping[str, Any], rules: Path) -> Iterator[str]:
    """Yield what to try next: look at the first alert, at what its gravest rule measures, and change that."""
    for rule in run["rules"]:
        rule_id = rule["rule"]
        if ordered and rule_id == ordered[0]["contributions"][0]["rule"]:
            yield "Next:"
            yield f"  surveil alerts show {ordered[0]['alert_id'][:8]} {escape(where)} --html alert.html"
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
