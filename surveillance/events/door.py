"""The door: foreign columns in, canonical events out, and every record that cannot be used told apart.

Nothing behind the door knows where an event came from. A row is decided by its own values alone, so it does not
matter how a file is cut into blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.enrichment import Enrichment
from surveillance.events.flaws import RAW_CHARACTERS, Counts, Flaws, OnReject
from surveillance.events.identity import identities
from surveillance.events.late import LateTexts
from surveillance.events.mapping import BAD_UTF8, UNKNOWN, TextNumbers, code_numbers, enum_numbers, id_texts, one_of
from surveillance.events.money import MoneyDoor
from surveillance.events.profile import MULTIPLIER, FieldMap, Profile
from surveillance.events.rates import Rates
from surveillance.events.raw import RawBlock
from surveillance.events.schema import CODES, COLUMN, ENUMS, IDS, NULL, Kind
from surveillance.events.tally import Tally
from surveillance.events.times import days_of, to_time
from surveillance.events.two_sides import SECOND_HALF, first_flaws, whole_records

ALWAYS: Final = frozenset(
    {"time", "kind", "side", "price", "quantity", "notional", "currency", "asset_class", "band", MULTIPLIER}
)
"""Fields that are read whatever the rules need, so that what is rejected does not depend on the rules."""

_MADE: Final = {"time", "source", "position", "kind", "terms", "trading_day"}


class Door:
    """Turns the blocks of one source into event batches.

    Parameters
    ----------
    profile : Profile
        How foreign columns become fields.
    present : set of str
        Foreign columns that the source has.
    source : str
        Name of the source, for rejects.
    ordinal : int
        Number of the source.
    dictionaries : Dictionaries
        Where texts get their codes.
    enrichment : Enrichment or None
        Reference data.
    base_currency : str
        Currency of `base_notional`.
    fields : set of str or None
        Fields wanted beyond those always read; None: all.
    on_reject : callable
        Takes each record that cannot be used.
    rates : Rates or None
        Exchange rates into the base currency.
    late : set of str
        Foreign columns that can be read after the others. Ids are left for later where they are among them: one
        that is not UTF-8 is null then, and its record no reject.
    """

    def __init__(
        self,
        profile: Profile,
        present: set[str],
        *,
        source: str,
        ordinal: int,
        dictionaries: Dictionaries,
        enrichment: Enrichment | None,
        base_currency: str,
        fields: set[str] | None,
        on_reject: OnReject,
        rates: Rates | None = None,
        late: frozenset[str] = frozenset(),
    ) -> None:
        self._profile = profile
        self._source, self._ordinal = source, ordinal
        self._dictionaries, self._enrichment = dictionaries, enrichment
        self.calendars = None if enrichment is None else enrichment.calendars
        """Sessions of the calendars that the events have."""
        self._on_reject = on_reject
        self.counts = Counts()
        known = {name: source for name, source in profile.fields.items() if set(source.columns()) & present}
        wanted = {*COLUMN, MULTIPLIER} if fields is None else fields | ALWAYS
        if enrichment is not None:
            wanted |= enrichment.needs(wanted)
        self._wanted = wanted
        self._fields = {name: source for name, source in known.items() if name in wanted}
        self.columns = [name for name in profile.columns(set(self._fields)) if name in present]
        """Foreign columns to read."""
        self._late = self._left_for_later(late)
        self.late_columns = frozenset(self._late.values())
        """Those of them to read when somebody asks for them."""
        self._money = MoneyDoor(profile, dictionaries, enrichment, base_currency, rates)
        self._rated = rates is not None
        reached = set() if enrichment is None else enrichment.reach(set(known))
        self.fields_present = self._presence(set(known) | set(profile.defaults) | reached)
        """Canonical fields that the source can fill."""
        listed = [] if enrichment is None else enrichment.looked_up
        self.tally = Tally(name for name in listed if name in wanted & self.fields_present)
        self._numbers: dict[str, TextNumbers] = {}

    def _left_for_later(self, late: frozenset[str]) -> dict[str, str]:
        """Return the ids that are left for later, and the foreign columns that nothing else needs."""
        ids = {name: source.column for name, source in self._fields.items() if name in IDS and not source.by_kind}
        rest = self._profile.columns(set(self._fields) - set(ids))
        return {name: column for name, column in ids.items() if column in late and column not in rest}

    def _presence(self, known: set[str]) -> set[str]:
        computed = "notional" in known or {"price", "quantity"} <= known
        made = {"notional", "notional_basis"} if computed else set()
        if made and "currency" in known:
            made |= {"base_notional", "fx_day"} if self._rated else {"base_notional"}
        return ((known | made) & set(COLUMN)) | _MADE

    def convert(self, block: RawBlock) -> EventBatch:
        """Return the block's events; its other records are counted, and handed to `on_reject` if unusable."""
        rows, flaws = len(block), Flaws(len(block))
        filtered = self._skipped(block)
        columns: dict[str, NDArray[Any]] = {
            "source": np.full(rows, self._ordinal, np.int32),
            "position": block.positions,
        }
        self._read_kind(block, columns, flaws)
        self._read_time(block, columns, flaws)
        texts: dict[str, Any] = {}
        for name in self._fields:
            if name in ENUMS and name != "kind":
                columns[name] = self._numbered(name, block, columns["kind"], flaws).astype(np.int8, copy=False)
            elif name in CODES:
                columns[name] = self._numbered(name, block, columns["kind"], flaws)
            elif name in IDS and name not in self._late:
                texts[name] = self._ids(name, block, columns["kind"], flaws)
        unknown = self._fill(columns, rows)
        self._money.add(self._fields, block, columns, flaws)
        columns["trading_day"] = days_of(columns["time"], self._profile.day_zone)
        if self._profile.identity:
            columns |= identities([block.columns[name] for name in self._profile.identity], block.part)
        batch = EventBatch(columns, self._with_late(block, texts) if self._late else texts)
        return self._sort_out(block, batch, flaws, filtered, unknown)

    def _with_late(self, block: RawBlock, texts: dict[str, Any]) -> LateTexts:
        read, columns = block.late, self._late
        assert read is not None, "the reader said that it reads columns later"

        def found(name: str) -> Any:
            return id_texts(read(columns[name]))[0] if name in columns else texts[name]

        return LateTexts((*texts, *columns), found)

    def _skipped(self, block: RawBlock) -> NDArray[np.bool_] | None:
        skipped = None
        for number, skip in enumerate(self._profile.skip):
            if skip.column in block.columns:
                numbers = self._known(f"skip {number}", partial(one_of, skip.values))
                rows = numbers.rows(block.columns[skip.column]) == 1
                skipped = rows if skipped is None else skipped | rows
        return skipped

    def _known(self, name: str, make: Callable[[], TextNumbers]) -> TextNumbers:
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = make()
        return found

    def _read_kind(self, block: RawBlock, columns: dict[str, NDArray[Any]], flaws: Flaws) -> None:
        rows = len(block)
        if "kind" in self._fields:
            kind = self._numbered("kind", block, np.zeros(rows, np.int8), flaws).astype(np.int8, copy=False)
        else:
            kind = np.zeros(rows, np.int8)
        default = self._profile.defaults.get("kind")
        if default is not None:
            kind[kind == 0] = Kind[default.upper()]
        flaws.add(kind == 0, "kind", "missing-value", "kind is missing")
        columns["kind"] = kind

    def _read_time(self, block: RawBlock, columns: dict[str, NDArray[Any]], flaws: Flaws) -> None:
        written, column = self._profile.time, block.columns[self._fields["time"].column]
        times, states = to_time(
            column,
            unit=written.unit,
            zone=written.zone,
            local_epoch=written.local_epoch,
            formats=written.formats,
            day=block.columns.get(written.day),
        )
        flaws.add_states(states, "time", column)
        if len(times) and times.min() == NULL:
            flaws.add(times == NULL, "time", "missing-value", "time is missing")
        columns["time"] = times

    def _numbered(self, name: str, block: RawBlock, kind: NDArray[np.int8], flaws: Flaws) -> NDArray[Any]:
        """Read a code or enumeration column."""

        def read(source: FieldMap) -> NDArray[Any]:
            def make() -> TextNumbers:
                if name in ENUMS:
                    return enum_numbers(name, source)
                return code_numbers(source, self._dictionaries[name])

            column = block.columns[source.column]
            numbers = self._known(f"{name} {source.column}", make).rows(column)
            if len(numbers) and numbers.min() < 0:
                flaws.add(numbers == UNKNOWN, name, "unknown-value", f"is not a known value of {name}", column)
                flaws.add(numbers == BAD_UTF8, name, "bad-utf8", f"is not UTF-8 ({name})", column)
                numbers = np.maximum(numbers, 0)
            return numbers

        return by_kind(self._fields[name], block, kind, read, np.int32(0))

    def _ids(self, name: str, block: RawBlock, kind: NDArray[np.int8], flaws: Flaws) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        source = self._fields[name]
        texts: Any = None
        parts = [(None, source.column), *((kinds, other.column) for kinds, other in source.by_kind.items())]
        for only, column in parts:
            found = pa.nulls(len(block), pa.string())
            if column in block.columns:
                found, bad = id_texts(block.columns[column])
                if bad is not None:
                    flaws.add(bad, name, "bad-utf8", f"is not UTF-8 ({name})", block.columns[column])
            texts = found if only is None else pc.if_else(pa.array(kind == only), found, texts)
        return texts

    def _fill(self, columns: dict[str, NDArray[Any]], rows: int) -> dict[str, NDArray[np.bool_]]:
        """Fill what the feed left null: from reference data, then from the profile's defaults.

        Returns the rows with ids that reference data does not know, by column.
        """
        unknown = {} if self._enrichment is None else self._enrichment.fill(columns, self._wanted)
        for name, text in self._profile.defaults.items():
            if name == "kind" or name not in self._wanted:
                continue
            value = int(ENUMS[name][text.upper()]) if name in ENUMS else self._dictionaries[name].code(text)
            given = columns.get(name)
            if given is None:
                columns[name] = np.full(rows, value, COLUMN[name].dtype)
            else:
                columns[name] = np.where(given == 0, given.dtype.type(value), given)
        return unknown

    def _sort_out(
        self,
        block: RawBlock,
        batch: EventBatch,
        flaws: Flaws,
        filtered: NDArray[np.bool_] | None,
        unknown: dict[str, NDArray[np.bool_]],
    ) -> EventBatch:
        """Count the block's records, hand out its rejects and return its events."""
        counts, bad = self.counts, flaws.rows()
        rejects = [self._broken(record) for record in block.broken]
        if bad is not None and filtered is not None:
            bad = bad & ~filtered
        second = None if block.part is None else block.part == SECOND_HALF
        if bad is not None:
            told = bad if second is None else first_flaws(bad, second)
            rejects += [self._reject(block, flaws, int(row)) for row in np.flatnonzero(told)]
            bad = bad if second is None else whole_records(bad, second)
            rejects.sort(key=lambda reject: int(reject["position"]))
        for reject in rejects:
            counts.reject(str(reject["code"]))
            self._on_reject(reject)
        left_out = bad if filtered is None else filtered if bad is None else bad | filtered
        for name, rows in unknown.items():
            self.tally.add_unknown(name, batch.columns[name][rows if left_out is None else rows & ~left_out])
        if left_out is not None and left_out.any():
            batch = batch.take(~left_out)
        if second is not None:
            counts.added += int(np.count_nonzero(second if left_out is None else second & ~left_out))
            filtered = None if filtered is None else filtered & ~second
        counts.filtered += 0 if filtered is None else int(np.count_nonzero(filtered))
        counts.rows_read += len(block) + len(block.broken) - (0 if second is None else int(np.count_nonzero(second)))
        counts.events += len(batch)
        if self._enrichment is not None:
            self._enrichment.place(batch)
        self.tally.add_money(batch)
        return batch

    def _broken(self, record: Any) -> dict[str, Any]:
        return self._as_reject(record.position, record.line, "", record.code, record.reason, record.raw)

    def _reject(self, block: RawBlock, flaws: Flaws, row: int) -> dict[str, Any]:
        line, raw = block.raw(row)
        return self._as_reject(int(block.positions[row]), line, *flaws.describe(row), raw)

    def _as_reject(self, position: int, line: int, name: str, code: str, reason: str, raw: str) -> dict[str, Any]:
        shown = raw if len(raw) <= RAW_CHARACTERS else raw[:RAW_CHARACTERS] + "…"
        return {
            "source": self._source,
            "position": position,
            "line": line or None,
            "field": name or None,
            "code": code,
            "reason": reason,
            "raw": shown,
        }


def by_kind(
    source: FieldMap,
    block: RawBlock,
    kind: NDArray[np.int8],
    read: Callable[[FieldMap], NDArray[Any]],
    null: Any,
) -> NDArray[Any]:
    """Read a field, for some kinds from another column.

    Parameters
    ----------
    source : FieldMap
        Where the field comes from.
    block : RawBlock
        The block; a column that it lacks reads as `null`.
    kind : ndarray of int8
        Kind of each row.
    read : callable
        Reads one source of the field.
    null : Any
        Its absent value.
    """
    rows = read(source) if source.column in block.columns else np.full(len(block), null)
    for only, other in source.by_kind.items():
        if other.column in block.columns:
            rows = np.where(kind == only, read(other), rows)
        else:
            rows = np.where(kind == only, null, rows)
    return rows
