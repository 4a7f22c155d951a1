"""Where `surveil` writes: results to standard output, progress and remarks to standard error."""

from __future__ import annotations

from rich.console import Console


class Terminal(Console):
    """A console that reports a closed pipe as an exception, so that one place decides what it means."""

    def on_broken_pipe(self) -> None:
        """Let the caller end the program."""
        self.quiet = True
        raise BrokenPipeError


def results() -> Terminal:
    """Return the console for what the user asked for."""
    return Terminal(highlight=False, soft_wrap=False)


def remarks(*, quiet: bool = False) -> Terminal:
    """Return the console for progress and remarks."""
    return Terminal(stderr=True, highlight=False, quiet=quiet)
