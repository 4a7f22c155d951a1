"""Reference data at the door: columns are filled with what was known of each row's ids at its time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.events.arithmetic import MULTIPLIER_SCALE
from surveillance.events.batch import EventBatch
from surveillance.events.calendars import Calendars
from surveillance.events.decimals import exact
from surveillance.events.dictionary import Dictionaries
from surveillance.events.lookup import look_up
from surveillance.events.reference import Record, Reference, membership
from surveillance.events.reference_files import SHAPES
from surveillance.events.register import Found, Register
from surveillance.events.schema import CODES, COLUMN, ENUMS, MAX_DECIMALS, NULL

NO_SCALE: Final = -1
GROUP: Final = "linked_group"
OWNER: Final = "beneficial_owner"
MEMBER: Final = "linked_owner"
CALENDAR: Final = "calendar"

_BESIDE: Final = ("feed", "instrument_group")
"""Fields that no event has: they say which records hold, or what alerts join."""

_TABLES: Final = {"accounts": "account", "traders": "trader", "owners": OWNER, "desks": "desk"} | {
    "instruments": "instrument",
    "venues": "venue",
}
"""Tables in the order of their use, and the column whose ids they know."""


class Enrichment:
    """What reference data says of the ids of events, as of their times.

    Parameters
    ----------
    reference : Reference
        The snapshot.
    dictionaries : Dictionaries
        Where accounts, instruments, owners, … get their codes.
    feed : str
        Name of the feed profile, for identifiers of that feed.
    """

    def __init__(self, reference: Reference, dictionaries: Dictionaries, feed: str = "") -> None:
        self._reference, self._dictionaries, self._feed = reference, dictionaries, feed
        self.ticks = [0]
        """Tick sizes in 10**-12 by their code; code 0 is not known."""
        tables = reference.tables()
        self._registers = {
            column: self._register(table, column, partial(reference.history, table))
            for table, column in _TABLES.items()
            if table in tables
        }
        self._identifiers = None
        if "identifiers" in tables:
            self._identifiers = self._register("identifiers", "instrument", self._meanings)
        self._groups = {
            column: [
                *(one for name, one in self._registers.items() if name == column and GROUP in one.fields),
                *(self._membership(column, table) for table in (membership(key),) if table in reference.histories),
            ]
            for column, key in (("account", "account_id"), (OWNER, OWNER))
        }
        """Column to what tells the groups of its ids, in the order in which they count."""
        self.fields = {field: column for column, register in self._registers.items() for field in register.fields}
        """Field to a column by whose ids it is known."""
        self.calendars = Calendars(reference.calendars, dictionaries[CALENDAR]) if reference.calendars else None
        """Sessions of the calendars that venues and instruments name; None where none does."""
        self._members = np.zeros(1, np.int32)

    def _register(self, table: str, column: str, history: Callable[[str], Sequence[Record]]) -> Register:
        present = self._reference.fields(table)
        fields = {name: self._reader(name) for name in SHAPES[table].fields if name in present and name not in _BESIDE}
        return Register(self._dictionaries[column], history, fields)

    def _membership(self, column: str, table: str) -> Register:
        return Register(
            self._dictionaries[column], partial(self._reference.history, table), {GROUP: self._reader(GROUP)}
        )

    def _meanings(self, identifier: str) -> Sequence[Record]:
        """Return what an identifier stands for in this feed; what is said of this feed counts before the general."""
        found = self._reference.history("identifiers", identifier)
        ours = [one for one in found if one.fields.get("feed") == self._feed]
        return ours or [one for one in found if "feed" not in one.fields]

    def _reader(self, name: str) -> tuple[str, Callable[[str | None], int]]:
        """Return the numpy type of a field and what makes a number of its text."""
        if name in ENUMS:
            return "int8", lambda text: int(ENUMS[name][text.upper()]) if text else 0
        if name in CODES or name == GROUP:
            return "int32", self._dictionaries[OWNER if name == GROUP else name].code
        if name == "tick_size":
            return "int32", self._tick_code
        if name == "multiplier":
            return "int64", lambda text: exact(text, MULTIPLIER_SCALE, rounding=False)[0] if text else NULL
        return "int8", lambda text: int(text) if text else NO_SCALE

    def _tick_code(self, text: str | None) -> int:
        tick = exact(text, MAX_DECIMALS, rounding=False)[0] if text else 0
        if tick not in self.ticks:
            self.ticks.append(tick)
        return self.ticks.index(tick)

    @property
    def looked_up(self) -> list[str]:
        """Columns whose ids reference data lists."""
        return list(self._registers)

    def reach(self, known: set[str]) -> set[str]:
        """Return the fields that can be filled where some are known."""
        reached = set(known)
        for column in _TABLES.values():
            if column in reached and column in self._registers:
                reached |= {name for name in self._registers[column].fields if name in COLUMN}
            if column in reached and self._groups.get(column):
                reached |= {OWNER, MEMBER}
        return reached - known

    def needs(self, wanted: set[str]) -> set[str]:
        """Return the columns by whose ids the wanted fields are known; the instrument's always."""
        needed = wanted | {CALENDAR} if self.calendars is not None else set(wanted)
        for column in reversed(_TABLES.values()):
            register = self._registers.get(column)
            filled = set() if register is None else {name for name in register.fields if name in COLUMN}
            filled |= {OWNER} if self._groups.get(column) else set()
            if (register is not None and column == "instrument") or filled & needed:
                needed.add(column)
        return needed - wanted

    def values(self, name: str, codes: NDArray[np.int32], times: NDArray[np.int64]) -> NDArray[Any]:
        """Return a field of each row's account, instrument, …; null where nothing is known at that time."""
        return self._registers[self.fields[name]].at(codes, times).values(name)

    def scales(self, name: str, codes: NDArray[np.int32], usual: int) -> NDArray[np.int8]:
        """Return the price or quantity scale of each row's instrument, which is one for all time; or the usual one."""
        known = self._registers["instrument"].by_code(name)
        return look_up(codes, np.where(known == NO_SCALE, np.int8(usual), known))

    def fill(self, columns: dict[str, NDArray[Any]], wanted: set[str]) -> dict[str, NDArray[np.bool_]]:
        """Fill what the feed left null.

        Parameters
        ----------
        columns : dict of str to ndarray
            Columns of a block, ``time`` among them; filled in place.
        wanted : set of str
            Fields to fill.

        Returns
        -------
        dict of str to ndarray
            Column to the rows whose id is given, but not known at that time.
        """
        times, groups, unknown = columns["time"], None, {}
        if self._identifiers is not None and "instrument" in columns:
            codes = columns["instrument"]
            meant = self._identifiers.values("instrument", self._identifiers.records(codes, times))
            columns["instrument"] = np.where(meant == 0, codes, meant)
        for column in _TABLES.values():
            codes = columns.get(column, _NONE)
            if not len(codes):
                continue
            register = self._registers.get(column)
            found = None if register is None else register.at(codes, times)
            if register is not None and found is not None:
                strangers = found.unknown()
                if strangers is not None:
                    unknown[column] = strangers
                for name in register.fields:
                    if name in COLUMN and name in wanted:
                        _fill(columns, name, found)
            if OWNER in wanted:
                for one in self._groups.get(column, ()):
                    of = found if one is register and found is not None else one.at(codes, times)
                    more = of.values(GROUP)
                    groups = more if groups is None else np.where(groups == 0, more, groups)
        if groups is not None:
            given = columns.get(OWNER, np.zeros(len(groups), np.int32))
            columns[OWNER] = np.where(groups == 0, given, groups)
            if MEMBER in wanted:
                columns[MEMBER] = self._as_members(np.where(groups == 0, 0, given))
        return unknown

    def _as_members(self, owners: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return owners, whose places groups take, as codes of the column that keeps them."""
        texts, members = self._dictionaries[OWNER], self._dictionaries[MEMBER]
        fresh = [members.code(texts.clear(code)) for code in range(len(self._members), len(texts))]
        self._members = np.concatenate((self._members, np.array(fresh, np.int32)))
        return self._members.take(owners)

    def place(self, batch: EventBatch) -> None:
        """Put events into the trading days and sessions of their calendars; they must be those that are counted."""
        codes = batch.columns.get(CALENDAR)
        if self.calendars is not None and codes is not None:
            days = batch.columns["trading_day"] = np.ascontiguousarray(batch.columns["trading_day"])
            batch.columns["session"] = self.calendars.place(codes, batch.columns["time"], days)


_NONE: Final = np.zeros(0, np.int32)


def _fill(columns: dict[str, NDArray[Any]], name: str, found: Found) -> None:
    given = columns.get(name)
    if given is None:
        columns[name] = found.values(name)
    elif not given.all():
        columns[name] = np.where(given == 0, found.values(name), given)
