"""What is usual, written on the lines of a tape: ``usual_rate=3 account_cancel_share=40%``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

import numpy as np

from surveillance.documents.scalars import ScalarError, read_number
from surveillance.errors import Problem
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import TermsTable
from surveillance.events.schema import MONEY_SCALE, NULL, PPM
from surveillance.tape.tape import BASELINE_FIELDS
from surveillance.testing.tape_lines import Line

_QUANTITIES: Final = frozenset({"usual_order_quantity", "usual_volume"})
_MONEY: Final = frozenset({"account_notional", "peer_notional"})
_WHOLE: Final = ("_days", "_hours_away")


def take_usual(lines: Sequence[Line]) -> Iterator[tuple[int, str, Decimal | Problem]]:
    """Take what is usual from lines, so that the door does not see it: place of the line, field, and its number."""
    for place, line in enumerate(lines):
        for name in BASELINE_FIELDS:
            text = line.fields.pop(name, None)
            if text is None:
                continue
            try:
                number = Decimal(read_number(text.removesuffix("%"))) / (100 if text.endswith("%") else 1)
            except ScalarError as error:
                yield place, name, Problem("tape-value", f"{text!r} is not a number", line.places[name], error.hint)
            else:
                yield place, name, number


def with_usual(batch: EventBatch, usual: Sequence[tuple[int, str, Decimal]], terms: TermsTable) -> EventBatch:
    """Return the events of lines with what is usual of them.

    Parameters
    ----------
    batch : EventBatch
        Its positions are places of lines.
    usual : sequence of (int, str, Decimal)
        Place of a line, field and number: quantities, money, messages in a minute, shares of one, days
        and hours.
    terms : TermsTable
        Scales of instruments.
    """
    rows = {int(position): row for row, position in enumerate(batch.columns["position"].tolist())}
    for place, name, number in usual:
        row = rows.get(place)
        if row is None:
            continue  # the line was rejected, which is told
        scale = 10**MONEY_SCALE if name in _MONEY else 1 if name.endswith(_WHOLE) else PPM
        if name in _QUANTITIES:
            scale = 10 ** terms.rows[int(batch.columns["terms"][row])].quantity_scale
        column = batch.columns.setdefault(name, np.full(len(batch), NULL))
        column[row] = round(number * scale)
    return batch
