"""`surveil simulate corpus`: labelled days of every typology, to measure detection with."""

from __future__ import annotations

from pathlib import Path

import click


def read_numbers(_context: click.Context, option: click.Parameter, text: str) -> tuple[float, ...]:
    """Read numbers that are joined by commas; a click callback.

    Raises
    ------
    click.BadParameter
        When one of them is none.
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a list of numbers, such as {option.default}") from error


@click.command(name="corpus")
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--seeds", default="1", show_default=True, metavar="N,N", callback=read_numbers, help="One set of days each."
)
@click.option(
    "--densities",
    default="3,10,30,100,250",
    show_default=True,
    metavar="N,N",
    callback=read_numbers,
    help="Orders a second in the busiest instrument; one day each.",
)
@click.option("--episodes", type=int, default=5, show_default=True, help="Of each typology and day, in as many grades.")
@click.option(
    "--history",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Ordinary days before each labelled day, to learn what is usual from; adds episodes of unusual hours.",
)
@click.option("--quiet", is_flag=True, help="No progress bar, no remarks.")
def command(
    *, out: Path, seeds: tuple[float, ...], densities: tuple[float, ...], episodes: int, history: int, quiet: bool
) -> None:
    """Simulate a corpus into the folder OUT: a folder a day, with labels of every typology in grades of severity."""
    from surveillance.cli.console import remarks
    from surveillance.cli.progress import event_progress
    from surveillance.simulator import simulate_to
    from surveillance.simulator.corpus import corpus

    console = remarks(quiet=quiet)
    days = corpus([int(seed) for seed in seeds], densities, episodes=episodes, history=history)
    expected = sum(config.events for _, config in days)
    before = 0
    with event_progress(console, "simulating") as bar:

        def report(done: int, _total: int) -> None:
            bar.update(events=before + done, done=before + done, total=expected)

        for name, config in days:
            summary = simulate_to(out / name, config, report)
            before += summary.rows
            console.print(
                f"{out / name}: {summary.rows:,} events, {summary.episodes} episodes of abuse, "
                f"{summary.hard_negatives} that only look like it",
                soft_wrap=True,
            )
        bar.update(events=before, done=before, total=before)
    first = out / next(name for name, config in days if not config.before)
    known = f"--reference {first / 'reference'} --rates {first / 'reference' / 'rates.csv'}"
    if history:
        usual = f"--baselines {first / 'baselines'}"
        console.print(
            f"Next, to learn what is usual: for day in {first / 'history'}/*; do surveil detect $day/events.parquet "
            f"--feed canonical {known} {usual} --out $day/run; done",
            soft_wrap=True,
        )
        known += f" {usual}"
    console.print(
        f"{'then' if history else 'Next'}: surveil detect {first / 'events.parquet'} --feed canonical {known} "
        f"--out {first / 'run'}",
        soft_wrap=True,
    )
    console.print(f"then: surveil evaluate {first / 'run'} --truth {first / 'truth.csv'}", soft_wrap=True)
