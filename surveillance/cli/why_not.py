"""`surveil why-not`: what an examiner asks first, answered by judging the events again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from surveillance.evaluation.asking import Inputs

_PATH = click.Path(path_type=Path)


def _read_key(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Read NAME=ID as written on the command line; a click callback."""
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise click.BadParameter(f"{text!r} is not NAME=ID, such as beneficial_owner=B17")
    return dict(text.split("=", 1) for text in given)


@click.command(name="why-not")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", type=_PATH)
@click.option("--rule", required=True, metavar="ID", help="The rule that found nothing.")
@click.option("--account", metavar="ID", help="Whom it should have found.")
@click.option("--trader", metavar="ID", help="The same, for a rule about traders.")
@click.option("--instrument", metavar="ID", help="In what.")
@click.option("--key", multiple=True, metavar="NAME=ID", callback=_read_key, help="Any other part of the rule's key.")
@click.option("--at", "at", required=True, metavar="TIME", help="When: 2026-03-16T14:30:00Z.")
@click.option("--within", default=30.0, show_default=True, metavar="MINUTES", help="How far from TIME to look.")
@click.option(
    "--out", type=_PATH, default=Path("out"), show_default=True, metavar="DIR", help="The run that found nothing."
)
@click.option("--feed", metavar="NAME|FILE", help="Feed profile, where SOURCE is named.")
@click.option("--rules", type=_PATH, metavar="DIR", help="Rulebook.  [default: that of the run]")
@click.option("--reference", type=_PATH, metavar="DIR", help="Reference data.  [default: that of the run]")
@click.option("--rates", type=_PATH, multiple=True, metavar="FILE", help="Exchange rates.  [default: those of the run]")
@click.option("--privacy-key", type=_PATH, metavar="FILE", help="Key of pseudonyms, where the rulebook asks for them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    *,
    rule: str,
    account: str | None,
    trader: str | None,
    instrument: str | None,
    key: dict[str, str],
    at: str,
    within: float,
    as_json: bool,
    out: Path,
    **given: Any,
) -> None:
    """Tell why a rule did not find somebody at a time.

    Judges again the events of the run in --out, or of SOURCE, and says what the rule could see then, the nearest
    candidate with every condition that it failed and by how much, or what held it back.
    """
    from surveillance.evaluation.asking import Asked
    from surveillance.evaluation.why_not import why_not
    from surveillance.events.reference_files import moment

    time = moment(at)
    if time is None:
        raise click.BadParameter(f"{at!r} is no time, such as 2026-03-16T14:30:00Z", param_hint="--at")
    named = {"account": account, "trader": trader, "instrument": instrument}
    who = key | {name: text for name, text in named.items() if text is not None}
    if not who:
        raise click.UsageError("name whom or what: --account, --trader, --instrument or --key")
    if given["sources"] and given["feed"] is None:
        raise click.UsageError("SOURCE needs --feed")
    inputs, then = _inputs(out, **given)
    answer = why_not(Asked(rule, who, time, int(within * 60_000_000_000)), inputs, then)
    if as_json:
        import json

        click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        _print(answer)


def _inputs(
    out: Path,
    *,
    sources: tuple[Path, ...],
    feed: str | None,
    rules: Path | None,
    reference: Path | None,
    rates: tuple[Path, ...],
    privacy_key: Path | None,
) -> tuple[Inputs, Mapping[str, Any] | None]:
    """Return what is judged again, and the record of the run in the folder where that is what is asked about."""
    from surveillance.evaluation.asking import Inputs, inputs_of, record_of

    if sources and feed is not None:
        return Inputs(sources, feed, rules, reference, rates, privacy_key), None
    then = record_of(out)
    made = inputs_of(then, out)
    return Inputs(
        made.sources,
        feed or made.feed,
        rules or made.rules,
        reference or made.reference,
        rates or made.rates,
        privacy_key,
        made.baselines,
    ), then


def _print(answer: Mapping[str, Any]) -> None:
    for place, line in enumerate(answer["answer"]):
        click.echo(f"  {line}" if place else line)
    if answer["outcome"] == "near":
        click.echo("All its conditions there:")
        for one in answer["conditions"]:
            held = "met" if one["met"] else "FAILED"
            click.echo(f"  {held:<6} {one['measure']}: {one['value']}, asked for {one['asked'].replace('_', ',')}")
    if answer["changed"]:
        from surveillance.alerts.amounts import listed

        click.echo(f"Not as it was when the run was made: {listed(answer['changed'])}.")
