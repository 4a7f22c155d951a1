"""Exit statuses: what a scheduler may conclude from how `surveil` ended."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Status(IntEnum):
    """How a run ended; the numbers are an interface and never change their meaning."""

    FINISHED = 0
    """Finished, findings or not."""

    USAGE = 2
    """The command line is wrong, or an input or output cannot be used; nothing was judged."""

    INVALID_RULES = 3
    """Rules or plugins are not valid; nothing was judged."""

    NOT_ARMED = 4
    """Finished, but at least one rule could not see: its silence means nothing."""

    REJECTS = 5
    """Finished, but more records were rejected than `--max-rejects` allows."""

    FAIL_ON = 10
    """Finished, and found something at or above the level of `--fail-on`."""

    INTERNAL = 70
    """A fault in the program."""

    INTERRUPTED = 130
    """Stopped from the keyboard."""

    CLOSED_PIPE = 141
    """The reader of the output went away first."""


_FIRST = (Status.INTERNAL, Status.REJECTS, Status.NOT_ARMED, Status.FAIL_ON)


def first_of(statuses: Iterable[int]) -> Status:
    """Return the one status that a finished run reports when several apply.

    The less the outcome can be trusted, the earlier its status: a run that lost records or was blind does not report
    what it happened to find.

    Parameters
    ----------
    statuses : iterable of int
        All that apply, of `FINISHED`, `NOT_ARMED`, `REJECTS`, `FAIL_ON` and `INTERNAL`; none means finished.
    """
    given = {Status(status) for status in statuses}
    return next((status for status in _FIRST if status in given), Status.FINISHED)
