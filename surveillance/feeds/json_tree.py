"""The names that are wanted of JSON records, as a tree for the kernel, and the slow and exact way to the same values.

A column is a name in the record, or a path of names and of places in arrays, joined by dots: ``order.legs.0.price``.
Where a record has the whole path as one name, that name counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

_MOST_PATHS: Final = 1_000
_DEEPEST: Final = 8
_FIRST_ELEMENTS: Final = 8
"""Of arrays in the sample whose elements are offered as columns."""


@dataclass(slots=True)
class _Node:
    name: str
    slot: int
    children: list[_Node]


PLACES: Final = 0
CHILDREN: Final = 1
COUNTS: Final = 2
SLOTS: Final = 3
INDICES: Final = 4
"""Of each node of a tree: where its name begins, its first child, how many it has, which column its value fills (or
-1), and which place in an array its name may mean (or -1)."""


@dataclass(frozen=True, slots=True)
class NameTree:
    """Names to find, level by level; node 0 is the record itself, and the children of a node lie side by side.

    Parameters
    ----------
    names : ndarray of uint8
        UTF-8 of all names.
    nodes : ndarray of int32, 5 x (nodes + 1)
        `PLACES` to `INDICES` of each; that of one more than the last says where its name ends.
    """

    names: NDArray[np.uint8]
    nodes: NDArray[np.int32]


def tree_of(columns: Sequence[str]) -> NameTree:
    """Return the tree that finds `columns`.

    Parameters
    ----------
    columns : sequence of str
        Names or paths, without repetition.
    """
    root = _Node("", -1, [])
    for slot, column in enumerate(columns):
        _put(root, [column], slot)
        if "." in column.strip("."):
            _put(root, column.split("."), slot)
    level, nodes = [root], [root]
    children, counts = [], []
    while level:
        below: list[_Node] = []
        for node in level:
            children.append(len(nodes) + len(below))
            counts.append(len(node.children))
            below += node.children
        nodes += below
        level = below
    texts = [node.name.encode() for node in nodes]
    table = np.zeros((5, len(nodes) + 1), np.int32)
    table[PLACES] = np.cumsum([0, *map(len, texts)])
    table[CHILDREN, :-1], table[COUNTS, :-1] = children, counts
    table[SLOTS, :-1] = [node.slot for node in nodes]
    table[INDICES, :-1] = [_index(node.name) for node in nodes]
    return NameTree(np.frombuffer(b"".join(texts), np.uint8), table)


def _put(node: _Node, steps: list[str], slot: int) -> None:
    for step in steps:
        for child in node.children:
            if child.name == step:
                node = child
                break
        else:
            child = _Node(step, -1, [])
            node.children.append(child)
            node = child
    node.slot = slot


def _index(name: str) -> int:
    """Return the place in an array that a name means, or -1."""
    return int(name) if name.isascii() and name.isdigit() and str(int(name)) == name and len(name) < 9 else -1


_ANY: Final = msgspec.json.Decoder()
_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS: Final = msgspec.json.Decoder(list[msgspec.Raw])


def values_of(record: bytes, columns: Sequence[str]) -> list[bytes] | None:
    """Read one record exactly: the UTF-8 of each column, empty for null; None when it is not a JSON object.

    Parameters
    ----------
    record : bytes
        The text of the record.
    columns : sequence of str
        Names or paths.
    """
    try:
        if not isinstance(_ANY.decode(record), dict):
            return None
        fields = _FIELDS.decode(record)
        return [_text(_found(fields, column)) for column in columns]
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _found(fields: dict[str, msgspec.Raw], column: str) -> bytes:
    """Return the JSON of a column, ``null`` if it is not there."""
    if column in fields:
        return bytes(fields[column])
    steps = column.split(".")
    if steps[0] not in fields:
        return b"null"
    value = bytes(fields[steps[0]])
    for step in steps[1:]:
        first = value.lstrip()[:1]
        if first == b"{":
            value = bytes(_FIELDS.decode(value).get(step, b"null"))
        elif first == b"[" and (index := _index(step)) >= 0:
            elements = _ELEMENTS.decode(value)
            value = bytes(elements[index]) if index < len(elements) else b"null"
        else:
            return b"null"
    return value


def _text(value: bytes) -> bytes:
    value = value.strip(b" \t\r\n")
    if value == b"null":
        return b""
    if value.startswith(b'"'):
        text: str = _ANY.decode(value)
        return text.encode()
    return value


def paths_of(record: dict[str, Any]) -> Iterator[str]:
    """Yield every name and path of a record, its own names first.

    Parameters
    ----------
    record : dict
        A decoded object.
    """
    yield from record
    for name, value in record.items():
        yield from _below(name, value, _DEEPEST)


def _below(path: str, value: Any, levels: int) -> Iterator[str]:
    if not levels or not isinstance(value, (dict, list)):
        return
    inside = value.items() if isinstance(value, dict) else enumerate(value[:_FIRST_ELEMENTS])
    for step, other in inside:
        yield f"{path}.{step}"
        yield from _below(f"{path}.{step}", other, levels - 1)


def columns_of(records: Iterator[bytes]) -> list[str]:
    """Return the names and paths that a sample of records has, in the order in which they appear.

    Parameters
    ----------
    records : iterator of bytes
        Texts of records; those that are not objects are passed over.
    """
    found: dict[str, None] = {}
    for record in records:
        try:
            decoded = _ANY.decode(record)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue
        if isinstance(decoded, dict) and len(found) < _MOST_PATHS:
            found.update(dict.fromkeys(paths_of(decoded)))
    return list(found)
