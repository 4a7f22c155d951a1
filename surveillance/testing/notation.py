"""Tapes written by hand: the short notation of rule tests becomes events, through the same door as any feed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from surveillance.errors import InputError, Location, Problem
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.door import Door
from surveillance.events.enrichment import Enrichment
from surveillance.events.profile import Profile, load_profile
from surveillance.events.raw import RawBlock
from surveillance.events.reference import Reference
from surveillance.events.schema import COLUMN
from surveillance.testing.tape_lines import Line, read_lines
from surveillance.testing.tape_usual import take_usual, with_usual

SOURCE: Final = "tape"
"""Name of the one source of a tape in short notation."""

FIELDS: Final = frozenset(COLUMN)
"""Columns that such a tape can fill: all."""

ASSET_CLASS: Final = "equity"
"""Asset class of an instrument of which neither the line nor the reference data says one."""


@dataclass(frozen=True, slots=True)
class Tape:
    """A tape as it was written.

    Parameters
    ----------
    text : str
        Lines of the notation.
    place : Location
        Where its first character stands, for messages.
    reference : Reference
        What is known of its accounts and instruments.
    """

    text: str
    place: Location = Location("tape", 1, 1)  # noqa: RUF009 - immutable
    reference: Reference = Reference()  # noqa: RUF009 - immutable


def read_tape(
    text: str, *, reference: Reference | None = None, currency: str = "USD", place: Location | None = None
) -> tuple[EventBatch, Dictionaries]:
    """Read a tape in the short notation.

    Parameters
    ----------
    text : str
        One event a line, in the order of their times: ``+0m trade A1 IBM buy 2_000 @ 100 trader=T1``.
    reference : Reference, optional
        What is known of its accounts and instruments.
    currency : str
        Currency of lines that name none: the base currency.
    place : Location, optional
        Where the first character of `text` stands, for messages.

    Returns
    -------
    EventBatch
        The events, with all that the door derives: scales, notional, terms, trading day.
    Dictionaries
        Texts of their codes.

    Raises
    ------
    InputError
        With everything that is wrong, each at its line and column.
    """
    dictionaries = Dictionaries()
    tape = Tape(text, place or Location(SOURCE, 1, 1), reference or Reference())
    ((batch,), (problems,)) = read_tapes([tape], dictionaries, currency=currency)
    if problems:
        raise InputError(problems)
    assert batch is not None
    return batch, dictionaries


def read_tapes(
    tapes: Sequence[Tape], dictionaries: Dictionaries, *, currency: str = "USD"
) -> tuple[list[EventBatch | None], list[list[Problem]]]:
    """Read many tapes with one pass through the door for all that share reference data.

    Parameters
    ----------
    tapes : sequence of Tape
        What to read.
    dictionaries : Dictionaries
        Where their texts get their codes.
    currency : str
        Currency of lines that name none: the base currency.

    Returns
    -------
    list of EventBatch or None
        One a tape, its positions counted from 0; None where something is wrong with it.
    list of list of Problem
        All that is wrong with each, in the order of its lines.
    """
    problems: list[list[Problem]] = [[] for _ in tapes]
    batches: list[EventBatch | None] = [None] * len(tapes)
    lines: list[list[Line]] = []
    for number, tape in enumerate(tapes):
        found, problems[number] = read_lines(tape.text, tape.place)
        for line in found:
            _fill(line, tape.reference, currency)
        lines.append(found)
    together: dict[int, list[int]] = {}
    for number, tape in enumerate(tapes):
        empty = not tape.reference.accounts and not tape.reference.instruments
        together.setdefault(0 if empty else id(tape.reference), []).append(number)
    for numbers in together.values():
        batch, owners = _through_the_door(numbers, lines, tapes[numbers[0]].reference, dictionaries, currency, problems)
        bounds = np.searchsorted(owners, np.arange(len(numbers) + 1))
        for place, number in enumerate(numbers):
            if not problems[number]:
                batches[number] = _alone(batch.take(slice(int(bounds[place]), int(bounds[place + 1]))))
    return batches, [sorted(found, key=_place_of) for found in problems]


def _place_of(problem: Problem) -> tuple[int, int]:
    return problem.location.line, problem.location.column


def _fill(line: Line, reference: Reference, currency: str) -> None:
    """Give a line the asset class and currency that it leaves to the notation; revisions take those of their trade."""
    fields = line.fields
    instrument = fields.get("instrument")
    if instrument is None and fields["kind"] in ("bust", "correct"):
        return
    known = reference.instruments.get(instrument or "", {})
    for name, usual in (("asset_class", ASSET_CLASS), ("currency", currency)):
        if name not in known and name not in line.places:
            fields[name] = usual


def _through_the_door(
    numbers: Sequence[int],
    lines: Sequence[Sequence[Line]],
    reference: Reference,
    dictionaries: Dictionaries,
    currency: str,
    problems: list[list[Problem]],
) -> tuple[EventBatch, Any]:
    """Return the events of some tapes, and for each of them which of `numbers` it belongs to."""
    import pyarrow as pa

    rows = [line for number in numbers for line in lines[number]]
    owners = np.repeat(np.arange(len(numbers)), [len(lines[number]) for number in numbers])
    usual = []
    for row, name, number_or_fault in take_usual(rows):
        if isinstance(number_or_fault, Problem):
            problems[numbers[owners[row]]].append(number_or_fault)
        else:
            usual.append((row, name, number_or_fault))
    present = {name for line in rows for name in line.fields}
    columns: dict[str, Any] = {
        name: pa.array([line.fields.get(name) for line in rows], pa.string()) for name in sorted(present)
    }
    columns["time"] = pa.array([line.time for line in rows], pa.int64())
    block = RawBlock(columns, np.arange(len(rows)), lambda row: (row + 1, rows[row].text))

    def reject(told: dict[str, Any]) -> None:
        row = told["position"]
        line = rows[row]
        place = line.places.get(told["field"] or "", line.place)
        problems[numbers[owners[row]]].append(Problem(told["code"], told["reason"], place))

    door = Door(
        _profile(),
        set(columns),
        source=SOURCE,
        ordinal=0,
        dictionaries=dictionaries,
        enrichment=Enrichment(reference, dictionaries),
        base_currency=currency,
        fields=None,
        on_reject=reject,
    )
    batch = with_usual(door.convert(block), usual, dictionaries.terms)
    return batch, owners[batch.columns["position"]]


def _alone(batch: EventBatch) -> EventBatch:
    """Count the positions of one tape from 0, as if nothing had stood before it."""
    batch.columns["position"] = np.arange(len(batch))
    return batch


@cache
def _profile() -> Profile:
    return load_profile("canonical")
