"""A log whose entries are chained by hashes: nobody changes, removes, inserts or reorders one without it showing.

Each entry holds the hash of the one before it. That protects all entries but the last ones: who can write the file can
cut it. Its head, the number and hash of the last entry, is therefore written down elsewhere as well (a file a day, the
manifests of releases), and `verify` holds the log against it. After RFC 6962's idea of a signed tree head, with a plain
chain in the place of the tree: logs are read whole.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from surveillance.errors import InputError, Location, Problem

NOTHING: Final = "0" * 64
"""What stands in the place of the hash before the first entry."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the log.

    Parameters
    ----------
    number : int
        1 for the first.
    time : str
        When it was written, ISO 8601 UTC.
    kind : str
        ``run``, ``release``, ``alert``, ``export``, …
    by : str
        Who did it, as the system knows them.
    what : dict
        The facts.
    previous : str
        Hash of the entry before it.
    hash : str
        SHA-256, in hexadecimal, of all of the above.
    """

    number: int
    time: str
    kind: str
    by: str
    what: dict[str, Any]
    previous: str
    hash: str = ""

    def sealed(self) -> Entry:
        """Return it with its hash."""
        return msgspec.structs.replace(self, hash=self.computed())

    def computed(self) -> str:
        """Return the hash that its content has."""
        content = msgspec.to_builtins(self)
        del content["hash"]
        return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """How far a log went at some time.

    Parameters
    ----------
    number : int
        Of its last entry; 0 for an empty log.
    hash : str
        Of its last entry.
    """

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


def read_head(text: str) -> Head:
    """Read a head as `Head` is written.

    Raises
    ------
    ValueError
        It is not one.
    """
    number, _, digest = text.strip().partition(":")
    if not number.isdigit() or len(digest) != len(NOTHING) or set(digest) - set("0123456789abcdef"):
        raise ValueError(f"{text!r} is not a head, such as 12:{NOTHING[:8]}… with 64 digits")
    return Head(int(number), digest)


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a log with their numbers; a last one that was cut off has no end of line.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    try:
        with path.open("rb") as lines:
            yield from enumerate(lines, 1)
    except FileNotFoundError as error:
        hint = "name the folder of a log: surveil log verify DIR"
        raise InputError(Problem("no-log", "there is no log", Location(str(path)), hint)) from error


def verify(path: Path, heads: Mapping[str, Head]) -> tuple[Head, list[Problem]]:
    """Hold a log against itself and against heads that were written down elsewhere.

    Parameters
    ----------
    path : Path
        The log.
    heads : mapping of str to Head
        Where each was written down, and what it says.

    Returns
    -------
    Head
        Of the log as it is.
    list of Problem
        What is wrong: which entry was changed, removed, inserted, reordered, or cut off. Nothing when all is right.
    """
    problems: list[Problem] = []
    known: dict[int, str] = {}
    before: Entry | None = None
    for line, raw in lines_of(path):
        place = Location(str(path), line)
        try:
            entry = msgspec.json.decode(raw, type=Entry)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            cut = "was cut off while it was written" if not raw.endswith(b"\n") else f"is not an entry: {error}"
            problems.append(Problem("log-broken", f"line {line} {cut}", place))
            continue
        problems += _wrong(entry, before, place)
        known[entry.number] = entry.hash
        before = entry
    head = Head(0, NOTHING) if before is None else Head(before.number, before.hash)
    for where, one in sorted(heads.items()):
        if one.number and known.get(one.number) != one.hash:
            gone = one.number not in known
            what = f"entry {one.number} is gone: the log was cut" if gone else f"entry {one.number} is another one now"
            problems.append(Problem("log-head", f"{what}; its hash is written down in {where}", Location(str(path))))
    return head, problems


def _wrong(entry: Entry, before: Entry | None, place: Location) -> Iterator[Problem]:
    """Say what is wrong with an entry and its place after the one before."""
    if entry.hash != entry.computed():
        yield Problem("log-changed", f"entry {entry.number} was changed: its content is not that of its hash", place)
    expected = Head(0, NOTHING) if before is None else Head(before.number, before.hash)
    if entry.number == expected.number + 1 and entry.previous == expected.hash:
        return
    if entry.number > expected.number + 1:
        gone = (
            f"{expected.number + 1}"
            if entry.number == expected.number + 2
            else f"{expected.number + 1} to {entry.number - 1}"
        )
        yield Problem("log-removed", f"entry {gone} is missing before entry {entry.number}", place)
    elif entry.number <= expected.number:
        yield Problem("log-reordered", f"entry {entry.number} comes after entry {expected.number}", place)
    else:
        what = (
            f"entry {entry.number} does not follow entry {expected.number}: one of them was put in the place of another"
        )
        yield Problem("log-replaced", what, place)


def append(path: Path, entry: Entry) -> Entry:
    """Write an entry to the end of an open log, durably; the caller has locked it.

    Raises
    ------
    OSError
        It could not be written; the log then ends as it did.
    """
    sealed = entry.sealed()
    with path.open("ab") as file:
        size = file.tell()
        try:
            file.write(msgspec.json.encode(sealed) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            os.truncate(path, size)
            raise
    return sealed
