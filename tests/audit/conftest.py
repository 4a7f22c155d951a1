"""A rulebook in a repository of its own, with one release and an edit after it, and a simulated day."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from surveillance.cli.main import run

HOUSE = Path(__file__).parents[1] / "house"

SUPPRESSION = """\
format: 1
id: left-alone
rules: [wash-churn]
reason: An account of tests, known to nobody.
owner: markets-compliance
scope: {account: [A0000]}
expires: 2099-01-01
"""


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


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """Return where two releases and a run are kept once they were made: copies are made faster than releases."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def released(house, commit, sign, release, day, tmp_path, surveil, kept):
    """Release the rules, run them over the day, release stricter ones; return the folder of the run."""
    out, reference = tmp_path / "run", day / "reference"
    if (kept / "run").exists():
        shutil.rmtree(house / ".git")
        for name in ("house", "run", "wheels"):
            shutil.copytree(kept / name, tmp_path / name, dirs_exist_ok=True)
        return out
    wheel = tmp_path / "wheels/house_detectors-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("house_detectors.py", "# code of the house\n")
    hidden = house / "rules/suppressions/left-alone.yaml"
    hidden.parent.mkdir()
    hidden.write_text(SUPPRESSION, encoding="utf-8")
    commit("1.0.0")
    status, said = release("1.0.0", sign("approved-1"), "--wheels", wheel.parent)
    assert status == 0, said
    words = ["--feed", "canonical", "--reference", reference, "--rates", reference / "rates.csv", "--rules", "rules"]
    assert surveil("detect", day / "events.parquet", *words, "--out", out, "--quiet")[0] == 0
    rule = house / "rules/wash/wash-churn.yaml"
    text = rule.read_text(encoding="utf-8").replace("version: 1\n", "version: 2\n")
    rule.write_text(text.replace("severity: high", "severity: medium"), encoding="utf-8")
    commit("2.0.0")
    status, said = release("2.0.0", sign("approved-2"))
    assert status == 0, said
    for name in ("house", "run", "wheels"):
        shutil.copytree(tmp_path / name, kept / name)
    return out


@pytest.fixture
def ids(released):
    lines = (released / "alerts.ndjson").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line)["alert_id"] for line in lines]
    assert len(found) >= 2
    return found
