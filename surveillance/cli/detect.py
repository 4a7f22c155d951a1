"""`surveil detect`: events in, findings out, and an exit status that a scheduler can trust."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from surveillance.cli.lasting import lasting
from surveillance.cli.options import Level, RejectLimit, at_or_above, audit, read_reject_limit
from surveillance.cli.status import Status, first_of

if TYPE_CHECKING:
    from surveillance.engine.run import Progress, RunResult

SHOWN: Final = 20
"""Most alerts in the table; all of them are in the file."""


@click.command(name="detect")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...", type=click.Path(path_type=Path))
@click.option("--feed", required=True, metavar="NAME|FILE", help="Feed profile: how the columns of SOURCE are read.")
@click.option("--rules", type=click.Path(path_type=Path), metavar="DIR", help="Rulebook.  [default: the shipped one]")
@click.option(
    "--reference", type=click.Path(path_type=Path), metavar="DIR", help="Reference data of accounts and instruments."
)
@click.option(
    "--rates",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Exchange rates by day: the ECB's CSV, or date,base,quote,rate. May be given again.",
)
@click.option(
    "--privacy-key",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Key of pseudonyms, where the rulebook asks for them.  [default: $SURVEIL_PRIVACY_KEY]",
)
@click.option(
    "--baselines", type=click.Path(path_type=Path), metavar="DIR", help="What is usual: read, and learned day by day."
)
@click.option("--learn/--no-learn", default=True, help="Add this run's days to --baselines.  [default: yes]")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, metavar="DIR", help="For results."
)
@click.option("--store", metavar="URL", help="Database for the alerts: sqlite:///FILE, a path, or postgresql://…")
@click.option("--json", "as_json", is_flag=True, help="Print run.json instead of tables.")
@click.option("--fail-on", type=Level, help="Exit with 10 if there is an alert at this level or above.")
@click.option(
    "--max-rejects",
    callback=read_reject_limit,
    default="1%",
    show_default=True,
    metavar="N|N%",
    help="Exit with 5 if more records are rejected.",
)
@click.option("--quiet", is_flag=True, help="No progress bar, no tables, no remarks.")
@audit
def command(
    *,
    sources: tuple[Path, ...],
    feed: str,
    rules: Path | None,
    reference: Path | None,
    rates: tuple[Path, ...],
    privacy_key: Path | None,
    baselines: Path | None,
    learn: bool,
    out: Path,
    store: str | None,
    as_json: bool,
    fail_on: str | None,
    max_rejects: RejectLimit,
    quiet: bool,
    audit: Path | None,
) -> int:
    """Run the rulebook over the events in SOURCE: files, folders, patterns, or - for standard input.

    Writes alerts.ndjson, capsules.ndjson, findings.ndjson, rejects.ndjson and run.json into the folder of --out, and
    the alerts into the database of --store, where running a day again changes nothing. The run is an entry of the audit
    log: `surveil log`.

    Exit statuses: 0 finished, findings or not; 2 usage or unreadable input; 3 invalid rules; 4 finished, but a rule was
    not armed; 5 more rejects than --max-rejects; 10 see --fail-on; 70 internal error.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # the others of pyarrow keep what was freed: 30 MB
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no matrices here, and its threads begin by spinning
    with lasting("surveillance.engine.run"):
        from surveillance.engine.run import detect

    if store is not None:
        from surveillance.alerts.store.opening import open_store

        open_store(store, write=True).dispose()  # what is wrong with it is told before a long run, not after
    with _progress(quiet=quiet) as on_progress:
        result = detect(
            list(sources),
            feed=feed,
            rules=rules,
            reference=reference,
            rates=rates,
            privacy_key=privacy_key,
            baselines=baselines,
            learn=learn,
            out=out,
            on_progress=on_progress,
        )
    stored = None
    if store is not None:
        from surveillance.alerts.store.loading import load
        from surveillance.alerts.store.opening import opened_store

        with opened_store(store, write=True) as database:
            stored = load(database, out, result.run)
    from surveillance.audit.log import opened_log
    from surveillance.audit.run_entry import entry_of

    opened_log(audit, out).add("run", entry_of(result.run, out, stored=store is not None))
    if as_json:
        click.echo((out / "run.json").read_text(encoding="utf-8"), nl=False)
    elif not quiet:
        from surveillance.bundle import rules_folder
        from surveillance.cli.report import print_run

        print_run(result.run, result.alerts, out, rules or rules_folder(), store=store, stored=stored, limit=SHOWN)
    return first_of(_statuses(result, fail_on, max_rejects))


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """Give a function that moves a progress bar; nothing where nobody wants to watch."""
    if quiet:
        yield None
        return
    from surveillance.cli.console import remarks
    from surveillance.cli.progress import event_progress

    with event_progress(remarks(), "detecting") as bar:
        yield lambda at: bar.update(events=at.events, done=at.bytes_read, total=at.bytes_total)


def _statuses(result: RunResult, fail_on: str | None, max_rejects: RejectLimit) -> Iterator[int]:
    """Yield every exit status that applies to a finished run."""
    yield result.exit_status
    counts = result.run["counts"]
    if max_rejects.exceeded_by(counts["rejected"], counts["rows_read"]):
        yield Status.REJECTS
    by_level = result.run["alerts"]["by_level"]
    if fail_on is not None and any(count and at_or_above(level, fail_on) for level, count in by_level.items()):
        yield Status.FAIL_ON
