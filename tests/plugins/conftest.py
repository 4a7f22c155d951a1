"""Fresh environments with what a plugin author would have: this project, pytest, and the plugin."""

import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from plugin_helpers import Environment, ran


@pytest.fixture
def environment(tmp_path):
    """A new environment that borrows this one's libraries, so that nothing is downloaded."""
    folder = tmp_path / "environment"
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    asked = ran(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path)
    borrowed = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    lines = [f"import site; site.addsitedir({path!r})" for path in borrowed]
    (Path(asked.strip()) / "borrowed.pth").write_text("\n".join(lines) + "\n")
    return Environment(python, tmp_path)


@pytest.fixture
def install(environment, tmp_path):
    """Return a function that installs a project's folder and returns the environment."""

    def installed(folder):
        options = ("--no-deps", "--no-index", "--no-build-isolation", "--quiet")
        command = (sys.executable, "-m", "pip", "--python", environment.python, "install", *options, folder)
        ran(*command, cwd=tmp_path)
        return environment

    return installed
