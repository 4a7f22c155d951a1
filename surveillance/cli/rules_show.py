"""`surveil rules show`: one rule with the values that hold, and where each of them is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from surveillance.cli.rules_books import Opened
    from surveillance.events.schema import AssetClass, Band
    from surveillance.rules import Rule

CLASSES: Final = ("equity", "fixed_income", "derivative", "fx", "crypto", "commodity")
BANDS: Final = ("liquid", "normal", "illiquid")


@click.command(name="show")
@click.argument("rule_id", metavar="RULE")
@click.option("--asset-class", type=click.Choice(CLASSES), help="Show what holds for this asset class.")
@click.option("--band", type=click.Choice(BANDS), help="Show what holds for this liquidity band.")
@click.option("--rules", type=click.Path(path_type=Path), metavar="DIR", help="Rulebook.  [default: the shipped one]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(rule_id: str, asset_class: str | None, band: str | None, rules: Path | None, as_json: bool) -> None:
    """Show RULE: its thresholds and parameters as they hold, what they mean, where they are written, and its texts."""
    from surveillance.cli.rules_books import open_valid, rule_named

    _, opened = open_valid(rules)
    rule = rule_named(rule_id, opened)
    shown = describe(rule, opened, _wanted(rule, asset_class, band))
    if as_json:
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        from surveillance.cli.rules_shown import print_rule

        print_rule(shown)


def _wanted(rule: Rule, asset_class: str | None, band: str | None) -> list[tuple[AssetClass | None, Band | None]]:
    """Return the asset classes and bands to show: those named, otherwise each for which something differs."""
    from surveillance.events.schema import AssetClass, Band

    if asset_class is not None and AssetClass[asset_class.upper()] not in rule.asset_classes:
        listed = ", ".join(member.name.lower() for member in rule.asset_classes)
        raise click.BadParameter(f"{rule.id} applies to {listed}", param_hint="--asset-class")
    listed_classes = (None, None) not in rule.thresholds
    members: list[AssetClass | None] = list(rule.asset_classes) if listed_classes else [None]
    if asset_class is not None:
        members = [AssetClass[asset_class.upper()]]
    bands: list[Band | None] = [None, *Band] if band is None else [Band[band.upper()]]
    return [
        (member, level)
        for member in members
        for level in bands
        if level is None or band is not None or rule.effective(member, level) != rule.effective(member, None)
    ]


def describe(rule: Rule, opened: Opened, wanted: list[tuple[AssetClass | None, Band | None]]) -> dict[str, Any]:
    """Return a rule as plain values, with what holds for some asset classes and bands."""
    rationale = rule.rationale
    return {
        "id": rule.id,
        "version": rule.version,
        "title": rule.title,
        "status": rule.status,
        "severity": rule.severity,
        "family": rule.family,
        "owner": rule.owner,
        "detector": rule.detector,
        "detector_version": opened.detectors[rule.detector].version,
        "key": list(rule.key),
        "file": rule.file,
        "digest": rule.digest,
        "effective": [_effective(rule, opened, member, band) for member, band in wanted],
        "explain": rule.explain,
        "references": list(rule.references),
        "rationale": None
        if rationale is None
        else {
            "why": rationale.why,
            "evidence": rationale.evidence,
            "reviewed": rationale.reviewed,
            "review_by": rationale.review_by,
        },
        "false_positives": list(rule.false_positives),
        "blind_spots": list(rule.blind_spots),
        "tests": [test.name for test in rule.tests],
    }


def _effective(rule: Rule, opened: Opened, member: AssetClass | None, band: Band | None) -> dict[str, Any]:
    from surveillance.rules.params import show_params

    assert opened.book is not None
    params, places = rule.params(member), rule.params_from(member)
    measures = opened.detectors[rule.detector].measures_of(params)
    return {
        "asset_class": member.name.lower() if member else None,
        "band": band.name.lower() if band else None,
        "params": {
            name: {"value": value, **_origin(places.get(name))}
            for name, value in show_params(params, opened.book.base_currency).items()
        },
        "when": {
            one.measure: {
                "condition": one.text,
                "unit": one.unit.value,
                "graded": one.graded,
                "meaning": measures[one.measure].meaning,
                **_origin(one.origin),
            }
            for one in rule.effective(member, band) or ()
        },
    }


def _origin(place: Any) -> dict[str, Any]:
    """Say where a value is written; a value that is not is the detector's default."""
    return {"from": place.path if place else "default", "line": place.line if place else None}
