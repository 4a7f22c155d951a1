"""Structured logs of the desk pipeline: an event name, fields, and the id of the call that they belong to.

A module that other services import does not configure logging, and prints nothing. Records go to the standard logger
``trade_surveillance_pipeline``; each has `event`, `fields` and `correlation_id`, and `JsonLines` writes them as JSON.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timezone
from typing import Any, Final

LOGGER: Final = logging.getLogger("trade_surveillance_pipeline")
LOGGER.addHandler(logging.NullHandler())

_ID: Final[ContextVar[str]] = ContextVar("trade_surveillance_correlation_id", default="")


@contextmanager
def correlation(identity: str = "") -> Iterator[str]:
    """Give everything that is logged inside one id: the given one, that of the call around it, or a new one."""
    known = identity or _ID.get() or uuid.uuid4().hex
    token = _ID.set(known)
    try:
        yield known
    finally:
        _ID.reset(token)


def log(level: int, event: str, **fields: Any) -> None:
    """Log an event.

    Parameters
    ----------
    level : int
        Of `logging`.
    event : str
        Its name, such as ``desk_failed``.
    **fields : Any
        What is known of it.
    """
    if LOGGER.isEnabledFor(level):
        said = " ".join(f"{name}={value!r}" for name, value in fields.items())
        extra = {"event": event, "fields": fields, "correlation_id": _ID.get()}
        LOGGER.log(level, "%s %s", event, said, extra=extra, stacklevel=2)


class JsonLines(logging.Formatter):
    """Writes each record as one JSON object: time, level, logger, event, correlation_id and the event's fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        fields = getattr(record, "fields", {})
        content = {
            **fields,
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": getattr(record, "event", None) or record.getMessage(),
            "correlation_id": getattr(record, "correlation_id", ""),
        }
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        return json.dumps(content, default=str, ensure_ascii=False)
