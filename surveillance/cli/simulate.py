"""`surveil simulate`: a labelled market day to try rules on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click


class DayOrCorpus(click.Command):
    """Simulates a day, unless the first word is ``corpus``."""

    def instead(self, word: str) -> click.Command | None:
        """Return the command that a first word stands for; None if it is a folder."""
        if word != "corpus":
            return None
        from surveillance.cli.simulate_corpus import command as corpus

        return corpus

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> click.Context:
        """Return the context of the command that the words ask for."""
        other = self.instead(args[0]) if args else None
        if other is not None:
            return other.make_context(f"{info_name} {args[0]}", args[1:], parent=parent, **extra)
        return super().make_context(info_name, args, parent=parent, **extra)


@click.command(name="simulate", cls=DayOrCorpus)
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed and options: the same day.")
@click.option("--events", type=int, default=100_000, show_default=True, help="Rows to aim for.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Trading day.  [default: 2026-03-16]")
@click.option("--instruments", type=int, default=40, show_default=True, help="Over all asset classes.")
@click.option("--accounts", type=int, default=0, show_default=True, help="0: grows with the number of events.")
@click.option("--episodes", type=int, default=3, show_default=True, help="Labelled episodes of each kind of abuse.")
@click.option(
    "--hard-negatives",
    type=int,
    default=2,
    show_default=True,
    help="Labelled episodes of each lawful behaviour that looks like abuse.",
)
@click.option("--quotes", is_flag=True, help="Write a quote whenever a best bid or offer changes.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv", "ndjson"]),
    default="parquet",
    show_default=True,
    help="Of the events.",
)
@click.option("--quiet", is_flag=True, help="No progress bar, no remarks.")
def command(out: Path, day: datetime | None, form: str, quiet: bool, **numbers: Any) -> None:
    """Simulate a market day with labelled abuse into the folder OUT.

    Writes the events, reference data of instruments and accounts, exchange rates, and the labels: which episodes are
    abuse and which only look like it.

    `surveil simulate corpus OUT` makes several days of every typology, in grades of severity and of order density.
    """
    from surveillance.cli.console import remarks
    from surveillance.cli.progress import event_progress
    from surveillance.simulator import SimulationConfig, simulate_to

    asked = SimulationConfig(**numbers) if day is None else SimulationConfig(day=day.date(), **numbers)
    console = remarks(quiet=quiet)
    with event_progress(console, "simulating") as bar:
        summary = simulate_to(
            out, asked, lambda done, total: bar.update(events=done, done=done, total=total), format=form
        )
        bar.update(events=summary.rows, done=summary.rows, total=summary.rows)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in summary.kinds.items())
    console.print(f"{summary.rows:,} events: {kinds}", soft_wrap=True)
    labels = f"{summary.episodes} labelled episodes of abuse and {summary.hard_negatives} that only look like it"
    console.print(f"{labels}: {out / 'truth.csv'}", soft_wrap=True)
    reference = out / "reference"
    known = f"--reference {reference} --rates {reference / 'rates.csv'}"
    console.print(f"Next: surveil detect {summary.events} --feed canonical {known}", soft_wrap=True)
