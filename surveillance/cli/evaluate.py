"""`surveil evaluate`: how many episodes of abuse a run found, and how many of its alerts were about one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from surveillance.cli.options import Level, at_or_above

if TYPE_CHECKING:
    from surveillance.evaluation import Evaluation
    from surveillance.evaluation.days import Days

SHOWN: Final = 10
"""Most episodes that were missed, on the terminal."""

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command(name="evaluate")
@click.argument("runs", metavar="RUN...", type=_FOLDER, nargs=-1, required=True)
@click.option(
    "--truth",
    required=True,
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Labels of the day; of several runs, one each, in their order.",
)
@click.option(
    "--beside",
    type=_FOLDER,
    multiple=True,
    metavar="DIR",
    help="Runs of the same events by another rulebook, as many as RUNs: its figures stand beside theirs.",
)
@click.option("--level", type=Level, default="medium", show_default=True, help="Only alerts at this level or above.")
@click.option("--tolerance", default=0.0, metavar="SECONDS", help="How far an alert may be from an episode in time.")
@click.option(
    "--events",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="SOURCE",
    help="Judge the run's events again, to say what came nearest to each episode that was missed.",
)
@click.option("--feed", default="canonical", show_default=True, metavar="NAME|FILE", help="Feed profile of --events.")
@click.option("--rules", type=click.Path(path_type=Path), metavar="DIR", help="Rulebook.  [default: the shipped one]")
@click.option("--reference", type=click.Path(path_type=Path), metavar="DIR", help="Reference data for --events.")
@click.option("--rates", type=click.Path(path_type=Path), multiple=True, metavar="FILE", help="Rates for --events.")
@click.option("--baselines", type=_FOLDER, metavar="DIR", help="What was usual before --events; nothing is learned.")
@click.option("--markdown", type=click.Path(path_type=Path), metavar="FILE", help="Write the figures as Markdown.")
@click.option("--tuned-on", metavar="TEXT", help="For --markdown: on which days thresholds were tuned.")
@click.option("--measured-on", metavar="TEXT", help="For --markdown: on which days this was measured.")
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE", help="Draw precision and recall (svg, png).")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def command(
    *,
    runs: tuple[Path, ...],
    truth: tuple[Path, ...],
    beside: tuple[Path, ...],
    level: str,
    tolerance: float,
    events: tuple[Path, ...],
    markdown: Path | None,
    tuned_on: str | None,
    measured_on: str | None,
    plot: Path | None,
    as_json: bool,
    **inputs: Any,
) -> None:
    """Compare the alerts in RUN, a folder that `surveil detect` wrote, with labels of what really happened.

    An alert is about an episode when they overlap in time and share an account and an instrument. FILE is a CSV with
    the columns typology, start, end, accounts, instrument and, if known, is_abuse, traders, params: the simulator's
    truth.csv, or your own.
    """
    from surveillance.evaluation.days import read_days

    if len(runs) != len(truth):
        raise click.UsageError(f"{len(runs)} runs need as many --truth, one each, in their order")
    if beside and len(beside) != len(runs):
        raise click.UsageError(f"{len(runs)} of RUN need as many --beside, not {len(beside)}")
    if events and len(runs) > 1:
        raise click.UsageError("--events says what came nearest in one run, not in several")
    days = read_days(runs, truth)
    rules = days.rules
    found = _evaluate(days, level, tolerance)
    other = _evaluate(read_days(beside, truth), level, tolerance) if beside else None
    if events:
        from surveillance.evaluation.again import nearest_of

        found.nearest.update(nearest_of(found.missed, rules, events, **inputs))
    if markdown is not None:
        from surveillance.evaluation.report import as_markdown

        markdown.write_text(as_markdown(found, level, tuned_on, measured_on, plot), encoding="utf-8")
    if plot is not None:
        from surveillance.evaluation.plot import plot_curves

        plot_curves({"alerts, by score": found.curve, **found.curves}, plot)
    if as_json:
        from surveillance.evaluation.report import as_dict

        click.echo(json.dumps(as_dict(found) | ({} if other is None else {"beside": as_dict(other)}), indent=2))
    else:
        _print(found, level)
        if other is not None:
            _print_summary(other, f"Beside it, {', '.join(str(one) for one in beside)}: alerts at {level} or above:")


def _evaluate(days: Days, level: str, tolerance: float) -> Evaluation:
    from surveillance.evaluation import evaluate

    alerts = [one for one in days.alerts if at_or_above(one.level, level)]
    return evaluate(alerts, days.findings, days.episodes, days.rules, int(tolerance * 1e9))


def _print_summary(found: Evaluation, title: str) -> None:
    """Print the figures of all alerts, and of the findings of each rule."""
    from rich import box
    from rich.table import Table

    from surveillance.cli.console import results
    from surveillance.evaluation.report import lookalikes, number, said, waited

    console, alerts = results(), found.alerts
    console.print(title, soft_wrap=True)
    console.print(f"  scenario recall   {said(alerts.recall)} of the episodes of abuse", soft_wrap=True)
    console.print(f"  alert precision   {said(alerts.precision)} of the alerts", soft_wrap=True)
    console.print(f"  F1                {number(alerts.f1)}")
    console.print(f"  alerts an episode {number(alerts.per_episode)}")
    console.print(f"  delay             {waited(alerts)}", soft_wrap=True)
    console.print(f"  lawful behaviour that an alert is about: {lookalikes(alerts)}", soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Findings by rule", title_justify="left")
    for name in ("rule", "recall", "precision", "F1", "delay"):
        table.add_column(name)
    for rule, one in found.by_rule.items():
        table.add_row(rule, said(one.recall), said(one.precision), number(one.f1), waited(one))
    console.print(table)


def _print(found: Evaluation, level: str) -> None:
    from surveillance.alerts.values import iso_time
    from surveillance.cli.console import results
    from surveillance.evaluation.report import in_words, said

    _print_summary(found, f"Alerts at {level} or above:")
    console = results()
    for what, groups in (
        ("typology", found.by_typology),
        ("severity", found.by_severity),
        ("density", found.by_density),
    ):
        if groups:
            console.print(f"Scenario recall by {what}:")
        for name, group in groups.items():
            console.print(f"  {name:22} {said(group)}", soft_wrap=True)
    for episode in sorted(found.missed, key=lambda one: one.id not in found.nearest)[:SHOWN]:
        people = ", ".join(sorted(episode.actors))
        console.print(
            f"missed: {episode.id} {episode.typology} by {people} in {', '.join(sorted(episode.instruments)) or '-'}, "
            f"{iso_time(episode.start)[:19]} to {iso_time(episode.end)[11:19]}",
            soft_wrap=True,
        )
        if episode.id in found.nearest:
            console.print(f"    {in_words(found.nearest[episode.id])}", soft_wrap=True)
    if len(found.missed) > SHOWN:
        console.print(f"and {len(found.missed) - SHOWN:,} more that no alert is about; --json lists all of them")
