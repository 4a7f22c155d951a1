"""Ids of a batch that are read from their file when somebody asks for them.

Ids are the dearest columns to read, and most runs show those of a few events. To whom it does not matter, they look
like any other ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class LateTexts(Mapping[str, Any]):
    """Columns of ids by name, each an Arrow string array, read once.

    Parameters
    ----------
    names : iterable of str
        The columns.
    read : callable
        Name to the array.
    """

    __slots__ = ("_names", "_read", "_seen")

    def __init__(self, names: Iterable[str], read: Callable[[str], Any]) -> None:
        self._names, self._read = tuple(names), read
        self._seen: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        found = self._seen.get(name)
        if found is None:
            if name not in self._names:
                raise KeyError(name)
            found = self._seen[name] = self._read(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def slice_texts(texts: Mapping[str, Any], start: int, stop: int) -> Mapping[str, Any]:
    """Return some consecutive rows of ids; what is late stays late."""
    rows = stop - start
    if isinstance(texts, LateTexts):
        return LateTexts(texts, lambda name: texts[name].slice(start, rows))
    return {name: array.slice(start, rows) for name, array in texts.items()}


def take_texts(texts: Mapping[str, Any], rows: NDArray[np.intp]) -> Mapping[str, Any]:
    """Return the given rows of ids; what is late stays late."""
    import pyarrow as pa

    # `pa.array` imports pandas where it is installed
    whole = np.ascontiguousarray(rows, np.int64)
    numbers = pa.Array.from_buffers(pa.int64(), len(whole), [None, pa.py_buffer(whole)])
    if isinstance(texts, LateTexts):
        return LateTexts(texts, lambda name: texts[name].take(numbers))
    return {name: array.take(numbers) for name, array in texts.items()}


def join_texts(parts: Sequence[tuple[int, Mapping[str, Any]]]) -> Mapping[str, Any]:
    """Put ids behind each other; they are null where a part has none, and late if those of a part are.

    Parameters
    ----------
    parts : sequence of (int, mapping)
        How many rows, and their ids by name.
    """
    names = dict.fromkeys(name for _, texts in parts for name in texts)
    if any(isinstance(texts, LateTexts) for _, texts in parts):
        return LateTexts(names, lambda name: _join(name, parts))
    return {name: _join(name, parts) for name in names}


def _join(name: str, parts: Sequence[tuple[int, Mapping[str, Any]]]) -> Any:
    import pyarrow as pa

    arrays = [texts.get(name) for _, texts in parts]
    types = {array.type for array in arrays if array is not None}
    # Feeds of one kind agree on the type; where they do not, the wider one holds both.
    kind = types.pop() if len(types) == 1 else pa.large_string()
    whole = [
        pa.nulls(rows, kind) if array is None else array if array.type == kind else array.cast(kind)
        for array, (rows, _) in zip(arrays, parts, strict=True)
    ]
    return pa.concat_arrays(whole)
