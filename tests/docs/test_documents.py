import re
import shlex
from pathlib import Path

import click
import pytest

from surveillance.cli.main import app
from surveillance.cli.simulate import DayOrCorpus

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / name for name in ("README.md", "RUNBOOK.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^|`)(?:\$ )?(surveil [^`\n|#\\]*)", re.MULTILINE)
TARGET = re.compile(r"\bmake ([a-z]+(?:-[a-z]+)*)")


def name(document):
    return document.relative_to(ROOT).as_posix()


def anchors(document):
    """Return the names that a heading's link may have."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_inside_the_project_leads_somewhere(document):
    wrong = []
    for link in LINK.findall(FENCE.sub("", document.read_text())):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    assert wrong == []


def commands(document):
    text = document.read_text()
    for found in COMMAND.findall(text):
        words = shlex.split(found.replace("…", " "), comments=True)
        yield found, words[1:]


def flaw(words):
    """Say what is wrong with a command line that a document shows; empty if it could be typed."""
    command: click.Command = app
    context = click.Context(command)
    while words and isinstance(command, click.Group):
        word = words.pop(0)
        if word.startswith("-"):
            if word not in {option for one in command.get_params(context) for option in one.opts}:
                return f"unknown option {word}"
            continue
        inner = command.get_command(context, word)
        if inner is None:
            return f"unknown verb {word}"
        command = inner
        context = click.Context(command)
    if words and isinstance(command, DayOrCorpus):
        command = command.instead(words[0]) or command
    known = {option for one in command.get_params(context) for option in one.opts}
    return ", ".join(f"unknown option {word}" for word in words if word.startswith("--") and word not in known)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_surveil_command_in_a_document_exists_with_its_options(document):
    assert {found: flaw(words) for found, words in commands(document) if flaw(words)} == {}


def test_a_verb_or_option_that_does_not_exist_would_be_noticed():
    assert flaw(["detect", "x", "--fed", "y"]) == "unknown option --fed"
    assert flaw(["detectors", "shwo"]) == "unknown verb shwo"
    assert flaw(["--tracback", "detect"]) == "unknown option --tracback"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_make_target_in_a_document_exists(document):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = re.findall(r"`([^`\n]+)`", document.read_text()) + [
        block for _, block in FENCE.findall(document.read_text())
    ]
    assert {target for text in code for target in TARGET.findall(text)} <= targets


def test_the_first_two_commands_of_the_readme_are_all_that_a_newcomer_needs():
    assert re.findall(r"^\$ .+", (ROOT / "README.md").read_text(), re.MULTILINE)[:2] == ["$ make demo", "$ make test"]


@pytest.mark.parametrize(
    ("language", "file"),
    [("yaml", "rules/wash/wash-churn.yaml"), ("python", "detectors/surveillance_detectors/churn.py")],
)
def test_the_excerpts_in_the_readme_are_lines_of_the_real_files(language, file):
    (excerpt,) = [text for kind, text in FENCE.findall((ROOT / "README.md").read_text()) if kind == language]
    real = [line.strip() for line in (ROOT / file).read_text().splitlines()]
    position = 0
    for line in filter(None, map(str.strip, excerpt.splitlines())):
        assert line in real[position:], f"{line!r} is not in {file} after the line before it"
        position = real.index(line, position) + 1


def test_every_decision_is_listed_in_the_architecture():
    listed = (ROOT / "docs" / "architecture.md").read_text()
    assert [path.name for path in sorted((ROOT / "docs" / "adr").glob("*.md")) if path.name not in listed] == []


def test_every_document_is_in_the_index():
    listed = (ROOT / "docs" / "index.md").read_text()
    others = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert {document for document in others if f"({document})" not in listed} == set()
