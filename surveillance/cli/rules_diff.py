"""`surveil rules diff`: what an edit of the rules does, to the version and to the alerts of a tape."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from surveillance.audit.diff import Side

_PATH = click.Path(path_type=Path)


@click.command(name="diff")
@click.argument("range_", metavar="[A..B]", default="HEAD..")
@click.option("--rules", type=_PATH, metavar="DIR", help="Rulebook in the working tree.  [default: the shipped one]")
@click.option("--tape", type=_PATH, multiple=True, metavar="SOURCE", help="Events that both judge. May be given again.")
@click.option("--feed", metavar="NAME|FILE", help="Feed profile of --tape.")
@click.option("--reference", type=_PATH, metavar="DIR", help="Reference data for --tape.")
@click.option("--rates", type=_PATH, multiple=True, metavar="FILE", help="Exchange rates for --tape.")
@click.option("--baselines", type=_PATH, metavar="DIR", help="What is usual before --tape; nothing is learned.")
@click.option("--privacy-key", type=_PATH, metavar="FILE", help="Key of pseudonyms, where the rulebook asks for them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", type=_PATH, metavar="FILE", help="Write Markdown, for a pull request.")
@click.option("--html", type=_PATH, metavar="FILE", help="Write a page.")
def command(
    *,
    range_: str,
    rules: Path | None,
    tape: tuple[Path, ...],
    as_json: bool,
    markdown: Path | None,
    html: Path | None,
    **inputs: Any,
) -> None:
    """Compare the rulebook at A with that at B: folders, commits or tags; B is the working tree where it is left out.

    Says in words which fields of which rules differ and for which asset classes and bands, and which step of the
    version that demands. With --tape also which alerts are gained, lost and scored otherwise, each with its reasons;
    what both rulebooks measure is measured once. Rules of other days are judged with the detectors installed now.
    """
    from surveillance.audit.diff import diff
    from surveillance.audit.diff_text import as_markdown, as_text
    from surveillance.audit.revisions import checked_out
    from surveillance.bundle import rules_folder

    if ".." not in range_:
        raise click.BadParameter("write A..B, such as v1.2.0..v1.3.0, or A.. for the working tree", param_hint="A..B")
    if tape and inputs["feed"] is None:
        raise click.UsageError("--tape needs --feed")
    folder = rules or rules_folder()
    names = range_.split("..", 1)
    with ExitStack() as stack:
        folders = [stack.enter_context(checked_out(name, folder)) for name in names]
        sides = [side_of(place, name or "working tree") for place, name in zip(folders, names, strict=True)]
        found = diff(sides[0], sides[1], judged_by_both(tape, folders, inputs) if tape else None)
    for file, write in ((markdown, as_markdown), (html, _page)):
        if file is not None:
            file.write_text(write(found), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        click.echo(as_text(found), nl=False)


def side_of(folder: Path, name: str) -> Side:
    """Return the rulebook in a folder, by a name for the reader."""
    from surveillance.audit.diff import Side
    from surveillance.cli.rules_books import open_valid

    book, opened = open_valid(folder)
    return Side(book, opened.versions, name)


def judged_by_both(tape: Sequence[Path], folders: Sequence[Path], inputs: dict[str, Any]) -> dict[str, Any]:
    """Return how the alerts of two rulebooks differ on a tape."""
    from surveillance.audit.tape_diff import tape_diff
    from surveillance.engine.comparing import AFTER, BEFORE, judge_twice

    with tempfile.TemporaryDirectory(prefix="surveil-diff-") as place:
        out = Path(place)
        judged = judge_twice(tape, rules=(folders[0], folders[1]), out=out, **inputs)
        return {**tape_diff(out / BEFORE, out / AFTER), "judged": judged}


def _page(found: dict[str, Any]) -> str:
    from surveillance.reports.diff_page import diff_page

    return diff_page(found)
