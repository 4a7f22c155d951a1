"""Text columns to codes and enumeration values: each distinct text is looked at once a block, not once a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.dictionary import Dictionary
from surveillance.events.profile import FieldMap
from surveillance.events.raw import as_text
from surveillance.events.schema import ENUMS
from surveillance.events.text import Text

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
    """

    __slots__ = ("_dictionary", "_known", "_number", "_table")

    def __init__(self, number: Callable[[str], int]) -> None:
        self._number = number
        self._known: dict[bytes, int] = {}
        self._dictionary: Any = None
        self._table: NDArray[np.int32] = np.zeros(1, np.int32)

    def rows(self, column: Any) -> NDArray[np.int32]:
        """Return the number of each row's text; 0 for null."""
        if not isinstance(column, Text):
            import pyarrow as pa

            if pa.types.is_dictionary(column.type):
                return self._encoded(column)
        numbers, texts = as_text(column).distinct()
        return self._numbered(texts)[numbers]

    def _encoded(self, column: Any) -> NDArray[np.int32]:
        dictionary = column.dictionary
        if self._dictionary is None or not dictionary.equals(self._dictionary):
            text = as_text(dictionary)
            self._table = self._numbered([text.bytes_at(row) for row in range(len(text))])
            self._dictionary = dictionary
        indices = column.indices
        found: NDArray[np.int32]
        if indices.null_count:
            found = self._table[indices.fill_null(-1).to_numpy(zero_copy_only=False) + 1]
        else:
            found = self._table[1:][indices.to_numpy(zero_copy_only=False)]
        return found

    def _numbered(self, texts: list[bytes]) -> NDArray[np.int32]:
        """Return the numbers of texts, behind a 0 for null."""
        known = self._known
        if len(known) > _MOST_REMEMBERED:
            known.clear()
        table = np.zeros(len(texts) + 1, np.int32)
        remembered = [known.get(text) for text in texts]
        table[1:] = [
            self._look_up(text) if number is None else number for text, number in zip(texts, remembered, strict=True)
        ]
        return table

    def _look_up(self, text: bytes) -> int:
        if not text:
            return 0
        try:
            number = self._number(text.decode())
        except UnicodeDecodeError:
            return BAD_UTF8
        if number != UNKNOWN:
            self._known[text] = number
        return number


def code_numbers(source: FieldMap, dictionary: Dictionary) -> TextNumbers:
    """Return the numbers of a code column: texts get codes, after the profile's renaming."""
    values = source.values
    if values is None:
        return TextNumbers(dictionary.code)

    def number(text: str) -> int:
        renamed = values.get(text.lower() if source.ignore_case else text)
        return UNKNOWN if renamed is None else dictionary.code(renamed)

    return TextNumbers(number)


def one_of(values: frozenset[str]) -> TextNumbers:
    """Return numbers that are 1 for the given texts and 0 for all others."""
    return TextNumbers(lambda text: int(text in values))


def enum_numbers(name: str, source: FieldMap) -> TextNumbers:
    """Return the numbers of an enumeration column: texts get the members that the profile maps them to."""
    assert source.values is not None
    members = {text: int(ENUMS[name][value.upper()]) for text, value in source.values.items()}
    return TextNumbers(lambda text: members.get(text.lower() if source.ignore_case else text, UNKNOWN))


def id_texts(column: Any) -> tuple[Any, NDArray[np.bool_] | None]:
    """Return ids as an Arrow string array, and a mask of the rows that are not UTF-8 (None: all are).

    Empty ids are null, whole numbers are digits.
    """
    import pyarrow as pa

    text = as_text(column)
    array = text.to_arrow()
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
