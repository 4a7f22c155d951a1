"""Which files of a rulebook a branch has touched, committed or not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from surveillance.audit.revisions import commit_of, git
from surveillance.errors import InputError, Location, Problem
from surveillance.rules.loader import RULEBOOK

TRUNKS: Final = ("origin/main", "main", "origin/master", "master")
"""What branches usually begin at; the first that exists is taken."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What a branch has touched.

    Parameters
    ----------
    base : str
        Commit that it began at.
    files : frozenset of Path
        Resolved, those that are new or changed.
    everything : bool
        Whether problems may be anywhere: ``rulebook.yaml`` changed, or a file is gone that others may name.
    """

    base: str
    files: frozenset[Path]
    everything: bool

    def has(self, file: str) -> bool:
        """Tell whether a problem in a file may come of the branch."""
        return self.everything or Path(file).resolve() in self.files


def touched(folder: Path, ref: str) -> Touched:
    """Return what the branch that is checked out has touched in a folder.

    Parameters
    ----------
    folder : Path
        Of a rulebook.
    ref : str
        Branch or commit that it will be merged into; empty for the first of `TRUNKS` that exists.

    Raises
    ------
    InputError
        The folder is in no repository, or there is no such commit, or none that both have in common.
    """
    base = _base(folder, ref)
    top = Path(git(folder, "rev-parse", "--show-toplevel").decode().strip())
    changed = git(folder, "diff", "--name-status", "--no-renames", "-z", base, "--", ".").decode().split("\0")[:-1]
    new = git(folder, "ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", ".").decode()
    names = dict(zip(changed[1::2], changed[::2], strict=True))
    gone = "D" in names.values()
    files = {(top / name).resolve() for name in (*names, *new.split("\0")[:-1])}
    return Touched(base, frozenset(files), gone or (folder / RULEBOOK).resolve() in files)


def _base(folder: Path, ref: str) -> str:
    for name in (ref,) if ref else TRUNKS:
        try:
            commit = commit_of(name, folder)
        except InputError:
            if ref:
                raise
            continue
        try:
            return git(folder, "merge-base", "HEAD", commit).decode().strip()
        except InputError as error:
            hint = "in CI, fetch the whole history: fetch-depth: 0"
            message = f"HEAD and {name} have no commit in common"
            raise InputError(Problem("no-revision", message, Location(str(folder)), hint)) from error
    message = f"there is no branch {' or '.join(TRUNKS)} to compare with"
    raise InputError(Problem("no-revision", message, Location(str(folder)), "name one: --changed=REF"))
