"""Strict YAML: nothing is read as anything but what it says, and nothing crashes the reader."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.documents.document import show_path
from surveillance.documents.yaml import MAX_BYTES, MAX_DEPTH, MAX_PROBLEMS, parse_yaml, read_yaml


def value_of(text):
    document, problems = parse_yaml(text.encode(), "rule.yaml")
    assert problems == []
    return document.value


def problems_of(text):
    data = text if isinstance(text, bytes) else text.encode()
    return [(p.code, p.location.line, p.location.column) for p in parse_yaml(data, "rule.yaml")[1]]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("12:30:45", "12:30:45"),
        ("12:30", "12:30"),
        ("2026-11-20", "2026-11-20"),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
        ("1.2.3", "1.2.3"),
        ("30m", "30m"),
        ("60%", "60%"),
        ("10_000 shares", "10_000 shares"),
        ("10_000", 10_000),
        ("1_00_000", 100_000),
        ("0", 0),
        ("-5", -5),
        ("0.1", Decimal("0.1")),
        ("1_000.50", Decimal("1000.50")),
        ("-", None),
        ("'010'", "010"),
        ('"true"', "true"),
        ("'*'", "*"),
        ("+5m", "+5m"),
        (".5x", ".5x"),
        ("...x", "...x"),
        ("١٢", "١٢"),
        ("²", "²"),
    ],
)
def test_a_value_is_what_it_says(written, read):
    if written == "-":
        assert value_of("key: [-]") == {"key": ["-"]}
        return
    found = value_of(f"key: {written}")["key"]
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(
    "written",
    [
        *("010", "00", "-01", "0_1", "01.5", "0x1F", "0o17", "0b101", "1e3", "1.5E-3", "-1e3"),
        *(".inf", "-.INF", ".nan", ".5", "5.", "+5", "1__0", "1_", "1_.5", "1.0_0", "9" * 41),
        *("True", "TRUE", "False", "FALSE", "Null", "NULL", "~"),
    ],
)
def test_a_word_that_readers_disagree_on_is_an_error_with_a_hint(written):
    (problem,) = parse_yaml(f"a: 1\nkey: {written}".encode(), "rule.yaml")[1]
    assert problem.code == "yaml-ambiguous"
    assert (problem.location.line, problem.location.column, problem.location.path) == (2, 6, "key")
    assert problem.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2", ("duplicate-key", 2, 1)),
        ("{a: {b: 1, b: 2}}", ("duplicate-key", 1, 12)),
        ("a: &x 1", ("yaml-anchor", 1, 4)),
        ("a: &x {b: 1}", ("yaml-anchor", 1, 4)),
        ("a: *x", ("yaml-alias", 1, 4)),
        ("a: !!int 3", ("yaml-tag", 1, 4)),
        ("a: !python/object:os.system {}", ("yaml-tag", 1, 4)),
        ("a: ! x", ("yaml-tag", 1, 4)),
        ("<<: {a: 1}", ("yaml-merge", 1, 1)),
        ("1: x", ("yaml-key", 1, 1)),
        ("true: x", ("yaml-key", 1, 1)),
        ("?\n: x", ("yaml-key", 1, 2)),
        ("? [a]\n: x", ("yaml-key", 1, 3)),
        ("? {a: 1}\n: {b: 2}", ("yaml-key", 1, 3)),
        ("a: 1\n---\nb: 2", ("yaml-documents", 2, 1)),
        ("%YAML 1.1\n---\na: 1", ("yaml-directive", 1, 1)),
        ("a:\n\tb: 1", ("yaml-tab", 2, 1)),
        ("a: b: c", ("yaml-syntax", 1, 5)),
        ('a: "open', ("yaml-syntax", 1, 9)),
        ("a: @x", ("yaml-syntax", 1, 4)),
        ("a: {b} c", ("yaml-syntax", 1, 8)),
        ("a: 1\nb: \u202ex", ("yaml-hidden", 2, 4)),
        ("a: x\x00y", ("yaml-syntax", 1, 5)),
        ("é: x\x07y", ("yaml-syntax", 1, 5)),
        (b"a: 1\nb: caf\xe9", ("yaml-encoding", 2, 7)),
        (b"\xff\xfea\x00", ("yaml-encoding", 1, 1)),
        ("", ("yaml-empty", 1, 1)),
        ("# only a comment\n", ("yaml-empty", 1, 1)),
        ("---\n...\n", ("yaml-empty", 1, 1)),
        ("[" * (MAX_DEPTH + 1), ("yaml-depth", 1, MAX_DEPTH + 1)),
    ],
)
def test_what_could_hide_or_mislead_is_an_error_at_its_place(text, expected):
    assert problems_of(text) == [expected]


def test_a_byte_order_mark_is_not_part_of_the_first_key():
    assert value_of("\ufeffa: 1") == {"a": 1}


def test_everything_wrong_is_told_at_once():
    assert [code for code, *_ in problems_of("a: 010\nb: &x 1\nb: *x\nc: !t 1")] == [
        "yaml-ambiguous",
        "yaml-anchor",
        "duplicate-key",
        "yaml-alias",
        "yaml-tag",
    ]


def test_a_file_wrong_all_over_is_not_read_to_its_end():
    assert len(problems_of("a: 1\n" * 1000)) == MAX_PROBLEMS


def test_the_deepest_allowed_nesting_is_read():
    document, problems = parse_yaml(("[" * MAX_DEPTH + "]" * MAX_DEPTH).encode(), "f")
    assert problems == []
    assert document is not None


def test_a_deep_or_bracketed_file_costs_no_more_than_its_first_levels():
    assert problems_of("[" * (MAX_BYTES - 1)) == [("yaml-depth", 1, MAX_DEPTH + 1)]


def test_a_file_that_is_too_large_is_refused_unread():
    assert problems_of("#" * (MAX_BYTES + 1)) == [("yaml-size", 0, 0)]


def test_a_file_that_cannot_be_opened_is_a_problem(tmp_path):
    document, (problem,) = read_yaml(tmp_path / "missing.yaml")
    assert document is None
    assert problem.code == "unreadable-file"
    assert "No such file" in problem.message


def test_a_value_knows_its_place_and_a_number_its_text():
    document, _ = parse_yaml(b"when:\n  buys: {at_least: 10_000}\n  list: [x, {y: z}]\n", "rule.yaml")
    place = document.at(("when", "buys", "at_least"))
    assert (str(place), place.path) == ("rule.yaml:2:20", "when.buys.at_least")
    assert document.written(("when", "buys", "at_least"), 10_000) == "10_000"
    assert str(document.at_key(("when", "list", 1, "y"))) == "rule.yaml:3:14"
    assert document.at(("when", "list", 1, "y")).path == "when.list[1].y"
    assert str(document.at(("when", "buys", "below"))) == "rule.yaml:2:9"  # of what is around it


names = st.text("abcxyz_", min_size=1, max_size=5).filter(lambda name: name.strip("_"))
values = st.recursive(
    st.one_of(st.booleans(), st.none(), st.integers(-(10**30), 10**30), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=20,
)


@given(st.dictionaries(names, values, min_size=1))
def test_what_a_writer_writes_is_read_back(content):
    import yaml

    text = yaml.safe_dump(content, allow_unicode=False, width=10_000)
    document, problems = parse_yaml(text.encode(), "f")
    if not problems:  # a text that safe_dump leaves bare may be one that we refuse
        assert document.value == content
    assert {problem.code for problem in problems} <= {"yaml-ambiguous", "yaml-anchor", "yaml-alias"}


pieces = st.sampled_from(
    [
        *(
            "a",
            ":",
            " ",
            "\n",
            "  ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "&x",
            "*x",
            "!t",
            "<<",
            "?",
            "|",
            ">",
            "#",
            "%",
            "\t",
        ),
        *("'", '"', "010", "1e3", "true", "~", "---\n", "...\n", "\\", "\x85", "\u2028", "\ufeff", "\x00", "é", "😀"),
    ]
)


@given(st.lists(pieces, max_size=30).map("".join) | st.text())
def test_no_text_gives_a_traceback(text):
    check_any(text.encode("utf-8", "surrogatepass"))


@given(st.binary())
def test_no_bytes_give_a_traceback(data):
    check_any(data)


def check_any(data):
    document, problems = parse_yaml(data, "f")
    assert document is not None or problems
    lines = data.count(b"\n") + data.count(b"\r") + data.count("\u2028".encode()) + 2 + data.count(b"\xc2\x85")
    for problem in problems:
        assert problem.message
        assert 0 <= problem.location.line <= lines + data.count("\u2029".encode())


def test_a_path_reads_as_a_person_would_write_it():
    assert show_path(("tests", 0, "expect", 1, "at")) == "tests[0].expect[1].at"
    assert show_path(()) == ""
