"""Fetching a desk's feed: what may pass is tried again with growing waits, until a deadline, and failure is told.

A call that hangs cannot be stopped in Python. So each runs in a thread of its own that nobody waits for beyond the
deadline; the thread ends with the call or with the process.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from logging import ERROR, INFO, WARNING
from typing import Any, Final

from surveillance.compat.pipeline_log import correlation, log
from surveillance.compat.pipeline_settings import Settings, read_settings

_HOPELESS: Final = (
    ArithmeticError, AssertionError, AttributeError, BufferError, EOFError, FileNotFoundError, ImportError,
    IsADirectoryError, LookupError, MemoryError, NameError, NotADirectoryError, NotImplementedError, PermissionError,
    RecursionError, SyntaxError, TypeError, ValueError,
)  # fmt: skip
"""Errors that the same call would meet again: mistakes in code or data, and refusals."""

_PASSING_STATUS: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP statuses that ask for another attempt."""


class FeedError(Exception):
    """A desk's feed could not be had, or is none.

    Parameters
    ----------
    desk_id : Any
        The desk.
    reason : str
        Why, for a person.
    attempts : int
        How often it was called.
    """

    def __init__(self, desk_id: Any, reason: str, attempts: int) -> None:
        super().__init__(f"desk {desk_id!r}: {reason}")
        self.desk_id, self.reason, self.attempts = desk_id, reason, attempts

    def __reduce__(self) -> tuple[type[FeedError], tuple[Any, str, int]]:
        """Let it pass between processes."""
        return type(self), (self.desk_id, self.reason, self.attempts)


def fetch(desk_id: Any, max_retries: int, call: Callable[[Any], Any], settings: Settings | None = None) -> Any:
    """Return what a desk's feed answers.

    Parameters
    ----------
    desk_id : Any
        Handed to `call` as it is.
    max_retries : int
        Most attempts, as in the old module.
    call : callable
        The desk's interface.
    settings : Settings, optional
        Deadline and waits; from the environment unless given.

    Raises
    ------
    FeedError
        No attempt succeeded; its cause is the last error.
    """
    settings = read_settings() if settings is None else settings
    started = time.monotonic()
    with correlation():
        last: Exception | None = None
        attempt = 0
        while attempt < max_retries:
            attempt += 1
            left = settings.deadline_s - (time.monotonic() - started)
            if left <= 0:
                break
            outcome = _call(call, desk_id, left)
            seconds = round(time.monotonic() - started, 3)
            if outcome is None:
                reason = f"did not answer within {settings.deadline_s:g} s"
                raise _failed(desk_id, reason, attempt, seconds, None)
            answer, error = outcome
            if error is None:
                log(INFO, "feed_fetched", desk_id=desk_id, attempt=attempt, seconds=seconds)
                return answer
            if not worth_retrying(error):
                raise _failed(desk_id, _said(error), attempt, seconds, error)
            last = error
            log(WARNING, "feed_attempt_failed", desk_id=desk_id, attempt=attempt, seconds=seconds, error=_said(error))
            wait = _wait(attempt, settings)
            if attempt == max_retries or seconds + wait >= settings.deadline_s:
                break
            time.sleep(wait)
        reason = _said(last) if last is not None else "no attempt was allowed"
        raise _failed(desk_id, f"{reason}, after {attempt} attempts", attempt, time.monotonic() - started, last)


def worth_retrying(error: Exception) -> bool:
    """Tell whether the same call may succeed a little later.

    An HTTP status decides where the error has one. Otherwise mistakes and refusals are final, and all else, an error
    of a client library that nobody knows here as well, gets another chance: it costs seconds, and a desk's alerts are
    worth more.
    """
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "status", "code"):
            status = getattr(holder, name, None)
            if isinstance(status, int) and 400 <= status < 600:
                return status in _PASSING_STATUS
    return not isinstance(error, _HOPELESS)


def _call(call: Callable[[Any], Any], desk_id: Any, seconds: float) -> tuple[Any, Exception | None] | None:
    """Call in a thread; return the answer or the error, or None when neither came in time."""
    answers: queue.SimpleQueue[tuple[Any, Exception | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put((call(desk_id), None, None))
        except Exception as error:  # noqa: BLE001 - a desk's interface can raise anything; it is judged by the caller
            answers.put((None, error, None))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            answers.put((None, None, error))

    context = copy_context()
    threading.Thread(target=context.run, args=(run,), daemon=True, name=f"desk-{desk_id}").start()
    try:
        answer, error, fatal = answers.get(timeout=seconds)
    except queue.Empty:
        return None
    if fatal is not None:
        raise fatal
    return answer, error


def _wait(attempt: int, settings: Settings) -> float:
    """Return a random wait up to a bound that doubles: desks that failed together do not come back together."""
    bound = min(settings.backoff_s * 2 ** (attempt - 1), settings.backoff_most_s)
    return random.uniform(bound / 2, bound)  # noqa: S311 - spreads load, keeps no secret


def _failed(desk_id: Any, reason: str, attempts: int, seconds: float, cause: Exception | None) -> FeedError:
    log(ERROR, "feed_failed", desk_id=desk_id, attempts=attempts, seconds=round(seconds, 3), reason=reason)
    error = FeedError(desk_id, reason, attempts)
    error.__cause__ = cause
    return error


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
