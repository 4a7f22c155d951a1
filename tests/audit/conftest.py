"""A rulebook in a repository of its own, with one release and an edit after it, and a simulated day."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from surveillance.cli.main import run

HOUSE = Path(__file__).parent / "house"


@pytest.fixture(scope="session")
def day(tmp_path_factory):
    """Return the folder of a small simulated day."""
    out = tmp_path_factory.mktemp("simulated") / "day"
    assert run(["simulate", str(out), "--events", "30000", "--seed", "11", "--quiet"]) == 0
    return out


@pytest.fixture
def tape(day):
    """Return the options that name the day's events and what is known beside them."""
    reference = day / "reference"
    events = ["--tape", day / "events.parquet", "--feed", "canonical"]
    return [str(word) for word in (*events, "--reference", reference, "--rates", reference / "rates.csv")]


@pytest.fixture
def git(tmp_path):
    """Run git in the repository, as somebody."""
    folder = tmp_path / "house"
    folder.mkdir()
    who = ["-c", "user.name=Ann Author", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false"]

    def git(*words):
        done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "-q", "-b", "main")
    return git


@pytest.fixture
def house(tmp_path, git, monkeypatch):
    """Return a repository with a rulebook of two rules, committed and tagged; the current folder."""
    folder = tmp_path / "house"
    shutil.copytree(HOUSE, folder / "rules")
    git("add", ".")
    git("commit", "-q", "-m", "The first rules")
    git("tag", "first")
    monkeypatch.chdir(folder)
    return folder


def edit(path, old, new):
    """Replace the first of some words in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def stricter(house):
    """Raise a threshold of the churn rule in the working tree."""
    edit(house / "rules/wash/wash-churn.yaml", "buys:        {at_least: 3}", "buys:        {at_least: 6}")
    return house
