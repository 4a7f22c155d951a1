"""Distributions built from this tree without a network, and fresh environments to install them into."""

import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging_helpers import built, output_of


@dataclass(frozen=True)
class Distributions:
    sdist: Path
    wheel: Path
    wheel_of_sdist: Path


@pytest.fixture(scope="session")
def distributions(tmp_path_factory):
    direct = tmp_path_factory.mktemp("direct")
    built(direct, "--wheel")
    chained = tmp_path_factory.mktemp("chained")
    built(chained)  # an sdist, then the wheel of the unpacked sdist
    (sdist,) = chained.glob("*.tar.gz")
    (wheel,) = direct.glob("*.whl")
    (wheel_of_sdist,) = chained.glob("*.whl")
    return Distributions(sdist, wheel, wheel_of_sdist)


@pytest.fixture
def fresh_environment(tmp_path):
    """A new environment that borrows this one's libraries, so that nothing is downloaded again."""
    folder = tmp_path / "environment"
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    site_packages = Path(
        output_of(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip()
    )
    borrowed = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (site_packages / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    return python


@pytest.fixture
def install(fresh_environment, tmp_path):
    """Return a function that installs something and returns the environment's folder of commands."""

    def installed(*what):
        options = ("--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed", "--quiet")
        output_of(sys.executable, "-m", "pip", "--python", fresh_environment, "install", *options, *what, cwd=tmp_path)
        return fresh_environment.parent

    return installed
