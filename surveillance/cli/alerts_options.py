"""Options that the verbs of `surveil alerts` share: where the alerts are, and which of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from surveillance.cli.options import Level

if TYPE_CHECKING:
    from surveillance.alerts.store.query import Query

STATES: Final = ("open", "closed", "withdrawn", "absorbed")
SORTS: Final = ("score", "start", "subject")
_FACETS: Final = ("rule", "family", "typology", "asset_class", "account", "instrument")

Command = TypeVar("Command", bound=Callable[..., Any])


def _read_day(_context: click.Context, _option: click.Parameter, text: str | None) -> str:
    """Read a day written on the command line; a click callback."""
    if text is None:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no day, such as 2026-03-16") from error


_PLACE: Final = (
    click.option("--store", metavar="URL", help="Database: sqlite:///FILE, a path, or postgresql://…"),
    click.option(
        "--out",
        type=click.Path(path_type=Path),
        default=Path("out"),
        show_default=True,
        metavar="DIR",
        help="Folder of a run, where no --store is named.",
    ),
)

_FILTERS: Final = (
    click.option("--level", "levels", type=Level, multiple=True, help="Only this level. May be given again."),
    click.option("--min-score", "least", type=click.IntRange(0, 100), help="Only scores of this and above."),
    click.option("--max-score", "most", type=click.IntRange(0, 100), help="Only scores below this."),
    click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="[default: open and closed]"),
    click.option("--subject", "subjects", multiple=True, metavar="ID", help="Only about this owner, account, trader…"),
    *(
        click.option(f"--{name.replace('_', '-')}", name, multiple=True, metavar="NAME", help=f"Only with this {said}.")
        for name, said in ((one, one.replace("_", " ")) for one in _FACETS)
    ),
    click.option("--from", "day_from", callback=_read_day, metavar="DAY", help="First trading day, as 2026-03-16."),
    click.option("--to", "day_to", callback=_read_day, metavar="DAY", help="Last trading day."),
)

_ORDER: Final = (
    click.option("--sort", type=click.Choice(SORTS), default="score", show_default=True, help="Sort by this."),
    click.option("--ascending", is_flag=True, help="Smallest first."),
)


def _all(options: tuple[Any, ...]) -> Callable[[Command], Command]:
    def decorate(function: Command) -> Command:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


place = _all(_PLACE)
"""Gives a command --store and --out."""

filters = _all(_FILTERS)
"""Gives a command the options that say which alerts; `query_of` reads them."""

order = _all(_ORDER)
"""Gives a command --sort and --ascending."""


def query_of(chosen: dict[str, Any]) -> Query:
    """Return the query of what the options gave."""
    from surveillance.alerts.store.query import Query

    facets = [(name, chosen.pop(name)) for name in _FACETS]
    return Query(facets=[one for one in facets if one[1]], **chosen)
