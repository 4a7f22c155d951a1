"""What the name of a file tells: a form such as ``{symbol}_{date}_*`` becomes a pattern with named parts."""

from __future__ import annotations

import re


def file_name_pattern(text: str) -> re.Pattern[str]:
    """Return what recognises ``{symbol}_{date}_*``: names in braces hold what is told, a star is anything.

    Raises
    ------
    ValueError
        If nothing, or the same thing twice, is told.
    """
    pattern, end, names = "", 0, set()
    for found in re.finditer(r"\{([A-Za-z_][A-Za-z0-9_]*)\}|\*", text):
        pattern += re.escape(text[end : found.start()])
        if found[1] in names:
            raise ValueError(f"tells {found[1]} twice")
        names.add(found[1])
        pattern += f"(?P<{found[1]}>.+?)" if found[1] else ".*"
        end = found.end()
    if not names - {None}:
        raise ValueError("names no column in braces, such as {date}")
    return re.compile(pattern + re.escape(text[end:]))


def part_pattern(text: str) -> re.Pattern[str]:
    """Return what finds the ``{value}`` of a form such as ``*/{value}``.

    Raises
    ------
    ValueError
        If it tells anything else.
    """
    pattern = file_name_pattern(text)
    if set(pattern.groupindex) != {"value"}:
        raise ValueError("has to say where {value} stands, and nothing else in braces")
    return pattern
