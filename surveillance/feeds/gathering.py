"""From what the user names to files: folders, patterns and standard input, each file once and under one name."""

from __future__ import annotations

import glob
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from surveillance.errors import InputError, Location, Problem
from surveillance.feeds.content import Stored, StoredAs, StoredFile, without_packing
from surveillance.feeds.spool import Spool, standard_input

STANDARD_INPUT: Final = "-"
_HIDDEN: Final = (".", "_")
"""First letters of files and folders in a folder that are no data, as tools that write folders of files agree."""


@contextmanager
def gathered(sources: Sequence[str | Path]) -> Iterator[list[Stored]]:
    """Give the files that are meant, and put away afterwards what was kept of those that can be read only once.

    Parameters
    ----------
    sources : sequence of str or Path
        Files, folders (with all files in them and below), patterns such as ``day/*.csv.gz``, or ``-``.

    Raises
    ------
    InputError
        With everything that names no file.
    """
    problems: list[Problem] = []
    found: list[Stored] = []
    try:
        for source in sources:
            found += _files_or_problems(source, problems)
        if problems:
            raise InputError(problems)
        yield found
    finally:
        for stored in found:
            if isinstance(stored, Spool):
                stored.close()


def _files_or_problems(source: str | Path, problems: list[Problem]) -> list[Stored]:
    try:
        return _files(source)
    except InputError as error:
        problems += error.problems
        return []


def _files(source: str | Path) -> list[Stored]:
    path, text = Path(source), str(source)
    where = Location(text)
    if text == STANDARD_INPUT:
        return [standard_input()]
    if path.is_dir():
        inside = sorted(one for one in path.rglob("*") if one.is_file() and not _is_hidden(one.relative_to(path)))
        if not inside:
            raise InputError(Problem("no-such-file", "is a folder without files", where))
        return [StoredFile(one) for one in inside]
    if path.exists():
        if path.is_file():
            return [StoredFile(path)]
        return [_pipe(path)]
    if glob.has_magic(text):
        matching = sorted(Path(one) for one in glob.glob(text, recursive=True) if Path(one).is_file())  # noqa: PTH207 - takes absolute patterns
        if not matching:
            raise InputError(Problem("no-such-file", "no file has a name of this form", where))
        return [StoredFile(one) for one in matching]
    raise InputError(Problem("no-such-file", "does not exist", where))


def _pipe(path: Path) -> Spool:
    """Open a pipe or device, such as the one of <(zcat day.csv.gz) in a shell."""
    try:
        return Spool(path.open("rb", buffering=0), str(path), path.name)
    except OSError as error:
        raise InputError(Problem("cannot-read", f"cannot be read: {error.strerror}", Location(str(path)))) from None


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(_HIDDEN) for part in path.parts)


def named(files: Sequence[Stored]) -> list[tuple[str, Stored]]:
    """Name each file by as few of its last parts as make it unique, without packing, and order by name.

    Numbers in names are ordered as numbers, so that part-10 comes after part-9.

    Parameters
    ----------
    files : sequence of Stored
        In any order.

    Raises
    ------
    InputError
        If a file is there more than once.
    """
    parts = [_parts(stored, packed=True) for stored in files]
    count = Counter(parts)
    twice = {stored.label for stored, own in zip(files, parts, strict=True) if count[own] > 1}
    if twice:
        problems = [Problem("duplicate-source", "is given more than once", Location(text)) for text in sorted(twice)]
        raise InputError(problems)
    short = [_parts(stored, packed=False) for stored in files]
    count = Counter(short)
    parts = [whole if count[own] > 1 else own for own, whole in zip(short, parts, strict=True)]
    depths = [1] * len(parts)
    while True:
        names = ["/".join(own[-depth:]) for own, depth in zip(parts, depths, strict=True)]
        shared = {name for name, many in Counter(names).items() if many > 1}
        if not shared:
            return sorted(zip(names, files, strict=True), key=lambda one: (_natural(one[0]), one[0]))
        depths = [depth + (name in shared) for depth, name in zip(depths, names, strict=True)]


def _parts(stored: Stored, *, packed: bool) -> tuple[str, ...]:
    if isinstance(stored, StoredAs):
        parts = stored.parts
    else:
        parts = stored.local_path().resolve().parts if isinstance(stored, StoredFile) else (stored.name,)
    return parts if packed else (*parts[:-1], without_packing(parts[-1]))


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that orders digits by the number they write."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", name)]
