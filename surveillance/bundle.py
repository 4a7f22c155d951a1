"""Where the shipped rules and schemas are: inside an installed wheel, or at the root of a checkout.

An editable install also leaves a copy of them in site-packages, beside no code. The folder is therefore looked for
from this file, so that a checkout always runs the rules that one is editing.
"""

from __future__ import annotations

from pathlib import Path

from surveillance.errors import InputError, Location, Problem

_PACKAGE = Path(__file__).resolve().parent


def rules_folder() -> Path:
    """Return the folder of the shipped rulebook.

    Raises
    ------
    InputError
        If the installation lost it.
    """
    return _shipped("rules")


def schemas_folder() -> Path:
    """Return the folder of the JSON Schemas of all files that the project reads or writes.

    Raises
    ------
    InputError
        If the installation lost it.
    """
    return _shipped("schemas")


def _shipped(name: str) -> Path:
    bundled, checkout = _PACKAGE / "_bundle" / name, _PACKAGE.parent / name
    for folder in (bundled, checkout):
        if folder.is_dir():
            return folder
    raise InputError(
        Problem(
            code="bundle-missing",
            message=f"the shipped folder {name}/ is missing from this installation",
            location=Location(file=str(bundled)),
            hint="Install trade-surveillance again.",
        )
    )
