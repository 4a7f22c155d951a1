"""Sources: files that a profile turns into event batches, ordered by name and never by the command line."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from surveillance.errors import InputError, Location, Problem
from surveillance.events.batch import EventBatch
from surveillance.events.calendars import Calendars
from surveillance.events.dictionary import Dictionaries
from surveillance.events.door import Door
from surveillance.events.enrichment import Enrichment
from surveillance.events.flaws import Counts, OnReject
from surveillance.events.profile import Profile
from surveillance.events.rates import Rates
from surveillance.events.raw import Reader
from surveillance.events.reference import Reference
from surveillance.events.schema import IDS
from surveillance.events.tally import Tally
from surveillance.feeds.ahead import ReadAhead
from surveillance.feeds.content import Content, Stored, StoredFile
from surveillance.feeds.gathering import named
from surveillance.feeds.registry import open_reader

BLOCK_ROWS: Final = 65_536
"""Most rows of a batch unless the caller says otherwise."""
_FULL_BLOCKS: Final = 8
_FEWEST_ROWS: Final = 1_024
"""Every source has a block in memory: from so many sources on blocks are smaller, down to so many rows."""


class Source:
    """One file on its way through the door; it is read once.

    Parameters
    ----------
    content : Content
        The file.
    name : str
        Unique among the sources of a run, and the same on every machine.
    ordinal : int
        Place among the sources, ordered by name.
    door : Door
        Turns its blocks into batches.
    reader : Any
        Reads its blocks.
    format_ : str
        Name of its format.
    encoded : set of str
        Foreign columns whose texts repeat.
    """

    def __init__(
        self, content: Content, name: str, ordinal: int, door: Door, reader: Reader, format_: str, encoded: set[str]
    ) -> None:
        self.content, self.name, self.ordinal, self.format = content, name, ordinal, format_
        self._door, self._reader, self._encoded = door, reader, encoded
        self._digest = ""

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.content.size

    @property
    def counts(self) -> Counts:
        """What became of the records read so far."""
        return self._door.counts

    @property
    def tally(self) -> Tally:
        """Money and ids of the events read so far."""
        return self._door.tally

    @property
    def calendars(self) -> Calendars | None:
        """Calendars of the events, the same for all sources of a run; None where none is known."""
        return self._door.calendars

    @property
    def fields_present(self) -> set[str]:
        """Fields of the event schema that the source can fill."""
        return self._door.fields_present

    @property
    def sha256(self) -> str:
        """SHA-256 of the file's content; read for it when first asked."""
        if not self._digest:
            digest = hashlib.sha256()
            with self.content.stored.open() as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
            self._digest = digest.hexdigest()
        return self._digest

    def progress(self) -> tuple[int, int]:
        """Return the bytes consumed and all bytes."""
        return int(self._reader.consumed), self.size

    def stop(self) -> None:
        """Let a thread go that waits for bytes of it."""
        self.content.stored.stop()

    def batches(self, ahead: ReadAhead | None = None) -> Iterator[EventBatch]:
        """Yield the events in the order of the file; batches without an event are left out.

        Parameters
        ----------
        ahead : ReadAhead or None
            Reads the next block while the caller is busy with the one before.
        """
        late = [self._door.late_columns] if self._door.late_columns else []
        blocks = self._reader.blocks(self._door.columns, self._encoded, *late)
        for block in blocks if ahead is None else ahead.of(blocks):
            try:
                batch = self._door.convert(block)
            except InputError as error:
                placed = [replace(problem, location=Location(self.content.label)) for problem in error.problems]
                raise InputError(placed) from None
            if len(batch):
                yield batch


def open_sources(
    files: Sequence[str | Path | Stored],
    profile: Profile,
    *,
    dictionaries: Dictionaries,
    on_reject: OnReject,
    reference: Reference | None = None,
    base_currency: str = "USD",
    rates: Rates | None = None,
    fields: set[str] | None = None,
    block_rows: int = BLOCK_ROWS,
) -> list[Source]:
    """Open files as sources.

    Parameters
    ----------
    files : sequence of str, Path or Stored
        Files; the profile or their suffixes say their formats. See `gathering.gathered` for folders and patterns.
    profile : Profile
        How their columns become fields.
    dictionaries : Dictionaries
        Where texts get their codes.
    on_reject : callable
        Takes each record that cannot be used: source, position, line, field, code, reason, raw.
    reference : Reference or None
        Fills what the feed leaves null.
    base_currency : str
        Currency of `base_notional`.
    rates : Rates or None
        Exchange rates into it.
    fields : set of str or None
        Columns wanted beyond those that the door always reads; None: all.
    block_rows : int
        Most rows of a batch.

    Returns
    -------
    list of Source
        Ordered by name, whatever the order of `files`.

    Raises
    ------
    InputError
        With all files that cannot be used.
    """
    enrichment = Enrichment(reference, dictionaries, profile.name) if reference is not None else None
    problems: list[Problem] = []
    sources: list[Source] = []
    block_rows = min(block_rows, max(_FEWEST_ROWS, block_rows * _FULL_BLOCKS // max(1, len(files))))
    stored = [StoredFile(Path(file)) if isinstance(file, (str, Path)) else file for file in files]
    for ordinal, (name, file) in enumerate(named(stored)):
        try:
            content = Content(file, profile.encoding)
            reader, format_ = open_reader(content, profile, block_rows)
            _check_columns(reader.columns, profile, content.label)
        except InputError as error:
            problems += error.problems
            continue
        door = Door(
            profile,
            set(reader.columns),
            source=name,
            ordinal=ordinal,
            dictionaries=dictionaries,
            enrichment=enrichment,
            base_currency=base_currency,
            rates=rates,
            fields=fields,
            on_reject=on_reject,
            late=getattr(reader, "late", frozenset()),
        )
        unique = {column for field in IDS if field in profile.fields for column in profile.fields[field].columns()}
        sources.append(Source(content, name, ordinal, door, reader, format_, set(door.columns) - unique))
    if problems:
        raise InputError(problems)
    return sources


def _check_columns(columns: list[str], profile: Profile, label: str) -> None:
    """Raise if a column is missing without which there are no events, or none could be known again."""
    problems = []
    for name in ("time", "kind"):
        source = profile.fields.get(name)
        if source is None or source.column in columns or name in profile.defaults:
            continue
        close = difflib.get_close_matches(source.column, columns, 1)
        what = f"has no column {source.column!r}, which the feed profile {profile.name!r} reads as {name}"
        hint = f"Did you mean {close[0]}?" if close else f"It has: {', '.join(columns[:20])}."
        problems.append(Problem("missing-column", what, Location(label), hint))
    for name in profile.identity:
        if name not in columns:
            shown = profile.origins(name)[0]
            what = f"has no column {shown!r}, which the feed profile {profile.name!r} reads to know a record again"
            problems.append(Problem("missing-column", what, Location(label)))
    if problems:
        raise InputError(problems)
