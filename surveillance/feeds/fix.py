"""FIX logs of versions 4.0 to 5.0: messages as they were sent, or as an order system printed them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.errors import InputError, Location, Problem
from surveillance.events.raw import BrokenRecord, RawBlock
from surveillance.events.text import Text
from surveillance.feeds import fix_split as split
from surveillance.feeds.content import Content
from surveillance.feeds.fix_orders import MADE, STATE_TAGS, Orders
from surveillance.feeds.fix_tags import MOST_ROLES, MOST_TAGS, column_of, role_of, tag_of

MAX_RECORD: Final = 1 << 20
"""Longest message in bytes; a longer one is rejected."""

_BUFFER_RECORDS: Final = 4
_MOST_ROWS: Final = 32_768
_SMALLEST_MESSAGE: Final = 16
_SAMPLE_BUFFERS: Final = 8
_SHOWN_BYTES: Final = 16_384
_ALWAYS: Final = (31, 32, 38, 44, 54, 55, 151)
"""Fields that count as present whatever the first messages hold: an order log without them is none."""
_REASONS: Final = {
    split.BAD_START: ("bad-message", "has no body length behind its version"),
    split.BAD_LENGTH: ("bad-body-length", "has another length than its body length says"),
    split.BAD_CHECKSUM: ("bad-checksum", "has another checksum than its field 10 says"),
    split.TRUNCATED: ("truncated-message", "ends without a checksum"),
    split.BAD_FIELD: ("bad-field", "has a field without a number"),
    split.OVER_LONG: ("over-long-record", "is too long to be a message"),
}


class FixReader:
    """One FIX log. Its columns are the fields of the messages, and what following the orders tells.

    Parameters
    ----------
    content : Content
        The log.
    block_rows : int
        Most records of a block.
    max_record : int
        Bytes from which on a message is over-long.

    Raises
    ------
    InputError
        If none of its first lines holds a message.

    Notes
    -----
    A field is called by its name in `fix_tags.TAGS` or by its number; ``PartyID.12`` is the party with role 12. Lines
    without a message are records as well; their event is ``note``.
    """

    def __init__(self, content: Content, block_rows: int, *, max_record: int = MAX_RECORD) -> None:
        self._content, self._rows, self._most = content, min(block_rows, _MOST_ROWS), max_record
        self.consumed = 0
        self.columns: list[str] = self._sample()

    def _sample(self) -> list[str]:
        """Return the columns that the first messages have."""
        tags, roles = np.zeros(MOST_TAGS, np.uint8), np.zeros(MOST_ROLES, np.uint8)
        for number, (data, end, final, state) in enumerate(self._buffers()):
            while self._found(data, end, final, state, {}, tags, roles)[2].size:
                pass
            if number == _SAMPLE_BUFFERS:
                break
        self.consumed = 0
        if not tags[35]:
            what, hint = "holds no FIX message", "A message begins with 8=FIX; is it another kind of log?"
            raise InputError(Problem("not-fix", what, Location(self._content.label), hint))
        tags[[*STATE_TAGS, *_ALWAYS]] = 1
        parties = [f"PartyID.{role}" for role in np.flatnonzero(roles).tolist()]
        there = np.flatnonzero(tags).tolist()
        return [*MADE, *dict.fromkeys([*map(column_of, there), *map(str, there)]), *parties]

    def _buffers(self) -> Iterator[tuple[NDArray[np.uint8], int, bool, NDArray[np.int64]]]:
        """Yield the log's bytes with the state of splitting; what was not split comes again with what follows."""
        state = np.array([0, 1, 0], np.int64)
        rest: NDArray[np.uint8] = np.empty(0, np.uint8)
        before = 0
        with self._content.open() as file:
            while True:
                data = np.empty(_BUFFER_RECORDS * self._most, np.uint8)
                data[: len(rest)] = rest
                end, final = len(rest), False
                while end < len(data) and not final:
                    got = file.readinto(data[end:].data) or 0
                    end, final = end + got, got == 0
                yield data, end, final, state
                place = int(state[split.PLACE])
                before += place
                self.consumed = before
                if final:
                    return
                rest = data[place:end]
                state[split.PLACE] = 0

    def _found(
        self,
        data: NDArray[np.uint8],
        end: int,
        final: bool,
        state: NDArray[np.int64],
        slots: dict[str, int],
        tags_seen: NDArray[np.uint8],
        roles_seen: NDArray[np.uint8],
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64], NDArray[np.int32]]:
        """Split one block; return starts and ends of values, flags, lines and spans."""
        of_tags, of_roles = np.full(MOST_TAGS, -1, np.int32), np.full(MOST_ROLES, -1, np.int32)
        for name, slot in slots.items():
            tag, role = tag_of(name), role_of(name)
            if tag is not None:
                of_tags[tag] = slot
            elif role is not None:
                of_roles[role] = slot
        room = min(self._rows, (end - int(state[split.PLACE])) // _SMALLEST_MESSAGE + 1)
        starts, ends = np.zeros((len(slots), room), np.int32), np.zeros((len(slots), room), np.int32)
        spans, lines, flags = np.empty((2, room), np.int32), np.empty(room, np.int64), np.empty(room, np.uint8)
        found = split.split_messages(
            data, end, final, self._most, of_tags, of_roles, state, starts, ends, spans, lines, flags,
            tags_seen, roles_seen,
        )  # fmt: skip
        return starts[:, :found], ends[:, :found], flags[:found], lines[:found], spans[:, :found]

    def blocks(self, columns: list[str], encoded: set[str]) -> Iterator[RawBlock]:  # noqa: ARG002 - as of all readers
        """Yield the records in the order of the log.

        Parameters
        ----------
        columns : list of str
            Columns to give out.
        encoded : set of str
            Not used: texts are coded at the door.
        """
        names = [*(column_of(tag) for tag in STATE_TAGS), *(_plain(name) for name in columns if name not in MADE)]
        slots = {name: slot for slot, name in enumerate(dict.fromkeys(names))}
        orders, position = Orders(), 0
        seen = np.zeros(MOST_TAGS, np.uint8), np.zeros(MOST_ROLES, np.uint8)
        for data, end, final, state in self._buffers():
            while True:
                starts, ends, flags, lines, spans = self._found(data, end, final, state, slots, *seen)
                if not flags.size:
                    break
                yield _block(data, starts, ends, flags, lines, spans, slots, columns, orders, position)
                position += len(flags)


def _block(
    data: NDArray[np.uint8],
    starts: NDArray[np.int32],
    ends: NDArray[np.int32],
    flags: NDArray[np.uint8],
    lines: NDArray[np.int64],
    spans: NDArray[np.int32],
    slots: dict[str, int],
    columns: list[str],
    orders: Orders,
    position: int,
) -> RawBlock:
    """Return split messages as a block."""
    import pyarrow as pa

    good = np.flatnonzero(flags <= split.NOTE)
    broken = []
    for row in np.flatnonzero(flags > split.NOTE).tolist():
        code, reason = _REASONS[int(flags[row])]
        broken.append(BrokenRecord(position + row, int(lines[row]), code, reason, _shown(data, spans, row)))
    texts = {
        name: Text(data, np.ascontiguousarray(starts[slot, good]), np.ascontiguousarray(ends[slot, good]))
        for name, slot in slots.items()
    }
    told = orders.follow([_texts(texts[column_of(tag)]) for tag in STATE_TAGS])
    found: dict[str, Any] = dict(texts)
    for name, values in zip(MADE, told, strict=True):
        if name in columns:
            found[name] = pa.array(values, pa.string())

    def raw_of(row: int) -> tuple[int, str]:
        return int(lines[good[row]]), _shown(data, spans, int(good[row]))

    return RawBlock(
        {name: found[name if name in MADE else _plain(name)] for name in columns}, position + good, raw_of, broken
    )


def _plain(name: str) -> str:
    """Return the one name of a column that may be called by name or by number."""
    tag = tag_of(name)
    return name if tag is None else column_of(tag)


def _texts(text: Text) -> list[str | None]:
    """Return values as Python's texts; a byte that is not ASCII matters to no id that is followed."""
    import pyarrow as pa

    array = text.to_arrow()
    try:
        found: list[str | None] = array.to_pylist()
    except UnicodeDecodeError:
        found = [None if one is None else one.decode("latin-1") for one in array.cast(pa.binary()).to_pylist()]
    return found


def _shown(data: NDArray[np.uint8], spans: NDArray[np.int32], row: int) -> str:
    first, last = int(spans[0, row]), int(spans[1, row])
    text = data[first : min(last, first + _SHOWN_BYTES)].tobytes().decode("utf-8", "backslashreplace")
    return text.rstrip("\r\n").replace("\x01", "|")
