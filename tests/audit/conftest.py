"""A rulebook in a repository of its own, with one release and an edit after it, and a simulated day."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from surveillance.cli.main import run

HOUSE = Path(__file__).parents[1] / "house"


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
    shutil.copytree(HOUSE, folder / "rules", ignore=shutil.ignore_patterns("layering"))
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


@pytest.fixture
def surveil(capsys):
    def surveil(*words):
        capsys.readouterr()
        status = run(list(map(str, words)))
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return surveil


@pytest.fixture
def keys(house, tmp_path):
    """Make a key for each of three people; Rita and Ann may approve, Mallory may not."""
    made = {}
    for name in ("rita", "ann", "mallory"):
        path = tmp_path / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path), "-C", name], check=True)
        made[name] = path
    approvers = "".join(
        f"  - name: {name.title()}\n    email: {name}@example.com\n    key: {Path(f'{made[name]}.pub').read_text()}"
        for name in ("rita", "ann")
    )
    (house / "rules/approvers.yaml").write_text(f"format: 1\napprovers:\n{approvers}", encoding="utf-8")
    return made


@pytest.fixture
def sign(git, keys):
    """Sign the last commit with a tag, as somebody."""

    def sign(name, who="rita"):
        settings = ("-c", f"user.email={who}@example.com", "-c", "gpg.format=ssh", "-c", f"user.signingkey={keys[who]}")
        git(*settings, "tag", "-s", name, "-m", "approved")
        return name

    return sign


@pytest.fixture
def commit(house, git, surveil):
    """Set the version of the rulebook, lock and commit."""
    for name, value in (("user.name", "Ann"), ("user.email", "ann@example.com"), ("commit.gpgsign", "false")):
        git("config", name, value)

    def commit(version):
        book = house / "rules/rulebook.yaml"
        lines = book.read_text(encoding="utf-8").splitlines()
        fresh = [f"version: {version}" if line.startswith("version:") else line for line in lines]
        book.write_text("\n".join(fresh) + "\n", encoding="utf-8")
        assert surveil("rules", "lock", "rules")[0] == 0
        git("add", ".")
        git("commit", "-q", "-m", f"Rules {version}")

    return commit


@pytest.fixture
def release(surveil, tape, keys):
    def release(version, approval, *words):
        return surveil("rules", "release", version, "--approval", approval, *tape, "--audit", "audit", *words)

    return release
