"""`surveil audit replay`: an alert made again from the rules of its release and its evidence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surveillance.cli.alerts_options import place
from surveillance.cli.status import Status

if TYPE_CHECKING:
    from surveillance.audit.inputs import Release

_PATH = click.Path(path_type=Path)


@click.command(name="replay")
@click.argument("name", metavar="ID")
@place
@click.option("--rules", type=_PATH, default=Path("rules"), show_default=True, metavar="DIR", help="Rulebook.")
@click.option(
    "--at", metavar="REV", help="Commit or tag of the rules; empty: as they are.  [default: the alert's release]"
)
@click.option("--wheels", type=_PATH, metavar="DIR", help="Take engine and detectors from the release's wheels in DIR.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--made", type=_PATH, metavar="FILE", help="Write the alert that was made again.")
def command(
    *,
    name: str,
    store: str | None,
    out: Path,
    rules: Path,
    at: str | None,
    wheels: Path | None,
    as_json: bool,
    made: Path | None,
) -> int:
    """Make the alert ID again: rules from its release, measures and events from its evidence capsule.

    The alert is either the same, byte for byte, or the inputs that differ are named. Nothing but the capsule and the
    repository of rules is needed; files of events may be gone. With --wheels the engine and the detectors are those
    of the release too, whatever is installed.

    Exit statuses: 0 the alert is the same; 2 usage, or something is missing; 3 it differs.
    """
    from surveillance.alerts.store.library import open_library
    from surveillance.audit.inputs import differing_code, differing_inputs, differing_release
    from surveillance.audit.rebuild import rebuild
    from surveillance.cli.rules_books import open_valid

    with open_library(store, out) as library:
        found = library.show(name)
    alert, capsule = found["alert"], found["capsule"]
    if capsule is None:
        raise click.UsageError(f"the evidence of {name} is not there: capsules.ndjson, or the store, has lost it")
    with _checked_out(rules, at, alert["lineage"]) as (folder, where, release):
        if wheels is not None:
            return _elsewhere(wheels, release, folder, name, store, out, as_json=as_json, made=made)
        book, opened = open_valid(folder)
        differing = [] if release is None else list(differing_release(release, folder))
        differing += differing_inputs(alert["lineage"], book)
        rebuilt = rebuild(alert, capsule, book, opened.detectors)
    code = differing_code(alert["lineage"], _installed(alert["lineage"]))
    said = [*differing, *rebuilt.differences]
    if made is not None:
        made.write_bytes(rebuilt.alert + b"\n")
    same = rebuilt.identical and not said
    _tell(alert["alert_id"], where, same, said, code, as_json=as_json)
    return Status.FINISHED if same else Status.INVALID_RULES


@contextmanager
def _checked_out(rules: Path, at: str | None, lineage: Any) -> Iterator[tuple[Path, str, Release | None]]:
    """Give the rules of a revision, how it is called, and the release that it is."""
    from surveillance.audit.inputs import read_release, release_of
    from surveillance.audit.release import tags
    from surveillance.audit.revisions import checked_out

    if at == "":
        yield rules, "the rules as they are", None
        return
    release = release_of(lineage, rules) if at is None else read_release(at, rules) if at in tags(rules) else None
    if at is None and release is None:
        hint = "name the commit with --at, or --at '' for the rules as they are"
        raise click.UsageError(f"no release has the rulebook {lineage['rulebook']['digest'][:16]} that made it: {hint}")
    name = at if release is None else release.tag
    assert name is not None
    with checked_out(name, rules) as folder:
        yield folder, name, release


def _installed(lineage: Any) -> list[dict[str, Any]]:
    from surveillance.alerts.lineage import installed

    return installed(one["name"] for one in lineage["distributions"])


def _elsewhere(
    wheels: Path,
    release: Release | None,
    folder: Path,
    name: str,
    store: str | None,
    out: Path,
    *,
    as_json: bool,
    made: Path | None,
) -> int:
    """Do the same in a process that imports engine and detectors from the wheels of the release."""
    from surveillance.audit.inputs import differing_release
    from surveillance.audit.wheels import unpacked

    if release is None:
        raise click.UsageError("--wheels takes the wheels of a release; the rules are of none")
    differing = list(differing_release(release, folder))
    with tempfile.TemporaryDirectory(prefix="surveil-wheels-") as place:
        places = unpacked(wheels, release.manifest, Path(place))
        words = ["audit", "replay", name, "--at", "", "--rules", str(folder), "--out", str(out)]
        words += [*(["--store", store] if store else []), *(["--json"] if as_json else [])]
        words += ["--made", str(made)] if made else []
        paths = os.pathsep.join(str(one) for one in places)
        environment = {**os.environ, "PYTHONPATH": paths, "PYTHONSAFEPATH": "1"}
        code = "import sys; from surveillance.cli.main import main; sys.exit(main())"
        done = subprocess.run([sys.executable, "-c", code, *words], env=environment, check=False)  # noqa: S603 - no shell
    for line in differing:
        click.echo(f"differs: {line}")
    return Status.INVALID_RULES if differing and not done.returncode else Status(done.returncode)


def _tell(alert_id: str, where: str, same: bool, said: list[str], code: list[str], *, as_json: bool) -> None:
    if as_json:
        answer = {"alert_id": alert_id, "at": where, "identical": same, "differences": said, "other_code": code}
        click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    if same:
        click.echo(f"Alert {alert_id} made again at {where}: the same, byte for byte.")
    else:
        click.echo(f"Alert {alert_id} made again at {where}: it differs.")
    for line in said:
        click.echo(f"differs: {line}")
    for line in code:
        click.echo(f"{'other code' if same else 'differs'}: {line}")
