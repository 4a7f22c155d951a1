"""`surveil rules retire`: take a rule out of service without forgetting it."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import click


@click.command(name="retire")
@click.argument("rule_id", metavar="RULE")
@click.option(
    "--reason", required=True, metavar="WHY", help="Why, in a sentence that somebody understands years later."
)
@click.option("--by", metavar="NAME", help="Who decided it.  [default: the user of this process]")
@click.option("--rules", type=click.Path(path_type=Path), metavar="DIR", help="Rulebook.  [default: the shipped one]")
def command(rule_id: str, reason: str, by: str | None, rules: Path | None) -> None:
    """Retire RULE: it is not run any more, and its file stays for those who audit its alerts.

    Changes status and version in the rule's file, writes the reason beside them, and leaves all else as it is.
    """
    from surveillance.audit.log import user
    from surveillance.audit.retiring import retired
    from surveillance.cli.rules_books import open_valid, rule_named

    if not reason.strip():
        raise click.BadParameter("say why", param_hint="--reason")
    _, opened = open_valid(rules)
    rule = rule_named(rule_id, opened)
    day = datetime.now(timezone.utc).date().isoformat()
    Path(rule.file).write_text(retired(rule, reason=reason, by=by or user(), on=day), encoding="utf-8")
    click.echo(f"{rule.file}: retired, version {rule.version + 1}. Next: surveil rules diff, then a release.")
