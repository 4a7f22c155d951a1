"""`surveil audit replay`: alerts made again from the rules of their release, and the files or evidence of their run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surveillance.cli.alerts_options import place
from surveillance.cli.status import Status

if TYPE_CHECKING:
    from surveillance.audit.at_hand import Named
    from surveillance.cli.audit_chosen import Chosen, Revision
    from surveillance.cli.audit_told import Told

_PATH = click.Path(path_type=Path)


@click.command(name="replay")
@click.argument("names", metavar="ID...", nargs=-1, required=True)
@place
@click.option("--rules", type=_PATH, default=Path("rules"), show_default=True, metavar="DIR", help="Rulebook.")
@click.option(
    "--at", metavar="REV", help="Commit or tag of the rules; empty: as they are.  [default: the alert's release]"
)
@click.option("--wheels", type=_PATH, metavar="DIR", help="Take engine and detectors from the release's wheels in DIR.")
@click.option(
    "--proof",
    type=click.Choice(["sources", "capsule"]),
    help="Measure the files of the run, or make do with the capsule.  [default: the files, if all are there]",
)
@click.option("--sources", type=_PATH, multiple=True, metavar="PATH", help="Where the run's files are now; again.")
@click.option("--feed", metavar="NAME|FILE", help="Feed profile.  [default for this and what follows: see run.json]")
@click.option("--reference", type=_PATH, metavar="DIR", help="Reference data of the run.")
@click.option("--rates", type=_PATH, multiple=True, metavar="FILE", help="Its exchange rates. May be given again.")
@click.option("--baselines", type=_PATH, metavar="DIR", help="Folder with the baseline that it read.")
@click.option("--privacy-key", type=_PATH, metavar="FILE", help="Key of its pseudonyms.")
@click.option("--audit", type=_PATH, metavar="DIR", help="Log that has the run's hash.  [default: as of `surveil log`]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, a line for each alert.")
@click.option("--made", type=_PATH, metavar="FILE", help="Write the alerts that were made again.")
def command(
    *,
    names: tuple[str, ...],
    store: str | None,
    out: Path,
    rules: Path,
    at: str | None,
    wheels: Path | None,
    proof: str | None,
    as_json: bool,
    made: Path | None,
    audit: Path | None,
    **where: Any,
) -> int:
    """Make the alerts ID... again, with the rules of their release.

    Where the files that run.json names are there, they are held against their hashes and measured again, with the
    same feed profile, reference data, rates and baseline. Else nothing but the evidence capsule and the repository of
    rules is needed: what detectors can measure from its events is measured, and the alert is judged from its measures.

    Each alert is either the same, byte for byte, or the inputs that differ are named. With --wheels the engine and the
    detectors are those of the release too, whatever is installed.

    Exit statuses: 0 the alerts are the same; 2 usage, or something is missing; 3 one differs.
    """
    from surveillance.audit.at_hand import Named
    from surveillance.cli.audit_chosen import checked_out_for, chosen
    from surveillance.cli.audit_elsewhere import replayed_elsewhere
    from surveillance.cli.audit_told import tell

    named, told = Named(**where), []
    for group in chosen(names, store, out, audit):
        with checked_out_for(group.lineage, rules, at) as revision:
            if wheels is not None:
                words = ["--store", store] if store else ["--out", str(out)]
                words += ["--proof", proof] if proof else []
                told += replayed_elsewhere(wheels, revision, group, words, named)
            else:
                told += _here(group, revision, named, proof or "")
    for one in told:
        tell(one, as_json=as_json)
    if made is not None:
        made.write_bytes(b"".join(one.made + b"\n" for one in told))
    return Status.FINISHED if all(one.same for one in told) else Status.INVALID_RULES


def _here(group: Chosen, revision: Revision, named: Named, proof: str) -> list[Told]:
    """Make alerts again with what is installed."""
    from surveillance.alerts.lineage import installed
    from surveillance.audit.inputs import differing_code, differing_release
    from surveillance.audit.replay import Replay
    from surveillance.cli.audit_told import Told
    from surveillance.cli.console import remarks
    from surveillance.cli.progress import event_progress
    from surveillance.cli.rules_books import open_valid

    book, opened = open_valid(revision.folder)
    release = () if revision.release is None else list(differing_release(revision.release, revision.folder))
    code = differing_code(group.lineage, installed(one["name"] for one in group.lineage["distributions"]))
    with event_progress(remarks(), "measuring") as bar:
        replay = Replay(
            revision.folder,
            book,
            opened.detectors,
            named,
            proof,
            lambda at: bar.update(events=at.events, done=at.bytes_read, total=at.bytes_total),
        )
        replayed = replay.of(group.found, group.run)
    return [
        Told(
            one.alert["alert_id"],
            revision.name,
            one.proof,
            one.not_measured,
            [*release, *group.differing, *one.differences],
            code,
            one.made,
            one.following,
        )
        for one in replayed
    ]
