"""What a reader hands to the door: foreign columns as they are, and the records that have none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from surveillance.events.text import Text, text_of_arrow


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A record that could not be split into fields.

    Parameters
    ----------
    position : int
        Number of the record in its source, from 0.
    line : int
        Physical line at which it starts, from 1; 0 where the format has no lines.
    code : str
        Kebab-case reason, such as ``short-record``.
    reason : str
        One sentence.
    raw : str
        The record as it was found.
    """

    position: int
    line: int
    code: str
    reason: str
    raw: str


@dataclass(slots=True)
class RawBlock:
    """Consecutive records of one source.

    Parameters
    ----------
    columns : dict
        Foreign name to a `Text` or an Arrow array, one value a record.
    positions : ndarray of int64
        Number of each record in its source, from 0.
    raw : callable
        Row of this block to (physical line or 0, the record as it was found).
    broken : list of BrokenRecord
        Records between and around these that could not be split; their numbers are not in `positions`.
    late : callable or None
        Reads a column that was left for later: foreign name to an Arrow array.
    part : ndarray of int8 or None
        1 and 2: the buying and the selling half of a record, one behind the other; 0: a row of its own. None: no
        record has halves.
    """

    columns: dict[str, Any]
    positions: NDArray[np.int64]
    raw: Callable[[int], tuple[int, str]]
    broken: list[BrokenRecord] = field(default_factory=list)
    late: Callable[[str], Any] | None = None
    part: NDArray[np.int8] | None = None

    def __len__(self) -> int:
        return len(self.positions)


class Reader(Protocol):
    """One open file of one format."""

    columns: list[str]
    """Names of the foreign columns, as far as they are known before reading."""

    consumed: int
    """Bytes read so far."""

    def blocks(self, columns: list[str], encoded: set[str]) -> Iterator[RawBlock]:
        """Yield the records in file order: `columns` of them, those in `encoded` as dictionaries where it is cheap."""


def as_text(column: Any) -> Text:
    """Return any column as text: numbers as digits, whole floats without a point.

    Parameters
    ----------
    column : Text or pyarrow.Array
        A foreign column.
    """
    if isinstance(column, Text):
        return column
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if _is_text(kind):
        return text_of_arrow(column)
    if pa.types.is_floating(kind):
        return text_of_arrow(_float_texts(column))
    if pa.types.is_nested(kind):
        return text_of_arrow(pa.array([None if value is None else str(value) for value in column.to_pylist()]))
    return text_of_arrow(column.cast(pa.string()))


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    is_string = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return bool(is_string or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _float_texts(column: Any) -> Any:
    """Write floats as ids: 601.0 is what data frames make of 601 beside a missing one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    given = pc.if_else(pc.is_nan(column), None, column)
    if pc.all(pc.and_(pc.equal(given, pc.trunc(given)), pc.less(pc.abs(given), float(2**53)))).as_py() is not False:
        return pc.cast(pc.cast(given, pa.int64()), pa.string())
    return pa.array([_float_text(value) for value in column.to_pylist()], pa.string())


def _float_text(value: float | None) -> str | None:
    if value is None or value != value:  # noqa: PLR0124 - not a number is missing
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
