"""docs/walkthroughs.md, typed into a shell: every command is run, and what it prints is what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "walkthroughs.md"
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
END = "@@ typed"


def steps():
    """Return each command of the page with the lines that it is shown to print."""
    found = []
    for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def fits(shown, printed):
    """Tell whether printed lines are as shown: … is any text, and on a line of its own any lines."""
    parts = [".*" if line == "…" else ".*?".join(map(re.escape, line.split("…"))) for line in shown]
    return re.fullmatch("\n".join(parts), "\n".join(printed), re.DOTALL) is not None


@pytest.mark.slow
def test_every_command_prints_what_the_page_shows(tmp_path):
    typed = steps()
    script = "shopt -s expand_aliases\n" + "".join(f"{command}\necho; echo '{END}'\n" for command, _ in typed)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    known = {"PATH": path, "COLUMNS": "100", "GIT_CONFIG_GLOBAL": os.devnull, "NO_COLOR": "1", "HOME": str(tmp_path)}
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("SURVEIL", "PYTEST", "COV"))
    }
    place = tmp_path / "desk"
    place.mkdir()
    done = subprocess.run(
        ["bash"],
        input=script,
        cwd=place,
        env={**environment, **known},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    answers = done.stdout.split(f"{END}\n")
    assert len(answers) == len(typed) + 1, done.stdout[-2000:]
    wrong = []
    for (command, shown), answer in zip(typed, answers, strict=False):
        printed = [line.rstrip() for line in answer.strip("\n").splitlines()]
        if not fits(shown, printed):
            wrong.append("\n".join([f"$ {command}", "shown:", *shown, "printed:", *printed]))
    assert not wrong, "\n\n".join(wrong)


def test_the_page_walks_with_all_three():
    text = PAGE.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Before",
        "## A compliance engineer lowers a threshold",
        "## A plugin author publishes a detector",
        "## An examiner picks ten alerts at random",
    ]
    assert len(steps()) > 40
