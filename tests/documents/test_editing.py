"""A value is changed where it stands, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.bundle import rules_folder
from surveillance.documents.document import Document
from surveillance.documents.editing import edited, folded
from surveillance.documents.yaml import parse_yaml

WRITTEN = """\
# Ümläute and — dashes before what is changed
version: 3   # of this rule
when:
  buys:   {at_least: 3}     # three
  share:  {at_least: "60%"}
  range:  {between: [1, 2]}
rationale:
  evidence: >-
    Two lines
    of it.

  reviewed: 2026-11-20
"""


def value_of(text: str) -> Document:
    document, problems = parse_yaml(text.encode(), "a.yaml")
    assert not problems
    assert document is not None
    return document


def test_only_the_scalar_changes_and_comments_stay():
    found = edited(WRITTEN, {("when", "buys", "at_least"): "12", ("version",): "4"})
    assert found == WRITTEN.replace("at_least: 3}", "at_least: 12}").replace("version: 3", "version: 4")


def test_quotes_and_places_in_lists_are_kept():
    found = edited(WRITTEN, {("when", "share", "at_least"): "75%", ("when", "range", "between", 1): "20"})
    assert found == WRITTEN.replace('"60%"', '"75%"').replace("[1, 2]", "[1, 20]")


def test_a_block_of_text_is_replaced_as_a_whole():
    found = edited(WRITTEN, {("rationale", "evidence"): "One line."})
    assert found == WRITTEN.replace(">-\n    Two lines\n    of it.\n", "One line.\n")
    assert value_of(found).value["rationale"] == {"evidence": "One line.", "reviewed": "2026-11-20"}


def test_what_is_no_scalar_cannot_be_changed():
    with pytest.raises(LookupError, match=r"there is no scalar at when\.buys"):
        edited(WRITTEN, {("when", "buys"): "3"})
    with pytest.raises(LookupError, match="there is no scalar at other"):
        edited(WRITTEN, {("other",): "3"})
    with pytest.raises(ValueError, match="not YAML"):
        edited("a: [", {("a",): "3"})


@given(st.text("ab c:#\"'{}é", min_size=1, max_size=300).map(lambda text: " ".join(text.split())).filter(bool))
def test_any_sentence_can_be_written_and_is_read_again(text):
    found = edited(WRITTEN, {("rationale", "evidence"): folded(text, 4)})
    assert value_of(found).value["rationale"]["evidence"] == text
    assert found.startswith(WRITTEN[: WRITTEN.index(">-")])
    assert found.endswith("\n\n  reviewed: 2026-11-20\n")


@pytest.mark.parametrize("path", sorted(rules_folder().glob("*/*.yaml")), ids=lambda path: path.stem)
def test_shipped_rules_keep_every_other_line(path):
    text = path.read_text(encoding="utf-8")
    found = edited(text, {("version",): "999"})
    changed = [new for old, new in zip(text.splitlines(), found.splitlines(), strict=True) if old != new]
    assert changed == ["version: 999"]
