"""Values of a YAML file changed where they stand: comments, order and spacing of all else stay as they were written."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from surveillance.documents.document import Path, show_path
from surveillance.documents.scalars import read_plain
from surveillance.documents.yaml import parse_yaml

WIDTH = 110
"""Longer texts are folded over several lines."""


def edited(text: str, changes: Mapping[Path, str]) -> str:
    """Return a document with other scalars in some places.

    Parameters
    ----------
    text : str
        A YAML file that `parse_yaml` finds nothing wrong with.
    changes : Mapping
        Path to what is to be written there, as it would stand in the file. A scalar in quotes stays in them.

    Returns
    -------
    str
        The same text but for these scalars.

    Raises
    ------
    LookupError
        No scalar stands at one of the paths.
    ValueError
        The text is not a document that could be read.
    """
    document, problems = parse_yaml(text.encode(), "")
    if document is None or problems:
        raise ValueError("; ".join(str(problem) for problem in problems))
    spans = {mark: (start, end, style) for mark, start, end, style in _scalars(text)}
    places = []
    for path, written in changes.items():
        mark = document.marks.get(path)
        if mark is None or mark not in spans:
            raise LookupError(f"there is no scalar at {show_path(path)}")
        start, end, style = spans[mark]
        places.append((start, end, f"{style}{written}{style}" if style in {"'", '"'} else written))
    for start, end, written in sorted(places, reverse=True):
        text = text[:start] + written + text[end:]
    return text


def folded(text: str, indent: int) -> str:
    """Return a sentence as a scalar: on its line if it is short and plain, else as a folded block.

    Parameters
    ----------
    text : str
        Words with single spaces.
    indent : int
        Spaces before the lines of a block.
    """
    plain = text[0].isalpha() and read_plain(text) == text and not any(sign in f"{text} " for sign in (": ", " #"))
    if plain and len(text) + indent <= WIDTH:
        return text
    lines = textwrap.wrap(text, WIDTH - indent, break_on_hyphens=False, break_long_words=False)
    return "\n".join([">-", *(" " * indent + line for line in lines)])


def _scalars(text: str) -> Iterator[tuple[tuple[int, int], int, int, str]]:
    """Yield the mark of each scalar, where it begins and ends in the text, and how it is quoted."""
    parser = yaml.CSafeLoader(text)
    try:
        while (event := parser.get_event()) is not None:
            if isinstance(event, yaml.ScalarEvent):
                start: Any = event.start_mark
                end: Any = event.end_mark
                length = len(text[start.index : end.index].rstrip())
                yield (start.line + 1, start.column + 1), start.index, start.index + length, event.style or ""
    finally:
        parser.dispose()
