"""Text columns to codes and enumeration values: each distinct text is looked at once a block, not once a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.arrow import numbers_of, present
from surveillance.events.dictionary import Dictionary
from surveillance.events.lookup import look_up
from surveillance.events.profile import REJECT, FieldMap
from surveillance.events.raw import as_text
from surveillance.events.schema import ENUMS
from surveillance.events.text import Text
from surveillance.events.text_table import TextTable

UNKNOWN: Final = -1
"""Number of a text that the profile does not map."""
BAD_UTF8: Final = -2
"""Number of a text that is not UTF-8."""

_MOST_REMEMBERED: Final = 2_000_000


class TextNumbers:
    """Numbers of the texts of one foreign column, remembered from block to block.

    Parameters
    ----------
    number : callable
        Text to number, or `UNKNOWN`.
    dtype : str
        numpy type of the numbers: int32 or int8.
    """

    __slots__ = ("_dictionary", "_dtype", "_encoded_table", "_number", "_numbers", "_seen")

    def __init__(self, number: Callable[[str], int], dtype: str = "int32") -> None:
        self._number, self._dtype = number, np.dtype(dtype)
        self._dictionary: Any = None
        self._encoded_table: NDArray[Any] = np.zeros(0, self._dtype)
        self._forget()

    def _forget(self) -> None:
        self._seen = TextTable()
        self._numbers: NDArray[Any] = np.zeros(1, self._dtype)  # by place in the table; 0 is null

    def rows(self, column: Any) -> NDArray[Any]:
        """Return the number of each row's text; 0 for null."""
        if not isinstance(column, Text):
            import pyarrow as pa

            if pa.types.is_dictionary(column.type):
                return self._encoded(column)
        return self._text_rows(as_text(column))

    def _text_rows(self, text: Text) -> NDArray[Any]:
        if len(self._seen) > _MOST_REMEMBERED:
            self._forget()
        places = self._seen.numbers(text)
        known = len(self._numbers)
        if len(self._seen) >= known:
            new = [self._look_up(self._seen.bytes_of(place)) for place in range(known, len(self._seen) + 1)]
            self._numbers = np.concatenate((self._numbers, np.array(new, dtype=self._dtype)))
        rows: NDArray[Any] = self._numbers[places]
        return rows

    def _encoded(self, column: Any) -> NDArray[Any]:
        dictionary = column.dictionary
        if self._dictionary is None or not dictionary.equals(self._dictionary):
            self._encoded_table = self._text_rows(as_text(dictionary))
            self._dictionary = dictionary
        indices = column.indices
        return look_up(numbers_of(indices).astype(np.int32, copy=False), self._encoded_table, present(indices))

    def _look_up(self, text: bytes) -> int:
        try:
            return self._number(text.decode())
        except UnicodeDecodeError:
            return BAD_UTF8


def code_numbers(source: FieldMap, dictionary: Dictionary) -> TextNumbers:
    """Return the numbers of a code column: texts get codes, after the profile's renaming."""
    values = source.values
    if values is None:
        return TextNumbers(dictionary.code)

    def number(text: str) -> int:
        renamed = values.get(text.lower() if source.ignore_case else text, source.otherwise)
        return UNKNOWN if renamed == REJECT else dictionary.code(renamed)

    return TextNumbers(number)


def one_of(values: frozenset[str]) -> TextNumbers:
    """Return numbers that are 1 for the given texts and 0 for all others."""
    return TextNumbers(lambda text: int(text in values), "int8")


def enum_numbers(name: str, source: FieldMap) -> TextNumbers:
    """Return the numbers of an enumeration column: texts get the members that the profile maps them to."""
    assert source.values is not None
    members = {text: int(ENUMS[name][value.upper()]) for text, value in source.values.items()}
    otherwise = source.otherwise
    other = UNKNOWN if otherwise == REJECT else 0 if otherwise is None else int(ENUMS[name][otherwise.upper()])
    return TextNumbers(lambda text: members.get(text.lower() if source.ignore_case else text, other), "int8")


def id_texts(column: Any) -> tuple[Any, NDArray[np.bool_] | None]:
    """Return ids as an Arrow string array, and a mask of the rows that are not UTF-8 (None: all are).

    Empty ids are null, whole numbers are digits.
    """
    import pyarrow as pa

    text = as_text(column)
    empty = int(np.count_nonzero(text.starts == text.ends))
    as_it_is = not isinstance(column, Text) and pa.types.is_string(column.type) and empty == column.null_count
    array = column if as_it_is else text.to_arrow()
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        bad = np.array([not _is_utf8(text.bytes_at(row)) for row in range(len(text))])
        kept = Text(text.data, text.starts, np.where(bad, text.starts, text.ends).astype(np.int32))
        return kept.to_arrow(), bad
    return array, None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
