"""Types of options that more than one verb takes: levels of severity and limits of rejects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import click

LEVELS: Final = ("low", "medium", "high", "critical")
"""Severities, the mildest first."""

Level = click.Choice(LEVELS)


def at_or_above(level: str, other: str) -> bool:
    """Tell whether severity `level` is `other` or worse."""
    return LEVELS.index(level) >= LEVELS.index(other)


@dataclass(frozen=True, slots=True)
class RejectLimit:
    """Most records that may be rejected before a run counts as failed.

    Parameters
    ----------
    number : Fraction
        A count, or a share of the records read.
    is_share : bool
        Which of the two.
    """

    number: Fraction
    is_share: bool

    def exceeded_by(self, rejected: int, read: int) -> bool:
        """Tell whether `rejected` of `read` records are too many; exactly the limit is not."""
        return rejected > (self.number * read if self.is_share else self.number)


def read_reject_limit(_context: click.Context, _option: click.Parameter, text: str) -> RejectLimit:
    """Read a limit written on the command line, ``100`` or ``0.5%``; a click callback.

    Raises
    ------
    click.BadParameter
        When it is neither a count nor a share.
    """
    plain = text.replace("_", "")
    if re.fullmatch(r"\d+", plain, re.ASCII):
        return RejectLimit(Fraction(plain), is_share=False)
    if re.fullmatch(r"\d+(\.\d+)?%", plain, re.ASCII) and Fraction(plain[:-1]) <= 100:
        return RejectLimit(Fraction(plain[:-1]) / 100, is_share=True)
    raise click.BadParameter(f"{text!r} is neither a count, such as 100, nor a share, such as 0.5%")


audit = click.option(
    "--audit",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the audit log.  [default: $SURVEIL_AUDIT, or audit in the folder of --out]",
)
"""Where what is done is logged."""
