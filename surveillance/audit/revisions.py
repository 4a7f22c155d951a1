"""Rulebooks of other days: a folder as it is, or as a commit or tag of its repository had it."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from surveillance.errors import InputError, Location, Problem


@contextmanager
def checked_out(name: str, folder: Path) -> Iterator[Path]:
    """Give the folder of a rulebook at a revision, for as long as the context lasts.

    Parameters
    ----------
    name : str
        A folder; a commit or tag; empty for `folder` as it is.
    folder : Path
        Of the rulebook in the working tree.

    Raises
    ------
    InputError
        `folder` is in no repository, or that has no such revision, or no rulebook there at that revision.
    """
    if not name or Path(name).is_dir():
        yield Path(name) if name else folder
        return
    top = Path(git(folder, "rev-parse", "--show-toplevel").decode().strip())
    commit = commit_of(name, folder)
    inside = folder.resolve().relative_to(top.resolve()).as_posix()
    archive = git(top, "archive", "--format=tar", commit, "--", inside)
    place = Path(tempfile.mkdtemp(prefix="surveil-rules-"))
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            for member in files:
                if member.isfile() and ".." not in Path(member.name).parts:
                    target = place / member.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    content = files.extractfile(member)
                    assert content is not None
                    target.write_bytes(content.read())
        yield place / inside
    finally:
        shutil.rmtree(place, ignore_errors=True)


def inside(folder: Path) -> str:
    """Return where a folder is in its repository, with a slash behind; empty for the top."""
    return git(folder, "rev-parse", "--show-prefix").decode().strip()


def commit_of(name: str, folder: Path) -> str:
    """Return the full id of a commit or tag.

    Raises
    ------
    InputError
        The repository of `folder` has none of that name.
    """
    try:
        return (
            git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").decode().strip()
        )
    except InputError as error:
        hint = "name a folder, a commit or a tag; `git tag` lists tags"
        raise InputError(Problem("no-revision", f"there is no folder, commit or tag {name!r}", hint=hint)) from error


def git(folder: Path, *words: str, merged: bool = False) -> bytes:
    """Return what git prints.

    Parameters
    ----------
    folder : Path
        Where it runs.
    words : str
        Its arguments.
    merged : bool
        Whether what it prints as errors is wanted too.

    Raises
    ------
    InputError
        git is missing, or failed: with what it said.
    """
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and names of revisions come after --end-of-options
            ["git", "-C", str(folder), *words],  # noqa: S607 - git is where the person has it
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise InputError(Problem("no-git", "git is not installed", hint="install git, or compare folders")) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or f"it ended with {done.returncode}"
        raise InputError(Problem("git", f"git {words[0]}: {said}", Location(str(folder))))
    return done.stdout + done.stderr if merged else done.stdout
