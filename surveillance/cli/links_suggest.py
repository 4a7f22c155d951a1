"""`surveil links suggest`: pairs of accounts whose meetings chance does not explain, in a file for review."""

from __future__ import annotations

from pathlib import Path

import click

SHOWN = 10
_PATH = click.Path(path_type=Path)


@click.command(name="suggest")
@click.argument("sources", metavar="RUN|SOURCE...", type=_PATH, nargs=-1, required=True)
@click.option("--feed", metavar="NAME|FILE", help="Feed profile of SOURCE.")
@click.option("--reference", type=_PATH, metavar="DIR", help="Reference data.  [default: that of the run]")
@click.option("--out", type=_PATH, default=Path("links.csv"), show_default=True, metavar="FILE", help="For review.")
def command(*, sources: tuple[Path, ...], feed: str | None, reference: Path | None, out: Path) -> None:
    """Suggest pairs of accounts that may act together, from the trades of runs, or of files with --feed.

    Writes a CSV with a line a pair: how often they met, how often chance would have it, and what looks arranged.
    Nothing is used before a person has written yes and a reason into it, see `surveil links confirm`.
    """
    from surveillance.cli.console import results
    from surveillance.events.reference import read_reference
    from surveillance.linking.meetings import read_meetings
    from surveillance.linking.review import as_csv, check_undecided, in_words
    from surveillance.linking.suggesting import suggest

    check_undecided(out)
    files = list(sources)
    if feed is None:
        files, feed, reference = _of_runs(sources, reference)
    known = None if reference is None else read_reference(reference)
    meetings = read_meetings(files, feed, known)
    found = suggest(meetings)
    out.write_text(as_csv(found), encoding="utf-8", newline="\n")
    console = results()
    console.print(
        f"{len(found):,} pairs among {len(meetings):,} trades between two accounts; review {out}", soft_wrap=True
    )
    for one in found[:SHOWN]:
        console.print(f"  {' and '.join(one.accounts)}: {in_words(one)}", soft_wrap=True, highlight=False, markup=False)
    if len(found) > SHOWN:
        console.print(f"and {len(found) - SHOWN:,} more in the file")


def _of_runs(runs: tuple[Path, ...], reference: Path | None) -> tuple[list[Path], str, Path | None]:
    """Return what some runs were made of: files, feed and reference data."""
    from surveillance.evaluation.asking import inputs_of, record_of

    made = [inputs_of(record_of(run), run) for run in runs]
    feeds = sorted({one.feed for one in made})
    if len(feeds) > 1:
        raise click.UsageError(f"the runs have different feeds, {' and '.join(feeds)}: suggest from each on its own")
    files = [source for one in made for source in one.sources]
    return files, feeds[0], reference or next((one.reference for one in made if one.reference is not None), None)
