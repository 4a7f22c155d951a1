"""Checks of what a valid form says: units, names, days, tapes, and the versions that a lock holds it to."""

from __future__ import annotations

from collections.abc import Iterator

from surveillance.rules.check import LOCK, MEANING, TAPES, Check

_REJECTED = (
    "An event of a tape would be rejected by any feed. Its problems have the code of the reject instead, such as "
    "`out-of-range` or `too-many-decimals`."
)


def checks_of_meaning() -> Iterator[Check]:
    """Yield the checks of what rules, their tapes and their lock say."""
    for code, meaning, why, mend, example in (
        ("unknown-detector", "No installed plugin has the detector.", "Nothing would measure for the rule.",
         "Take the id that the hint gives, or install the plugin and list it in `rulebook.yaml`.",
         "detector: wash.chrun"),
        ("unknown-measure", "The detector does not measure that.", "The condition could never hold.",
         "`surveil detectors show ID` lists what it measures.", "when: {sels: {at_least: 3}}"),
        ("unknown-rule", "A suppression names a rule that does not exist.", "It would hide nothing.",
         "Take the id that the hint gives.", "rules: [wash-chrn]"),
        ("bad-parameter", "The detector refuses a parameter.", "It cannot measure with it.",
         "The message is the detector's own: follow it.", "params: {window: 0s}"),
        ("bad-unit", "An amount has no unit, or one that does not fit what is measured.",
         "A bare number where a unit matters is read in two ways.", "Write the unit that the hint gives.",
         "alternation: {at_least: 0.6}"),
        ("bad-range", "A range ends below its start, or its ends are in different units.", "Nothing lies in it.",
         "Swap its ends, or write both in one unit.", "to_close: {between: [5m, 1m]}"),
        ("unit-of-other-class", "A quantity is in shares for a class that counts in contracts, or the like.",
         "10_000 shares say nothing of bonds.", "Give each asset class its own threshold.",
         "when: {volume: {at_least: 10_000 shares}}\nasset_classes: {equity: {}, derivative: {}}"),
        ("idle-threshold", "A band's threshold holds for none of the rule's asset classes.", "It changes nothing.",
         "Write it in the unit of the classes, or take it out.",
         "bands: {illiquid: {when: {volume: {at_least: 5 contracts}}}}"),
        ("bad-explain", "The braces of `explain` do not match, or a field in them has a format.",
         "The explanation of an alert could not be written.", "Write `{account}`; braces themselves are `{{` and `}}`.",
         "explain: '{account bought'"),
        ("bad-day", "A day does not exist, or lies before one that it has to follow.", "It could not come.",
         "Write it as 2026-11-20.", "review_by: 2026-02-30"),
        ("gap-and-consume", "A rule has both `gap` and `consume`.", "Hits that use up their events are never joined.",
         "Keep one of the two.", "gap: 10m\nconsume: true"),
        ("bad-scoring", "Weights and levels of `rulebook.yaml` do not go together.",
         "A finding would not have the level of its severity.", "Choose base and top within the level's bounds.",
         "levels: {high: 90}"),
        ("bad-scope", "A suppression has only days.", "It would hide every finding of its rules.",
         "Name whose findings it is about; to stop a rule set its status to shadow.", "scope: {from: 2026-01-01}"),
        ("idle-scope", "A suppression's scope has a field that the rule's findings do not say.", "It hides nothing.",
         "Take one of the fields that the hint lists.", "scope: {desk: [D1]}"),
        ("duplicate-name", "Two tests of a rule have the same name.", "A failure could not be told from the other.",
         "Say what is different.", "- name: five trades are not enough    # twice"),
    ):  # fmt: skip
        yield Check(code, MEANING, meaning, why, mend, example)
    yield from _tapes()
    yield from _lock()


def _tapes() -> Iterator[Check]:
    unplayed = "A test whose tape cannot be read tests nothing."
    for code, meaning, mend, example in (
        ("tape-time", "A line does not begin with a time, or with one before the last.",
         "Write it as `+1m30s` or `09:31:30`.", "5m trade A1 IBM buy 1 @ 1"),
        ("tape-kind", "The second word is no kind of event.", "Write `trade`, `order`, or what the hint lists.",
         "+0m deal A1 IBM buy 1 @ 1"),
        ("tape-field", "A field is not known, or is given twice.", "Write `name=value` with a field of events.",
         "+0m trade A1 IBM buy 1 @ 1 vneue=X"),
        ("tape-missing", "A line lacks what its kind of event needs.", "Write it in the place that the message names.",
         "+0m trade A1 IBM buy"),
        ("tape-value", "A value does not fit its field.", "Write one that does.", "+0m trade A1 IBM bye 1 @ 1"),
        ("tape-event", _REJECTED, "Write an event that could have happened.",
         "+0m trade A1 IBM buy 0.0000001 @ 1"),
    ):  # fmt: skip
        yield Check(code, TAPES, meaning, unplayed, mend, example)


def _lock() -> Iterator[Check]:
    one = "A version stands for one content: who reads an old alert has to know by which rule it was found."
    for code, meaning, why, mend, example in (
        ("bad-lock", "`rulebook.lock.json` cannot be read.", one,
         "`surveil rules lock` writes it anew.", '{"format": 9}'),
        ("version-not-raised", "What the rule finds or says has changed since it was locked, and its version has not.",
         one, "Raise `version` by one.", "version: 3    # and at_least: 4 where 3 was locked"),
        ("version-lowered", "The rule's version is older than the one that is locked.", one,
         "Write the version that the hint gives.", "version: 2    # and 3 is locked"),
        ("deleted-rule", "A rule that was locked as active or in shadow is gone.",
         "Who audits its alerts still needs it, and a rule that vanishes is coverage that vanishes.",
         "Bring the file back and retire it: `surveil rules retire ID --reason WHY`.",
         "git rm rules/wash/wash-churn.yaml"),
    ):  # fmt: skip
        yield Check(code, LOCK, meaning, why, mend, example)
