"""A desk's feed, exactly as it arrives, through the engine's own JSON reader: a record that is rubbish costs itself."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.compat.pipeline_rows import CHUNK, Entrance
from surveillance.compat.pipeline_spool import Part
from surveillance.errors import InputError, Location, Problem
from surveillance.events.text import Text
from surveillance.feeds.content import Content
from surveillance.feeds.json import JsonReader

_NO_TRADES: Final = re.compile(rb"\s*(\[\s*\]\s*)?")
_QUOTE: Final = 34


class StoredText:
    """Bytes in memory, as readers want to have them stored.

    Parameters
    ----------
    data : bytes
        The content.
    label : str
        What messages call it.
    """

    def __init__(self, data: bytes, label: str) -> None:
        self._data = data
        self.label = self.name = label

    def size(self) -> int:
        """Return how many bytes there are."""
        return len(self._data)

    def open(self) -> Any:
        """Open them at their beginning."""
        return io.BytesIO(self._data)

    def local_path(self) -> Path:
        """Refuse: there is no file."""
        raise InputError(Problem("not-a-file", "is in memory, not in a file", Location(self.label)))


def read_feed(
    feed: Any, name: str, entrance: Entrance, number_traders: set[int]
) -> tuple[list[Part], InputError | None]:
    """Read a feed.

    Parameters
    ----------
    feed : str or bytes
        One JSON array of trades; nothing at all is no trade.
    name : str
        The desk, for messages.
    entrance : Entrance
        The desk's door.
    number_traders : set of int
        Takes the codes of traders whose ids the feed writes as numbers.

    Returns
    -------
    list of Part
        What could be read.
    InputError or None
        Why the rest could not, where the array is damaged.

    Raises
    ------
    InputError
        It is no array of objects.
    """
    if feed is None:
        feed = b""
    if not isinstance(feed, (str, bytes, bytearray)):
        what = f"the desk answered with {type(feed).__name__}, and JSON text is due"
        raise InputError(Problem("not-json", what, Location(name)))
    data = feed.encode("utf-8", "surrogatepass") if isinstance(feed, str) else bytes(feed)
    if _NO_TRADES.fullmatch(data):
        return [], None
    reader = JsonReader(Content(StoredText(data, name)), CHUNK, lines=False)  # type: ignore[arg-type]
    parts: list[Part] = []
    try:
        for block in reader.blocks(entrance.columns, set()):
            batch = entrance.convert(block)
            kept = np.searchsorted(block.positions, batch.columns["position"])
            written = {column: _is_number(block.columns[column], kept) for column in ("trade_id", "trader_id")}
            number_traders.update(np.unique(batch.column("trader")[written["trader_id"]]).tolist())
            parts.append(Part(batch, written["trade_id"], _has_point(block.columns["notional"], kept)))
    except InputError as error:
        return parts, error
    return parts, None


def _is_number(text: Text, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which values stand without quotes in the feed; one that was read slowly passes for text."""
    before = np.maximum(text.starts[rows] - 1, 0)
    first = text.data[np.minimum(text.starts[rows], len(text.data) - 1)]
    digit = ((first >= 48) & (first <= 57)) | (first == 45)
    return np.asarray((text.data[before] != _QUOTE) & digit, np.bool_)


def _has_point(text: Text, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    import pyarrow.compute as pc

    column = Text(text.data, text.starts[rows], text.ends[rows]).to_arrow()
    found = pc.match_substring_regex(column, "[.eE]").fill_null(False)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)
