"""docs/rule-authors.md, done by hand: its files are written, its commands are run, and what they print is compared."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from surveillance.cli.main import run
from surveillance.rules.cases import SAID
from surveillance.tape.tape import BASELINE_FIELDS
from surveillance.testing.notation import read_tape
from surveillance.testing.tape_lines import NAMED

DOC = Path(__file__).parents[2] / "docs" / "rule-authors.md"
BLOCK = re.compile(r"```(\w+) ?(.*)\n((?:.*\n)*?)```")


def told(text):
    """Return what a command printed, without what differs from run to run."""
    text = re.sub(r"\(\d+\.\d\d s\)", "(0.01 s)", text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def play(kind, where, content, capsys):
    """Do what one block says; return the block as it should be."""
    if kind == "yaml" and where:
        path = Path(where.lstrip("+"))
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if where.startswith("+") else ""
        path.write_text(before + content, encoding="utf-8")
    if kind != "console":
        return content
    if where:
        path, _, edit = where.removeprefix("edit ").partition(": ")
        old, _, new = edit.partition(" -> ")
        text = Path(path).read_text(encoding="utf-8")
        assert text.count(old) == 1
        Path(path).write_text(text.replace(old, new), encoding="utf-8")
    shown = []
    for line in content.splitlines():
        if line.startswith("$ surveil "):
            capsys.readouterr()
            run(shlex.split(line)[2:])
            printed = capsys.readouterr()
            shown += [line, told(printed.out + printed.err)]
    return "\n".join(part for part in shown if part) + "\n"


def test_from_an_empty_folder_to_a_tested_rule(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for kind, where, content in BLOCK.findall(DOC.read_text(encoding="utf-8")):
        assert play(kind, where, content, capsys) == content


def test_the_lines_of_the_notation_in_the_docs_are_read():
    (tape,) = (content for kind, _, content in BLOCK.findall(DOC.read_text(encoding="utf-8")) if kind == "text")
    kinds = [line.split()[1] for line in tape.splitlines()]
    batch, _ = read_tape(tape)
    assert len(batch) == len(set(kinds)) == 10


def test_every_named_field_and_everything_that_can_be_expected_is_documented():
    text = DOC.read_text(encoding="utf-8")
    (row,) = (line for line in text.splitlines() if line.startswith("| named fields |"))
    assert set(re.findall(r"`(\w+)`", row)) == set(NAMED) - {"beneficial_owner", "asset_class", *BASELINE_FIELDS}
    assert "`usual_rate=3`" in text
    table = text.partition("## What can be expected")[2].partition("\n## ")[0]
    named = {
        name
        for line in table.splitlines()
        for name in re.findall(r"`(\w+)`", line.split("|")[1] if "|" in line else "")
    }
    assert set(SAID) <= named
