"""A small rulebook to check: one rule in which nothing is wrong, and a way to change it."""

from __future__ import annotations

import json
from pathlib import Path

from surveillance.cli.main import run

SHIPPED = Path(__file__).parents[2] / "rules"

RULE = """\
format: 1
id: churn
version: 1
title: One account changes sides again and again
status: active
severity: medium
family: wash
owner: desk
detector: wash.churn
params: {window: 30m}
when:
  buys:        {at_least: 2}
  sells:       {at_least: 2}
  alternation: {at_least: 60%}
asset_classes: {equity: {}}
references: [MAR Annex I A(d)]
explain: "{account} changed sides {alternation} of the time."
rationale:
  why: Whoever wants a position does not go back and forth within half an hour.
  review_by: 2099-01-31
false_positives: [Market makers]
blind_spots: [Accounts of one owner]
tests:
  - name: four that alternate
    tape: |
      +0m trade A1 IBM buy  100 @ 10
      +1m trade A1 IBM sell 100 @ 10
      +2m trade A1 IBM buy  100 @ 10
      +3m trade A1 IBM sell 100 @ 10
    expect: [{account: A1}]
  - name: three do not
    tape: |
      +0m trade A1 IBM buy  100 @ 10
      +1m trade A1 IBM sell 100 @ 10
      +2m trade A1 IBM buy  100 @ 10
    expect: []
"""

SUPPRESSION = """\
format: 1
id: makers
rules: [churn]
scope: {account: [MM-1, MM-2]}
reason: Market makers by contract.
owner: desk
expires: 2099-01-31
"""


class Book:
    """A rulebook in a folder."""

    def __init__(self, folder, capsys):
        self.folder, self._capsys = folder, capsys
        folder.mkdir()
        (folder / "rulebook.yaml").write_bytes((SHIPPED / "rulebook.yaml").read_bytes())
        self.write("churn", RULE)

    def write(self, name, text):
        path = self.folder / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def edit(self, old, new, name="churn"):
        path = self.folder / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        path.write_text(text.replace(old, new), encoding="utf-8")

    def another(self, name, *edits, like=RULE):
        """Write a rule like another one, but for some edits."""
        text = like.replace("id: churn", f"id: {name}")
        for old, new in edits:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        self.write(name, text)

    def check(self, *words):
        """Return exit status and what is printed."""
        self._capsys.readouterr()
        status = run(["rules", "check", str(self.folder), *map(str, words)])
        printed = self._capsys.readouterr()
        return status, printed.out + printed.err

    def told(self, *words):
        """Return what is told as JSON."""
        return json.loads(self.check("--json", *words)[1])

    def codes(self, *words):
        """Return the codes of all problems."""
        return [one["code"] for one in self.told(*words)["problems"]]
