"""`surveil tune`: thresholds of a rule tried on labelled days, and a patch of its file with those that do better."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from surveillance.evaluation.measures import Share
    from surveillance.evaluation.tuning import Compared, Tuning
    from surveillance.evaluation.tuning_days import Day

_PATH = click.Path(path_type=Path)
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


def _share(_context: click.Context, _option: click.Parameter, text: str) -> Fraction:
    try:
        found = Fraction(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        found = Fraction(-1)
    if not 0 <= found <= 1:
        raise click.BadParameter(f"{text!r} is no share, such as 80%")
    return found


@click.command(name="tune")
@click.argument("rule", metavar="RULE")
@click.argument("days", metavar="[DAY]...", type=_FOLDER, nargs=-1)
@click.option("--held-out", type=_FOLDER, multiple=True, metavar="DAY", help="Only report on this day.")
@click.option("--truth", type=_PATH, multiple=True, metavar="FILE", help="Labels: one a DAY, --events and --held-out.")
@click.option("--events", type=_PATH, multiple=True, metavar="SOURCE", help="Events of a day that has no such folder.")
@click.option("--feed", default="canonical", show_default=True, metavar="NAME|FILE", help="Feed profile of --events.")
@click.option("--reference", type=_PATH, metavar="DIR", help="Reference data for --events.")
@click.option("--rates", type=_PATH, multiple=True, metavar="FILE", help="Rates for --events.")
@click.option("--baselines", type=_PATH, metavar="DIR", help="What is usual before each day.  [default: as in its run]")
@click.option("--rules", type=_PATH, metavar="DIR", help="Rulebook.  [default: the shipped one]")
@click.option("--typology", "typologies", multiple=True, metavar="NAME", help="Labels that the rule is for.")
@click.option(
    "--maximise", "goal", type=click.Choice(["f1", "recall", "precision"]), default="f1", show_default=True,
    help="What is to be as high as possible.",
)  # fmt: skip
@click.option("--min-precision", callback=_share, default="0%", metavar="SHARE", help="Precision to keep at least.")
@click.option("--min-recall", callback=_share, default="0%", metavar="SHARE", help="Recall to keep at least.")
@click.option(
    "--floor", callback=_share, default="25%", show_default=True, metavar="SHARE", help="How far limits are loosened."
)
@click.option("--tolerance", default=0.0, metavar="SECONDS", help="How far a finding may be from an episode in time.")
@click.option("--patch", type=_PATH, metavar="FILE", help="Write the proposed change of the rule's file there.")
@click.option("--candidates", type=_PATH, metavar="FILE", help="Write what was measured, with labels, as Parquet.")
@click.option("--plot", type=_PATH, metavar="FILE", help="Draw what each limit does (svg, png).")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def command(
    *,
    rule: str,
    days: tuple[Path, ...],
    held_out: tuple[Path, ...],
    truth: tuple[Path, ...],
    events: tuple[Path, ...],
    feed: str,
    reference: Path | None,
    rates: tuple[Path, ...],
    baselines: Path | None,
    rules: Path | None,
    typologies: tuple[str, ...],
    goal: str,
    min_precision: Fraction,
    min_recall: Fraction,
    floor: Fraction,
    tolerance: float,
    patch: Path | None,
    candidates: Path | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Try other thresholds of RULE on labelled days, and propose those that do better.

    DAY is a folder that `surveil detect` or `surveil simulate` wrote, with labels in truth.csv, or one above it, or
    named by --truth. Each day is measured once; then hundreds of settings are judged: each limit on its own, limits in
    pairs, and all of them in turn. Of several days the last third is held out and only reported on, unless --held-out
    names others.
    """
    from surveillance.cli.console import remarks, results
    from surveillance.evaluation.tuning import tune
    from surveillance.evaluation.tuning_days import split
    from surveillance.evaluation.tuning_report import as_dict
    from surveillance.evaluation.tuning_search import Objective

    if not days and not events:
        raise click.UsageError("name at least one DAY, or --events with --truth")
    if not floor:
        raise click.BadParameter("limits cannot be loosened to nothing", param_hint="--floor")
    given = _days(days, events, held_out, truth, feed, reference, rates)
    given = [replace(day, baselines=baselines or day.baselines) for day in given]
    count = len(days) + len(events)
    on, other = split(given[:count], given[count:])
    found = tune(
        rule,
        on,
        other,
        rules=rules,
        objective=Objective(goal, float(min_precision), float(min_recall)),  # type: ignore[arg-type]
        typologies=typologies,
        part=floor,
        tolerance=int(tolerance * 1e9),
        on_day=lambda name: remarks().print(f"measuring {name}", highlight=False),
    )
    if patch is not None:
        patch.write_text(found.patch, encoding="utf-8")
    if candidates is not None:
        from surveillance.evaluation.tuning_record import write_candidates

        write_candidates(found.measured, candidates)
    if plot is not None:
        from surveillance.evaluation.tuning_plot import plot_tuning

        plot_tuning(found, plot)
    if as_json:
        click.echo(json.dumps(as_dict(found), indent=2, ensure_ascii=False))
        return
    _print(found, results())
    if patch is None and found.patch:
        click.echo(found.patch, nl=False)


def _days(
    days: tuple[Path, ...],
    events: tuple[Path, ...],
    held_out: tuple[Path, ...],
    truth: tuple[Path, ...],
    feed: str,
    reference: Path | None,
    rates: tuple[Path, ...],
) -> list[Day]:
    """Return the days to tune on, then those held out."""
    from surveillance.evaluation.tuning_days import Day, day_of

    count = len(days) + len(events) + len(held_out)
    if truth and len(truth) != count:
        raise click.UsageError(f"{count} days need as many --truth: one for each DAY, --events and --held-out")
    if events and not truth:
        raise click.UsageError("--events needs --truth")
    labels: list[Path | None] = [*truth] if truth else [None] * count
    found = [day_of(folder, label) for folder, label in zip(days, labels, strict=False)]
    for source, label in zip(events, labels[len(days) :], strict=False):
        assert label is not None
        found.append(Day(source.name, (source,), feed, label, reference, rates))
    rest = labels[len(days) + len(events) :]
    return found + [day_of(folder, label) for folder, label in zip(held_out, rest, strict=True)]


def _print(found: Tuning, console: Console) -> None:
    from rich import box
    from rich.table import Table

    def say(text: str) -> None:
        console.print(text, soft_wrap=True, highlight=False, markup=False)

    say(
        f"{found.rule.id} version {found.rule.version}, looking for {found.objective}: {found.candidates:,} candidates "
        f"measured in {found.measured_s:.1f} s, {found.settings:,} settings judged in {found.judged_s:.1f} s"
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("limit", "now", "proposed", "best on its own"):
        table.add_column(name, overflow="fold")
    for sweep, now, then in zip(found.search.sweeps, found.search.now, found.search.proposed, strict=True):
        write, best = sweep.limit.written, sweep.best(found.objective)
        shown = ("" if then == now else write(then), "" if best == now else write(best))
        table.add_row(sweep.limit.name, write(now), *shown)
    console.print(table)
    _compare(found.tuned_on, "Days that it was tuned on", console)
    if found.held_out is None:
        say("No day was held out: figures of the days that thresholds were chosen on prove nothing of other days.")
    else:
        _compare(found.held_out, "Days held out", console)
    if not found.holds:
        say("On the days held out the proposal does worse than the rule as it is: it fits the days it was tuned on.")
    if not found.patch:
        say("Nothing does better by half a point or more: the rule stays as it is.")
    for name in found.failing_tests:
        say(f"A test of the rule no longer holds with the proposal: {name}")


def _briefly(one: Share) -> str:
    return "-" if one.value is None else f"{one.value:.0%} ({one.hits:,} of {one.of:,})"


def _compare(compared: Compared, title: str, console: Console) -> None:
    from rich import box
    from rich.table import Table

    from surveillance.evaluation.report import number, said

    heading = f"{title}: {', '.join(compared.days)}"
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=heading, title_justify="left")
    for name in ("", "recall", "precision", "F1", "lawful"):
        table.add_column(name, no_wrap=not name)
    for name, figures in (("now", compared.now), ("proposed", compared.proposed)):
        row = (said(figures.recall), said(figures.precision), number(figures.f1), str(figures.lookalikes))
        table.add_row(name, *row)
        if len(figures.by_class) > 1:
            for asset_class, shares in figures.by_class.items():
                table.add_row(f"  {asset_class}", *(_briefly(one) for one in shares))
    console.print(table)
