"""Checks of files: that they can be read, mean one thing to every reader of YAML, and have the fields of a rule."""

from __future__ import annotations

from collections.abc import Iterator

from surveillance.rules.check import FORM, Check

_ONE_MEANING = "What is written is what is read. A second way of writing it hides from a reviewer what holds."


def checks_of_form() -> Iterator[Check]:
    """Yield the checks of files and their form."""
    yield from _yaml()
    yield from _fields()
    yield from _folders()


def _yaml() -> Iterator[Check]:
    for code, meaning, why, mend, example in (
        ("yaml-syntax", "The file is not YAML at this place.", "Nothing behind the place can be read.",
         "Look at the indentation, brackets and quotes there and on the line before.", "when: {buys: {at_least: 3}"),
        ("yaml-empty", "The file holds nothing.", "A rule that was lost would look like one that never was.",
         "Write the rule, or delete the file.", "# only a comment"),
        ("yaml-encoding", "The file is not UTF-8 text.", "Another encoding reads as other letters elsewhere.",
         "Save it as UTF-8.", "title: caf\\xe9"),
        ("yaml-size", "The file is larger than 1 MB.", "No rule is; it is probably another kind of file.",
         "Take it out of the folder of rules.", "rules/events.yaml"),
        ("yaml-depth", "There are more than 32 levels of nesting.", "No rule needs them.",
         "Look for a bracket too many.", "[[[[[[[["),
        ("yaml-documents", "A second document begins (`---`).", "One file holds one rule, named after it.",
         "Put it into a file of its own.", "---\\nid: another"),
        ("yaml-directive", "There is a `%YAML` or `%TAG` line.", _ONE_MEANING, "Take the line out.", "%YAML 1.1"),
        ("yaml-tag", "A value has a tag, such as `!!int`.", _ONE_MEANING, "Take the tag out.", "version: !!int '3'"),
        ("yaml-anchor", "A value has an anchor (`&name`).", _ONE_MEANING, "Take it out; write values where they hold.",
         "when: &usual {buys: {at_least: 3}}"),
        ("yaml-alias", "A value is an alias (`*name`).", _ONE_MEANING, "Write the value out again.", "when: *usual"),
        ("yaml-merge", "Entries are merged in with `<<`.", _ONE_MEANING, "Write the entries out.", "<<: *usual"),
        ("yaml-tab", "A line is indented with a tab.", "How wide it is depends on the editor.",
         "Indent with spaces.", "\\tversion: 3"),
        ("yaml-hidden", "There is a character that no editor shows, or that turns the direction of text.",
         "What a reviewer reads would not be what holds.", "Delete it.", "id: wash\\u200b-churn"),
        ("yaml-key", "A key is not a name.", "No field is called so.", "Write the name before the colon.", "3: buys"),
        ("yaml-ambiguous", "A word is a number, or a constant, to some readers only.", _ONE_MEANING,
         "Write numbers in plain decimals, and quote what is text.", "at_least: 010"),
        ("duplicate-key", "A key is written twice.", "Most readers take the last and say nothing.", "Keep one of them.",
         "severity: low\\nseverity: high"),
        ("unreadable-file", "The file cannot be opened.", "A rule that is not read finds nothing.",
         "Look at its permissions.", "rules/wash/wash-churn.yaml"),
    ):  # fmt: skip
        yield Check(code, FORM, meaning, why, mend, example.encode().decode("unicode_escape"))


def _fields() -> Iterator[Check]:
    yield Check(
        "unknown-field",
        FORM,
        "A field, or a name in the braces of `explain`, is not known here.",
        "A misspelt field would change nothing, and nobody would notice.",
        "Take the nearest known name, which the hint gives.",
        "severty: high",
    )
    yield Check(
        "missing-field",
        FORM,
        "A field that every rule has is missing.",
        "There is no default for what a person has to decide.",
        "Write it; the hint says what it means.",
        "id: wash-churn\nversion: 3\n# and no title",
    )
    yield Check(
        "wrong-type",
        FORM,
        "A value is of another kind than the field takes: text for a list, a list for a number.",
        "It could only be guessed what is meant.",
        "Write the kind that the message names.",
        "references: MAR Annex I",
    )
    yield Check(
        "bad-value",
        FORM,
        "A value is not one of those that the field takes.",
        "It could only be guessed what is meant.",
        "Take one of the values that the message names.",
        "severity: severe",
    )
    yield Check(
        "bad-condition",
        FORM,
        "A condition has no operator, or more than one.",
        "Two operators in one place do not say whether both must hold.",
        "Write one of `at_least`, `above`, `at_most`, `below`, `between`.",
        "buys: {at_least: 3, at_most: 5}",
    )


def _folders() -> Iterator[Check]:
    yield Check(
        "no-rulebook",
        FORM,
        "There is no `rulebook.yaml` here or in a folder above.",
        "It says in which currency money is compared and which plugins may load.",
        "Name the folder of a rulebook, or a file in one; `surveil init` starts one.",
        "surveil rules check somewhere-else",
    )
    yield Check(
        "no-rules",
        FORM,
        "The rulebook has no rule.",
        "A run over it would find nothing and look clean.",
        "Add a rule, `surveil new rule` makes one, or name another folder.",
        "rules/rulebook.yaml and nothing else",
    )
    yield Check(
        "file-name",
        FORM,
        "A file ends in `.yml` or `.YAML`.",
        "It would be left out on a system that tells the two apart.",
        "Rename it to end in `.yaml`.",
        "rules/wash/wash-churn.yml",
    )
    yield Check(
        "id-is-not-file-name",
        FORM,
        "A file is not named after the id in it.",
        "From the id in an alert one has to find the file.",
        "Rename the file or the id.",
        "id: wash-churn    # in wash-trades.yaml",
    )
    yield Check(
        "duplicate-id",
        FORM,
        "Two files have the same id.",
        "Findings, locks and suppressions name a rule by its id.",
        "Give each its own.",
        "id: wash-churn    # in two files",
    )
