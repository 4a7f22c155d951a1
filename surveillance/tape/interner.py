"""Ids of orders and trades become small whole numbers for as long as they are needed.

A day has millions of ids and few of them live at once. So texts lie in one arena of bytes, a released code goes to
the next new id, and the arena is packed when more than half of it is dead. A slot of the table holds the code and
32 bits of the text's hash; before a code is given the bytes are compared, so no collision can merge two ids.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.kernel import kernel

_FEWEST_SLOTS: Final = 64
_FEWEST_ENTRIES: Final = 32
_FEWEST_BYTES: Final = 1024
_BLOCK: Final = 256  # rows whose memory is fetched together
_SIZE, _FREE, _BYTES, _DEAD = 0, 1, 2, 3  # fields of `counts`: codes, free codes, bytes of the arena, dead ones
_START, _LENGTH = 0, 1  # fields of an entry
_UNUSED: Final = -1  # length of a code that no text has

_BYTES_IN = "Array(uint8, 1, 'C', True)"  # read-only, as arrow lends them
_OFFSETS_IN = "Array(int64, 1, 'C', True)"
_TABLE = "uint64[::1], int64[:,::1], uint8[::1]"

_LOW = np.uint64(0xFFFFFFFF)
_HIGH = np.uint64(0xFFFFFFFF00000000)
_ALL_BITS = np.uint64(0xFFFFFFFFFFFFFFFF)
_ONE, _EIGHT = np.uint64(1), np.uint64(8)
_30, _27, _31, _32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
_MULTIPLY_1, _MULTIPLY_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_NO_BYTES: Final = np.zeros(0, dtype=np.uint8)
_SEED = np.uint64(0x9E3779B97F4A7C15)


@kernel(allocates=False)
def _word(data: Any, at: Any) -> Any:
    """Eight bytes as a number; the compiler turns this into one load."""
    return (
        np.uint64(data[at])
        | np.uint64(data[at + np.uint64(1)]) << np.uint64(8)
        | np.uint64(data[at + np.uint64(2)]) << np.uint64(16)
        | np.uint64(data[at + np.uint64(3)]) << np.uint64(24)
        | np.uint64(data[at + np.uint64(4)]) << np.uint64(32)
        | np.uint64(data[at + np.uint64(5)]) << np.uint64(40)
        | np.uint64(data[at + np.uint64(6)]) << np.uint64(48)
        | np.uint64(data[at + np.uint64(7)]) << np.uint64(56)
    )


@kernel(allocates=False)
def _hash(data: Any, start: Any, length: Any) -> Any:
    at, left = np.uint64(start), np.uint64(length)
    mixed = _SEED * (left + _ONE)
    if left >= _EIGHT:
        last = at + left - _EIGHT
        while at < last:
            mixed = (mixed ^ _word(data, at)) * _MULTIPLY_1
            mixed ^= mixed >> _32
            at += _EIGHT
        mixed ^= _word(data, last)  # the last eight may overlap the word before: no loop over a rest
    else:
        word = np.uint64(0)
        for byte in range(left):
            word = word << _EIGHT | np.uint64(data[at + np.uint64(byte)])
        mixed ^= word
    mixed = (mixed ^ (mixed >> _30)) * _MULTIPLY_1
    mixed = (mixed ^ (mixed >> _27)) * _MULTIPLY_2
    return mixed ^ (mixed >> _31)


@kernel(f"void({_BYTES_IN}, {_OFFSETS_IN}, uint64, uint64[::1])", allocates=False)
def _hash_rows(data: NDArray[Any], offsets: NDArray[Any], hash_mask: int, hashes: NDArray[Any]) -> None:
    for row in range(len(hashes)):
        hashes[row] = _hash(data, offsets[row], offsets[row + 1] - offsets[row]) & hash_mask


@kernel(f"void(uint64[::1], int64, {_TABLE}, int64[::1])", allocates=False)
def _fetch(
    hashes: NDArray[Any],
    first: int,
    slots: NDArray[Any],
    entries: NDArray[Any],
    arena: NDArray[Any],
    ahead: NDArray[Any],
) -> None:
    """Bring what a block of rows will read into the cache: many waits at once instead of three a row, in turn."""
    mask = np.uint64(len(slots) - 1)
    rows = min(len(ahead), len(hashes) - first)
    for row in range(rows):
        ahead[row] = np.int64(slots[(hashes[first + row] >> _32) & mask] & _LOW)
    for row in range(rows):
        ahead[row] = entries[ahead[row], _START]
    for row in range(rows):
        ahead[row] = arena[ahead[row]]


@kernel(
    f"int64(uint64[::1], {_BYTES_IN}, {_OFFSETS_IN}, {_BYTES_IN}, int64, int32[::1], int64,"
    f"{_TABLE}, int32[::1], int64[::1], int64[::1], boolean)",
    allocates=False,
)
def _code_rows(
    hashes: NDArray[Any],
    data: NDArray[Any],
    offsets: NDArray[Any],
    valid: NDArray[Any],
    first_bit: int,
    out: NDArray[Any],
    start: int,
    slots: NDArray[Any],
    entries: NDArray[Any],
    arena: NDArray[Any],
    free: NDArray[Any],
    counts: NDArray[Any],
    ahead: NDArray[Any],
    adds: bool,
) -> int:
    """Code rows from `start`; return the number of rows, or the row whose text is new and cannot be added."""
    mask = np.uint64(len(slots) - 1)
    for row in range(start, len(out)):
        if (row - start) % len(ahead) == 0:
            _fetch(hashes, row, slots, entries, arena, ahead)
        bit = first_bit + row
        if len(valid) and not valid[bit >> 3] >> (bit & 7) & 1:
            out[row] = 0
            continue
        begin = offsets[row]
        length = offsets[row + 1] - begin
        mixed = hashes[row]
        at = (mixed >> _32) & mask
        code = np.int64(0)
        while slots[at] != 0:
            if (slots[at] ^ mixed) <= _LOW and entries[slots[at] & _LOW, _LENGTH] == length:
                here, there = np.uint64(begin), np.uint64(entries[slots[at] & _LOW, _START])
                end = here + np.uint64(length)
                while here + _EIGHT <= end and _word(data, here) == _word(arena, there):
                    here += _EIGHT
                    there += _EIGHT
                while here < end and data[here] == arena[there]:
                    here += _ONE
                    there += _ONE
                if here == end:
                    code = np.int64(slots[at] & _LOW)
                    break
            at = (at + _ONE) & mask
        if code == 0:
            full = 2 * (counts[_SIZE] - counts[_FREE]) > len(slots) or counts[_BYTES] + length >= len(arena)
            if not adds or full or (counts[_FREE] == 0 and counts[_SIZE] == len(entries)):
                return row
            if counts[_FREE] > 0:
                counts[_FREE] -= 1
                code = np.int64(free[counts[_FREE]])
            else:
                code = counts[_SIZE]
                counts[_SIZE] += 1
            entries[code, _START] = counts[_BYTES]
            entries[code, _LENGTH] = length
            for byte in range(length):
                arena[counts[_BYTES] + byte] = data[begin + byte]
            counts[_BYTES] += length
            slots[at] = (mixed & _HIGH) | np.uint64(code)
        out[row] = code
    return len(out)


@kernel(f"int64(Array(int32, 1, 'A', True), {_TABLE}, int32[::1], int64[::1], uint64)", allocates=False)
def _release(
    codes: NDArray[Any],
    slots: NDArray[Any],
    entries: NDArray[Any],
    arena: NDArray[Any],
    free: NDArray[Any],
    counts: NDArray[Any],
    hash_mask: int,
) -> int:
    """Free codes up to the first that no text has, and return that one; 0 when all were freed."""
    mask = np.uint64(len(slots) - 1)
    for wide in codes:
        code = np.int64(wide)
        if code == 0:
            continue
        if code < 0 or code >= counts[_SIZE] or entries[code, _LENGTH] == _UNUSED:
            return int(code)
        mixed = _hash(arena, entries[code, _START], entries[code, _LENGTH]) & hash_mask
        hole = (mixed >> _32) & mask
        while slots[hole] & _LOW != np.uint64(code):
            hole = (hole + _ONE) & mask
        # Later texts of the same cluster move up, so that probing needs no tombstones.
        after = (hole + _ONE) & mask
        while slots[after] != 0:
            home = (slots[after] >> _32) & mask
            if (after - home) & mask >= (after - hole) & mask:
                slots[hole] = slots[after]
                hole = after
            after = (after + _ONE) & mask
        slots[hole] = 0
        counts[_DEAD] += entries[code, _LENGTH]
        entries[code, _LENGTH] = _UNUSED
        free[counts[_FREE]] = code
        counts[_FREE] += 1
    return 0


@kernel("void(uint64[::1], uint64[::1])", allocates=False)
def _move_slots(old: NDArray[Any], new: NDArray[Any]) -> None:
    mask = np.uint64(len(new) - 1)
    for slot in old:
        if slot != 0:
            at = (slot >> _32) & mask
            while new[at] != 0:
                at = (at + _ONE) & mask
            new[at] = slot


@kernel("void(int64[:,::1], uint8[::1], uint8[::1], int32[::1], int64[::1])", allocates=False)
def _pack(
    entries: NDArray[Any], arena: NDArray[Any], packed: NDArray[Any], free: NDArray[Any], counts: NDArray[Any]
) -> None:
    """Copy live texts behind each other, drop free codes at the end, and list the others so that the least is next."""
    while counts[_SIZE] > 1 and entries[counts[_SIZE] - 1, _LENGTH] == _UNUSED:
        counts[_SIZE] -= 1
    used = np.int64(0)
    freed = np.int64(0)
    for back in range(1, counts[_SIZE]):
        code = counts[_SIZE] - back
        if entries[code, _LENGTH] == _UNUSED:
            free[freed] = code
            freed += 1
            continue
        begin = entries[code, _START]
        entries[code, _START] = used
        for byte in range(entries[code, _LENGTH]):
            packed[used + byte] = arena[begin + byte]
        used += entries[code, _LENGTH]
    counts[_FREE] = freed
    counts[_BYTES] = used
    counts[_DEAD] = 0


class Interner:
    """Give each distinct text a code, counting from 1, until it is released; 0 is null.

    Memory follows the texts that live: their bytes (at most three times) and about 50 bytes each. The empty text is
    a text; only null has code 0.
    """

    __slots__ = ("_arena", "_counts", "_entries", "_free", "_hash_mask", "_slots")

    def __init__(self) -> None:
        self._slots = np.zeros(_FEWEST_SLOTS, dtype=np.uint64)
        self._entries = np.zeros((_FEWEST_ENTRIES, 2), dtype=np.int64)
        self._free = np.zeros(_FEWEST_ENTRIES, dtype=np.int32)
        self._arena = np.zeros(_FEWEST_BYTES, dtype=np.uint8)
        self._counts = np.array([1, 0, 0, 0], dtype=np.int64)
        self._hash_mask = _ALL_BITS  # tests clear bits to make texts collide

    def codes(self, array: Any) -> NDArray[np.int32]:
        """Return the code of each text, giving codes to those that are new.

        Parameters
        ----------
        array : pyarrow.Array
            string, large_string, or binary or large_binary that holds UTF-8; sliced or not; or all null.

        Raises
        ------
        TypeError
            The array has another type.
        """
        out = np.zeros(len(array), dtype=np.int32)
        if array.null_count == len(array):
            return out
        data, offsets, valid = _buffers(array)
        hashes = np.empty(len(out), dtype=np.uint64)
        _hash_rows(data, offsets, self._hash_mask, hashes)
        done = self._code_rows(hashes, data, offsets, valid, array.offset, out, 0)
        while done < len(out):
            self._grow(int(offsets[done + 1] - offsets[done]))
            done = self._code_rows(hashes, data, offsets, valid, array.offset, out, done)
        return out

    def _code_rows(self, *rows: Any, adds: bool = True) -> int:
        table = (self._slots, self._entries, self._arena, self._free, self._counts)
        arguments: tuple[Any, ...] = (*rows, *table, np.empty(_BLOCK, dtype=np.int64), adds)
        return _code_rows(*arguments)

    def _grow(self, length: int) -> None:
        """Make room for a new text of `length` bytes."""
        if 2 * (len(self) + 1) > len(self._slots):
            self._resize_slots(2 * len(self._slots))
        if self._counts[_SIZE] == len(self._entries) and not self._counts[_FREE]:
            self._resize_entries(2 * len(self._entries))
        needed = int(self._counts[_BYTES]) + length + 1  # so that where an empty text starts is a byte of the arena
        if needed > len(self._arena):
            arena = np.zeros(max(needed, len(self._arena) * 3 // 2), dtype=np.uint8)
            arena[: len(self._arena)] = self._arena
            self._arena = arena

    def _resize_slots(self, slots: int) -> None:
        old, self._slots = self._slots, np.zeros(slots, dtype=np.uint64)
        _move_slots(old, self._slots)

    def _resize_entries(self, length: int) -> None:
        kept = int(self._counts[_SIZE])
        entries, free = np.zeros((length, 2), dtype=np.int64), np.zeros(length, dtype=np.int32)
        entries[:kept] = self._entries[:kept]
        free[:kept] = self._free[:kept]
        self._entries, self._free = entries, free

    def release(self, codes: NDArray[np.int32]) -> None:
        """Forget the texts of these codes; the codes go to other texts later. Code 0 is passed over.

        Raises
        ------
        KeyError
            A code that no text has, or one that is named twice; those before it are released.
        """
        unknown = _release(codes, self._slots, self._entries, self._arena, self._free, self._counts, self._hash_mask)
        if self._counts[_BYTES] > _FEWEST_BYTES and 2 * self._counts[_DEAD] > self._counts[_BYTES]:
            self._compact()
        if unknown:
            raise KeyError(int(unknown))

    def _compact(self) -> None:
        live_bytes = int(self._counts[_BYTES] - self._counts[_DEAD])
        packed = np.zeros(max(_FEWEST_BYTES, live_bytes * 3 // 2 + 1), dtype=np.uint8)
        _pack(self._entries, self._arena, packed, self._free, self._counts)
        self._arena = packed
        slots = max(_FEWEST_SLOTS, 1 << (4 * len(self)).bit_length())
        if slots < len(self._slots):
            self._resize_slots(slots)
        entries = max(_FEWEST_ENTRIES, 2 * int(self._counts[_SIZE]))
        if 2 * entries <= len(self._entries):
            self._resize_entries(entries)

    def find(self, text: str) -> int:
        """Return the code of `text`, or 0 when it has none."""
        data = np.frombuffer(text.encode(errors="surrogatepass"), dtype=np.uint8)
        offsets = np.array([0, len(data)])
        hashes, out = np.empty(1, dtype=np.uint64), np.zeros(1, dtype=np.int32)
        _hash_rows(data, offsets, self._hash_mask, hashes)
        self._code_rows(hashes, data, offsets, _NO_BYTES, 0, out, 0, adds=False)
        return int(out[0])

    def text(self, code: int) -> str | None:
        """Return the text of `code`; code 0 is None.

        Raises
        ------
        KeyError
            No text has this code.
        """
        if code == 0:
            return None
        if not 0 < code < self._counts[_SIZE] or self._entries[code, _LENGTH] == _UNUSED:
            raise KeyError(int(code))
        start, length = self._entries[code].tolist()
        return self._arena[start : start + length].tobytes().decode()

    def texts(self, codes: NDArray[np.int32]) -> list[str | None]:
        """Return the text of each code, as `text` does."""
        return [self.text(code) for code in codes.tolist()]

    def __len__(self) -> int:
        return int(self._counts[_SIZE] - 1 - self._counts[_FREE])

    @property
    def size(self) -> int:
        """Highest code + 1: arrays of state by code need this length. It can fall after `release`."""
        return int(self._counts[_SIZE])

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        arrays = (self._slots, self._entries, self._free, self._arena, self._counts)
        return sum(array.nbytes for array in arrays)


def _buffers(array: Any) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint8]]:
    """Return the bytes, the offsets of the rows in them, and the validity bits (none when no row is null)."""
    import pyarrow as pa

    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        width: Any = np.int32
    elif pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
        width = np.int64
    else:
        raise TypeError(f"Ids were {kind}; they must be string or binary")
    validity, offsets, data = array.buffers()
    rows = np.frombuffer(offsets, dtype=width)[array.offset : array.offset + len(array) + 1]
    return (
        _NO_BYTES if data is None else np.frombuffer(data, dtype=np.uint8),
        rows.astype(np.int64),
        np.frombuffer(validity, dtype=np.uint8) if array.null_count else _NO_BYTES,
    )
