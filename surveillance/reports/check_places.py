"""Paths as systems of code review want them: from the top of the repository, with forward slashes."""

from __future__ import annotations

from pathlib import Path


def from_top(file: str) -> str:
    """Return a file's path from the top of the repository that holds it.

    Parameters
    ----------
    file : str
        Its path, absolute or from here.

    Returns
    -------
    str
        From here where there is no repository; as given where it lies elsewhere.
    """
    path = Path(file).resolve()
    top = next((folder for folder in path.parents if (folder / ".git").exists()), Path.cwd().resolve())
    return path.relative_to(top).as_posix() if path.is_relative_to(top) else path.as_posix()
