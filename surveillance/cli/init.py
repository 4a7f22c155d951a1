"""`surveil init`: a repository of rules to start from, whose checks pass."""

from __future__ import annotations

from pathlib import Path

import click

_FIRST = "busy-account"


@click.command(name="init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def command(folder: Path) -> None:
    """Start a repository of rules in DIR: a rulebook with a tested rule and its lock, a CI recipe, pre-commit hooks.

    Nothing that is there is written over.
    """
    from surveillance.cli.new import filled, told, words, write
    from surveillance.cli.rules_books import open_valid
    from surveillance.rules.lock import LOCK, lock_of

    known = words(_FIRST, "")
    files = {
        "README.md": "house/README.md",
        ".github/workflows/rules.yml": "house/workflow.yml",
        ".pre-commit-config.yaml": "house/pre-commit.yaml",
        "rules/rulebook.yaml": "house/rulebook.yaml",
        f"rules/{_FIRST}.yaml": "rule.yaml",
    }
    written = write(folder, {path: filled(template, known) for path, template in files.items()})
    book, opened = open_valid(folder / "rules")
    lock = folder / "rules" / LOCK
    lock.write_text(lock_of(book, opened.versions).text(), encoding="utf-8")
    told([*written, lock], f"cd {folder} && git init && surveil rules check rules && surveil rules test rules", "")
