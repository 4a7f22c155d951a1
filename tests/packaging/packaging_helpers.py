"""What the packaging tests and their fixtures share: the tree, and how to run a program outside it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def quiet_environment():
    """Return the process's environment without what would lead an installed program back into this tree."""
    unwanted = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "COLUMNS", "FORCE_COLOR")
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def output_of(*command, cwd, check=True):
    ended = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False, env=quiet_environment()
    )
    assert not check or ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def built(outdir, *what, source=ROOT):
    output_of(sys.executable, "-m", "build", "--no-isolation", "--outdir", outdir, *what, source, cwd=outdir)
