"""Checks of judgement: what a valid rule should have, or had better not have; a reason can waive most of them."""

from __future__ import annotations

from collections.abc import Iterator

from surveillance.rules.check import JUDGEMENT, WARNING, Check


def checks_of_judgement() -> Iterator[Check]:
    """Yield the checks of judgement."""
    yield from _reasons()
    yield from _tests()
    yield from _other_rules()
    yield from _suppressions()
    yield from _waivers()


def _reasons() -> Iterator[Check]:
    yield Check(
        "incomplete-rule",
        JUDGEMENT,
        "An active rule does not say its `references`, `rationale`, `false_positives` or `blind_spots`.",
        "Whoever has to decide about an alert, or to defend a threshold, has nothing else to go by.",
        "Write what is missing.",
        "status: active    # and no blind_spots",
        waivable=True,
    )
    yield Check(
        "retired-without-reason",
        JUDGEMENT,
        "A retired rule does not say why, or a rule that is not retired says that it is.",
        "In two years somebody asks why this is no longer watched.",
        "`surveil rules retire ID --reason WHY`.",
        "status: retired",
    )
    yield Check(
        "overdue-review",
        JUDGEMENT,
        "The day in `rationale.review_by` has passed.",
        "Thresholds age: markets, members and the abuse itself change.",
        "Look at the rule again, say so in `reviewed`, and give the next day.",
        "rationale: {why: …, review_by: 2024-01-31}",
        WARNING,
        waivable=True,
    )
    yield Check(
        "text-of-other-threshold",
        JUDGEMENT,
        "`title`, `explain` or `rationale.why` names a percentage, a duration or an amount of money that is none of "
        "the rule's thresholds and parameters, for any asset class or band. In `why` it must stand as a limit "
        "(within, at least, more than …), in a sentence that quotes nobody else (published, cases, regulators).",
        "The reader of an alert believes the text. After an edit of the threshold it tells of the old one.",
        "Write what the rule does; or say who else's number it is.",
        "title: One account takes back 90% of its orders\nwhen: {cancelled_share: {at_least: 80%}}",
        WARNING,
        waivable=True,
    )


def _tests() -> Iterator[Check]:
    yield Check(
        "untested-rule",
        JUDGEMENT,
        "A rule has no test that finds something, or none that finds nothing.",
        "Each guards against what the other would miss: a rule that finds nothing, and one that finds everybody.",
        "Add the test that is missing; a pattern just below its thresholds is the best one that finds nothing.",
        "tests: []",
        waivable=True,
    )
    yield Check(
        "idle-test",
        JUDGEMENT,
        "A test's tape has no event that the detector reads, or no event says what it reads.",
        "Nothing could be found on it, whatever the rule says: the test can never fail.",
        "Write events of the kinds that the hint names.",
        "tape: +0m quote IBM buy 1 @ 1    # for a rule about trades",
        waivable=True,
    )
    yield Check(
        "never-failing-test",
        JUDGEMENT,
        "A test expects nothing, and its tape gives the detector nothing to judge: no candidate at all, without any "
        "threshold and with looser parameters, from fewer than half of the events of the shortest tape on which the "
        "rule finds something.",
        "It passes for a rule with any thresholds, and so says nothing about this one.",
        "Begin with the tape of a test that finds something, and change the one thing that makes it innocent.",
        "tape: +0m trade A1 IBM buy 1 @ 1    # a ring needs three accounts\nexpect: []",
        WARNING,
        waivable=True,
    )
    yield Check(
        "idle-expectation",
        JUDGEMENT,
        "What a test expects of a measure is met by every finding of the rule, since the rule's own thresholds, or the "
        "measure itself, ask for as much; or an expectation names nobody and nothing.",
        "It looks like a test of the value and is none.",
        "Expect the value that the tape gives, or leave the measure out.",
        "when: {buys: {at_least: 3}}\nexpect: [{account: A1, measures: {buys: {at_least: 3}}}]",
        WARNING,
        waivable=True,
    )


def _other_rules() -> Iterator[Check]:
    yield Check(
        "overlapping-rule",
        JUDGEMENT,
        "Two rules have the same detector, parameters and conditions for every asset class and band.",
        "Every finding comes twice; an edit of one of them does nothing that anybody sees.",
        "Keep one of them.",
        "rules/wash/wash-churn.yaml and rules/wash/wash-churn-copy.yaml",
        WARNING,
        waivable=True,
    )
    yield Check(
        "shadowed-rule",
        JUDGEMENT,
        "For every asset class and band, all that a rule finds meets the looser conditions of another one with the "
        "same detector and parameters, which is no less severe.",
        "It adds no alert and no level, only findings that say the same twice.",
        "Retire it, make it graver than the other, or ask it for something that the other does not.",
        "when: {buys: {at_least: 5}}    # and wash-churn asks for 3",
        WARNING,
        waivable=True,
    )
    yield Check(
        "unreachable-threshold",
        JUDGEMENT,
        "On the tape given with `--tape`, no instrument of an asset class and band could have reached a limit even had "
        "one account traded all that was traded in it; nor did any of the candidates, of which there were at least a "
        "hundred. Quantities, money and counts are judged so, of detectors whose results are about one instrument. "
        "Shares, prices and durations have no such bound: that nobody reached them says nothing.",
        "The rule cannot fire there: no alerts for years look like no abuse.",
        "Give the band a threshold of its own; the message says the highest value that was seen. A busier day may "
        "reach what this one could not: take a tape of several days before you decide.",
        "asset_classes: {equity: {when: {volume: {at_least: 10_000_000 shares}}}}",
        WARNING,
        waivable=True,
        needs="tape",
    )


def _suppressions() -> Iterator[Check]:
    yield Check(
        "expired",
        JUDGEMENT,
        "A suppression has expired.",
        "What it hid is found again, and nobody decided that anew.",
        "Delete the file, or decide again and give it a new day.",
        "expires: 2024-01-31",
    )
    yield Check(
        "expires-soon",
        JUDGEMENT,
        "A suppression expires within two weeks.",
        "After that day its findings alert again.",
        "Decide whether it goes or stays, before it does.",
        "expires: 2026-12-01    # and today is 2026-11-21",
        WARNING,
        waivable=True,
    )
    yield Check(
        "unknown-name",
        JUDGEMENT,
        "A suppression names an account, instrument, or another id that the reference data given with `--reference` "
        "does not have.",
        "A misspelt name hides nothing: what was decided does not happen.",
        "Take the name that the hint gives; or bring the reference data up to date.",
        "scope: {account: [MM-O1]}    # the account is MM-01",
        WARNING,
        waivable=True,
        needs="reference",
    )


def _waivers() -> Iterator[Check]:
    yield Check(
        "bad-waiver",
        JUDGEMENT,
        "A waiver has no reason, names no check, or one that cannot be waived.",
        "Who reads it later has to see why; and what is not valid stays so, whatever a comment says.",
        "Write `# surveil: allow CODE because REASON`.",
        "version: 3  # surveil: allow version-not-raised",
    )
    yield Check(
        "unused-waiver",
        JUDGEMENT,
        "A waiver waives nothing on its line or the next.",
        "It would waive in silence what comes there one day.",
        "Take it out.",
        "# surveil: allow overdue-review because the desk is closed",
        WARNING,
    )
