"""Formats of files: for each its name, the suffixes that say it, and what reads it.

A reader of text opens `Content.open()`, which is unpacked and in UTF-8 already. Readers are imported when used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from surveillance.errors import InputError, Location, Problem
from surveillance.events.profile import Profile
from surveillance.events.raw import Reader
from surveillance.events.shaping import shaped
from surveillance.feeds.content import Content

Opener = Callable[[Content, Profile, int], Reader]
"""Makes the reader of a content: with the profile, and the most rows of a block."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format of files.

    Parameters
    ----------
    name : str
        What profiles and run.json call it.
    suffixes : tuple of str
        Endings of file names that say it, lower case.
    open : callable
        Makes a reader: content, profile, most rows of a block.
    """

    name: str
    suffixes: tuple[str, ...]
    open: Opener


def _parquet(content: Content, _profile: Profile, block_rows: int) -> Reader:
    from surveillance.feeds.parquet import ParquetReader

    return ParquetReader(content.local_path(), block_rows)


def _csv(content: Content, profile: Profile, block_rows: int) -> Reader:
    from surveillance.feeds.csv import CsvReader

    return CsvReader(content, block_rows, delimiter=profile.delimiter, header=profile.header)


def _ndjson(content: Content, _profile: Profile, block_rows: int) -> Reader:
    from surveillance.feeds.json import JsonReader

    return JsonReader(content, block_rows, lines=True)


def _json(content: Content, _profile: Profile, block_rows: int) -> Reader:
    from surveillance.feeds.json import JsonReader

    return JsonReader(content, block_rows, lines=False)


def _fix(content: Content, _profile: Profile, block_rows: int) -> Reader:
    from surveillance.feeds.fix import FixReader

    return FixReader(content, block_rows)


FORMATS: Final = {
    found.name: found
    for found in (
        Format("parquet", (".parquet",), _parquet),
        Format("csv", (".csv",), _csv),
        Format("ndjson", (".ndjson", ".jsonl"), _ndjson),
        Format("json", (".json",), _json),
        Format("fix", (".fix",), _fix),
    )
}
"""Every format by its name."""


def format_of(content: Content, name: str = "") -> Format:
    """Return the format of this name, or the one that the name of a file says; without a suffix its content does.

    Raises
    ------
    InputError
        If there is no such format, or its suffix is of none.
    """
    if name and name not in FORMATS:
        what = f"the feed profile reads files of an unknown format: {name}"
        raise InputError(Problem("unknown-format", what, Location(content.label), f"Known: {', '.join(FORMATS)}."))
    if name:
        return FORMATS[name]
    suffix = Path(content.name).suffix.lower()
    if not suffix:
        return FORMATS[_guessed(content.peek())]
    for found in FORMATS.values():
        if suffix in found.suffixes:
            return found
    known = ", ".join(suffix for found in FORMATS.values() for suffix in found.suffixes)
    what = f"the suffix {suffix!r} is of no known format"
    raise InputError(Problem("unknown-format", what, Location(content.label), f"Known: {known}."))


def _guessed(first: bytes) -> str:
    """Return the format that the first bytes of a text look like, for what has no name to say it."""
    text = first.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if first.startswith(b"PAR1"):
        return "parquet"
    if b"8=FIX" in text.partition(b"\n")[0] and "fix" in FORMATS:
        return "fix"
    return "json" if text.startswith(b"[") else "ndjson" if text.startswith(b"{") else "csv"


def open_reader(content: Content, profile: Profile, block_rows: int) -> tuple[Reader, str]:
    """Open a content with the reader of its format.

    Returns
    -------
    tuple of Reader and str
        The reader and the name of the format.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    format_ = format_of(content, profile.file_format)
    try:
        reader = format_.open(content, profile, block_rows)
        return shaped(reader, profile, content.name, content.label), format_.name
    except InputError as error:
        label = content.label
        placed = [replace(one, location=replace(one.location, file=label)) for one in error.problems]
        raise InputError(placed) from None
