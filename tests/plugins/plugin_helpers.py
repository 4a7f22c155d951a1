"""Running programs of a fresh environment, outside this tree."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def ran(*command, cwd, status=0):
    """Run a program; return what it printed, after checking its exit status."""
    unwanted = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "COLUMNS", "FORCE_COLOR", "PYTEST_ADDOPTS")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted and "PYTEST_" not in name}
    words = [str(part) for part in command]
    ended = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False, env=kept)
    assert ended.returncode == status, f"{words}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout + ended.stderr


@dataclass(frozen=True)
class Environment:
    python: Path
    folder: Path

    def surveil(self, *words, status=0):
        """Run the command as this environment has it."""
        code = "from surveillance.cli.main import main; main()"
        return ran(self.python, "-c", code, *words, cwd=self.folder, status=status)

    def pytest(self, folder, *words):
        return ran(self.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words, ".", cwd=folder)
