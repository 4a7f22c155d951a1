"""Alerts made again in a process of its own, which imports engine and detectors from the wheels of their release."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from surveillance.audit.at_hand import Named
from surveillance.audit.inputs import differing_release
from surveillance.audit.wheels import unpacked
from surveillance.cli.audit_chosen import Chosen, Revision
from surveillance.cli.audit_told import Told, told_again
from surveillance.cli.status import Status

_CODE = "import sys; from surveillance.cli.main import main; sys.exit(main())"


def replayed_elsewhere(
    wheels: Path, revision: Revision, group: Chosen, words: Sequence[str], named: Named
) -> list[Told]:
    """Make alerts again with the code of their release.

    Parameters
    ----------
    wheels : Path
        Folder of the wheels.
    revision : Revision
        The release, checked out.
    group : Chosen
        The alerts.
    words : sequence of str
        Options that say where the alerts are, and which proof is wanted.
    named : Named
        Where inputs are now.

    Raises
    ------
    click.UsageError
        The rules are of no release.
    click.exceptions.Exit
        The other process failed, and said why.
    """
    if revision.release is None:
        raise click.UsageError("--wheels takes the wheels of a release; the rules are of none")
    differing = [*differing_release(revision.release, revision.folder), *group.differing]
    names = [one["alert"]["alert_id"] for one in group.found]
    with tempfile.TemporaryDirectory(prefix="surveil-wheels-") as place:
        paths = os.pathsep.join(map(str, unpacked(wheels, revision.release.manifest, Path(place))))
        made = Path(place) / "made.ndjson"
        asked = ["audit", "replay", *names, "--at", "", "--rules", str(revision.folder), "--json", "--made", str(made)]
        asked += [*words, *_options(named)]
        environment = {**os.environ, "PYTHONPATH": paths, "PYTHONSAFEPATH": "1"}
        done = subprocess.run(  # noqa: S603 - no shell
            [sys.executable, "-c", _CODE, *asked], env=environment, check=False, stdout=subprocess.PIPE
        )
        if done.returncode not in (Status.FINISHED, Status.INVALID_RULES) or not made.exists():
            raise click.exceptions.Exit(done.returncode)
        lines = [done.stdout] if len(names) == 1 else done.stdout.splitlines()
        return [
            told_again(json.loads(line), revision.name, differing, alert)
            for line, alert in zip(lines, made.read_bytes().splitlines(), strict=True)
        ]


def _options(named: Named) -> Iterator[str]:
    """Yield the options that say where inputs are; nothing for an engine that does not know them."""
    for option, one in (
        ("--feed", named.feed),
        ("--reference", named.reference),
        ("--baselines", named.baselines),
        ("--privacy-key", named.privacy_key),
    ):
        if one is not None:
            yield from (option, str(one))
    for option, several in (("--sources", named.sources), ("--rates", named.rates)):
        for path in several:
            yield from (option, str(path))
