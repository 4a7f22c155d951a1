"""Engine and detectors of other days: wheels that a manifest names, unpacked beside what is installed."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from surveillance.audit.hashing import sha256_of
from surveillance.errors import InputError, Location, Problem


def wheels_in(folders: Sequence[Path]) -> dict[str, str]:
    """Return the wheels in some folders, or named themselves, with their SHA-256."""
    found = [path for one in folders for path in (sorted(one.glob("*.whl")) if one.is_dir() else [one])]
    return {path.name: sha256_of(path) for path in found}


def unpacked(folder: Path, manifest: Mapping[str, Any], into: Path) -> list[Path]:
    """Unpack the wheels of a release; return the folders to import from, in the order of their names.

    Parameters
    ----------
    folder : Path
        Where the wheels are.
    manifest : Mapping
        Of the release: which wheels, with their SHA-256.
    into : Path
        Where they go.

    Raises
    ------
    InputError
        A wheel is missing, or is not the one that the manifest names.
    """
    problems = []
    for name, digest in manifest["wheels"].items():
        path = folder / name
        if not path.is_file():
            problems.append(Problem("no-wheel", f"the wheel {name} of the release is missing", Location(str(folder))))
        elif sha256_of(path) != digest:
            problems.append(Problem("other-wheel", "the wheel is not the one that was released", Location(str(path))))
    if not manifest["wheels"]:
        hint = "release with --wheels, so that its code can be had again"
        problems.append(Problem("no-wheel", f"release {manifest['version']} names no wheels", hint=hint))
    if problems:
        raise InputError(problems)
    places = []
    for name in sorted(manifest["wheels"]):
        place = into / name.removesuffix(".whl")
        with zipfile.ZipFile(folder / name) as wheel:
            wheel.extractall(place)
        places.append(place)
    return places
