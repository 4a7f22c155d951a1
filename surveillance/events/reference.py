"""Reference data: what is known of accounts, people and instruments beyond the feed, and when it held.

A folder with some of the tables of `reference_files`. At the door it fills what the feed leaves null, as of the time of
each event.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from surveillance.errors import InputError, Location, Problem
from surveillance.events.calendar import Calendar
from surveillance.events.calendar_file import ORIGIN, own_calendars
from surveillance.events.calendar_library import LIBRARY, LibraryCalendar, flaw_of, version
from surveillance.events.reference_files import EVER, MEMBERS, SCALES, SHAPES, Entry, find_tables, read_table

GROUPS: Final = "linked_groups"


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one id for a while.

    Parameters
    ----------
    fields : Mapping
        Text by field; absent fields are not in it.
    since, until : int
        It holds from `since` on and before `until`, ns UTC.
    """

    fields: Mapping[str, str]
    since: int = EVER[0]
    until: int = EVER[1]


@dataclass(frozen=True, slots=True)
class Reference:
    """A snapshot of reference data.

    Parameters
    ----------
    accounts, instruments : Mapping
        Id to its fields as text, for those of which one record holds for all time; absent fields are not in it.
    digest : str
        SHA-256 over the files' names and contents; empty without files.
    histories : Mapping
        Table to id to its records in the order of time: other tables, and accounts and instruments that change.
    calendars : Mapping
        Name to trading calendar, of those that venues and instruments name.
    files : Mapping
        Name of each file to its SHA-256.
    """

    accounts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    instruments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    digest: str = ""
    histories: Mapping[str, Mapping[str, Sequence[Record]]] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def history(self, table: str, id_: str) -> Sequence[Record]:
        """Return the records of an id in the order of time; none when it is not known."""
        lasting = self._lasting(table).get(id_)
        return (Record(lasting),) if lasting is not None else self.histories.get(table, {}).get(id_, ())

    def ids(self, table: str) -> list[str]:
        """Return the ids of a table."""
        return [*self._lasting(table), *self.histories.get(table, {})]

    def tables(self) -> list[str]:
        """Return the tables that have a record."""
        return [name for name in SHAPES if self._lasting(name) or self.histories.get(name)]

    def fields(self, table: str | None = None) -> set[str]:
        """Return the fields that some record of a table, or of any, has."""
        if table is None:
            return {name for one in SHAPES for name in self.fields(one)}
        dated = (record.fields for records in self.histories.get(table, {}).values() for record in records)
        return {name for fields in (*self._lasting(table).values(), *dated) for name in fields}

    @property
    def calendars_digest(self) -> str | None:
        """SHA-256 of where the calendars come from: names, and the library's version; None without calendars."""
        if not self.calendars:
            return None
        library = version() if any(one.origin == LIBRARY for one in self.calendars.values()) else ""
        named = [f"{name} {one.origin}" for name, one in sorted(self.calendars.items())]
        return hashlib.sha256("\n".join([f"{library}", *named]).encode()).hexdigest()

    def _lasting(self, table: str) -> Mapping[str, Mapping[str, str]]:
        return {"accounts": self.accounts, "instruments": self.instruments}.get(table, {})


def read_reference(folder: str | Path) -> Reference:
    """Read a folder of reference data.

    Parameters
    ----------
    folder : str or Path
        Holds some of the tables of `SHAPES`, each as ``.csv`` or ``.parquet``; in most, all columns but that of the
        ids may be missing.

    Raises
    ------
    InputError
        With all that is wrong with them.
    """
    folder = Path(folder)
    problems: list[Problem] = []
    paths = find_tables(folder, problems)
    if not paths and not problems:
        names = ", ".join(f"{name}.csv" for name in SHAPES)
        what = f"holds none of {names} (or .parquet)" if folder.is_dir() else "is not a folder"
        raise InputError(Problem("bad-reference", f"reference data: {what}", Location(str(folder))))
    entries = {}
    for name, path in paths.items():
        found: list[Problem] = []
        entries[name] = read_table(path, SHAPES[name], found)
        problems += found
    own = own_calendars(entries.pop(ORIGIN, []), problems)
    hours_are_wrong = ORIGIN in paths and any(one.location.file == str(paths[ORIGIN]) for one in problems)
    calendars = {} if hours_are_wrong else _named_calendars(entries, own, problems)
    memberships = _memberships(entries.pop(GROUPS, []), problems)
    by_id = {name: _in_time(found, SHAPES[name].key, problems) for name, found in entries.items()}
    for member, of in memberships.items():
        by_id[membership(member)] = _in_time(of, member, problems)
    _check_scales(by_id.get("instruments", {}), problems)
    _check_targets(by_id, problems)
    _check_groups(by_id, problems)
    if problems:
        raise InputError(problems)
    digest = hashlib.sha256()
    files = {}
    for path in paths.values():
        data = path.read_bytes()
        digest.update(f"{path.name} {len(data)}\n".encode() + data)
        files[path.name] = hashlib.sha256(data).hexdigest()
    accounts, instruments = (_lasting(by_id.get(name, {})) for name in ("accounts", "instruments"))
    lasting = {"accounts": accounts, "instruments": instruments}
    histories = {
        name: {
            id_: [Record(one.fields, one.since, one.until) for one in found]
            for id_, found in ids.items()
            if id_ not in lasting.get(name, {})
        }
        for name, ids in by_id.items()
    }
    return Reference(accounts, instruments, digest.hexdigest(), histories, calendars, files)


def membership(member: str) -> str:
    """Return the name under which a reference holds the groups of accounts or of owners."""
    return f"{GROUPS}.{member}"


def _memberships(entries: Sequence[Entry], problems: list[Problem]) -> dict[str, list[Entry]]:
    """Return the records of linked groups by who is a member, with the group as what is known of it."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        given = [name for name in MEMBERS if name in entry.fields]
        if len(given) != 1:
            what = f"needs either {MEMBERS[0]} or {MEMBERS[1]}, and has {'both' if given else 'neither'}"
            problems.append(Problem("bad-member", what, entry.row.place(), "One line says of one member."))
            continue
        told = replace(entry, id=entry.fields[given[0]], fields={"linked_group": entry.id})
        found.setdefault(given[0], []).append(told)
    return found


def _named_calendars(
    entries: Mapping[str, list[Entry]], own: Mapping[str, Calendar], problems: list[Problem]
) -> dict[str, Calendar]:
    """Return the calendars that venues and instruments name: own ones, or those of the library."""
    found: dict[str, Calendar] = {}
    for table in ("venues", "instruments"):
        for entry in entries.get(table, []):
            name = entry.fields.get("calendar", "")
            if not name or name in found:
                continue
            found[name] = own.get(name) or LibraryCalendar(name)
            flaw = None if name in own else flaw_of(name)
            if flaw is not None:
                code, what, hint = flaw
                problems.append(Problem(code, what, entry.place("calendar"), hint))
    return found


def _lasting(by_id: Mapping[str, list[Entry]]) -> dict[str, Mapping[str, str]]:
    """Return the fields of the ids that have one record, for all time."""
    return {id_: found[0].fields for id_, found in by_id.items() if (found[0].since, found[0].until) == EVER}


def _in_time(entries: list[Entry], key: str, problems: list[Problem]) -> dict[str, list[Entry]]:
    """Return the records of each id in the order of time; those of one id and feed must not overlap."""
    by_id: dict[str, list[Entry]] = {}
    for entry in entries:
        by_id.setdefault(entry.id, []).append(entry)
    for id_, found in by_id.items():
        if len(found) == 1:
            continue
        found.sort(key=lambda entry: entry.since)
        newest: dict[str, Entry] = {}
        for entry in found:
            feed = entry.fields.get("feed", "")
            before = newest.get(feed)
            if before is not None and entry.since < before.until:
                problems.append(_overlap(f"{key} {id_!r}", before, entry))
            newest[feed] = entry if before is None else max(before, entry, key=lambda one: one.until)
    return by_id


def _overlap(what: str, one: Entry, other: Entry) -> Problem:
    first, second = sorted((one, other), key=lambda entry: entry.row.line)
    if EVER == (one.since, one.until) == (other.since, other.until):
        said = f"{what} is there twice, first in line {first.row.line}"
        return Problem("duplicate-record", said, second.row.place())
    hint = "valid_from is the first moment of a record, valid_to the first after it."
    return Problem("overlap", f"{what} overlaps line {first.row.line} in time", second.row.place(), hint)


def _check_scales(instruments: Mapping[str, list[Entry]], problems: list[Problem]) -> None:
    """Find instruments whose prices or quantities would be counted in different units at different times."""
    for id_, found in instruments.items():
        for entry in found[1:]:
            for name in SCALES:
                was, now = (one.fields.get(name, "none") for one in (found[0], entry))
                if was.lstrip("0") != now.lstrip("0"):
                    what = f"{name} of {id_!r} is {now} here and {was} in line {found[0].row.line}"
                    hint = "An instrument keeps its scales for all time; use the largest that it needs."
                    problems.append(Problem("changed-scale", what, entry.row.place(), hint))


def _check_groups(by_id: Mapping[str, Mapping[str, list[Entry]]], problems: list[Problem]) -> None:
    """Find linked groups with the id of an owner who is not in them: on the tape they would be one."""
    owners, insiders = set(by_id.get("owners", {})), set()
    named: dict[str, Entry] = {}
    for ids in by_id.values():
        for found in ids.values():
            for entry in found:
                owner, group = entry.fields.get("beneficial_owner", entry.id), entry.fields.get("linked_group")
                owners |= {entry.fields["beneficial_owner"]} if "beneficial_owner" in entry.fields else set()
                if group is not None:
                    named.setdefault(group, entry)
                    insiders |= {group} if owner == group else set()
    for group in sorted(owners & set(named) - insiders):
        what = f"linked group {group!r} has the id of a beneficial owner who is not in it"
        hint = "On the tape a group stands in the owner's place: name it differently, or make the owner a member."
        problems.append(Problem("group-is-an-owner", what, named[group].row.place(), hint))


def _check_targets(by_id: Mapping[str, Mapping[str, list[Entry]]], problems: list[Problem]) -> None:
    """Find identifiers of instruments that are not in the table of instruments."""
    known = by_id.get("instruments")
    if known is None:
        return
    for found in by_id.get("identifiers", {}).values():
        for entry in found:
            name = entry.fields["instrument"]
            if name not in known:
                close = difflib.get_close_matches(name, known, 1)
                hint = f"Did you mean {close[0]}?" if close else ""
                what = f"identifier {entry.id!r} stands for {name!r}, which is not in the table of instruments"
                problems.append(Problem("unknown-instrument", what, entry.row.place(), hint))
