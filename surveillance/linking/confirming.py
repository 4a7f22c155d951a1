"""What a person confirmed becomes linked groups: accounts join the group of who is in one, others make a new one."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final

from surveillance.errors import InputError, Location, Problem
from surveillance.events.reference import GROUPS, Reference, membership, read_reference
from surveillance.linking.review import Confirmed

WHO: Final = "who_confirmed.csv"
"""File beside the tables of reference data that says who confirmed what, when and why."""

_WHO_COLUMNS: Final = ("linked_group", "account_id", "other_account_id", "by", "on", "reason", "evidence")


@dataclass(frozen=True, slots=True)
class Grouped:
    """What confirmed pairs add to the reference data.

    Parameters
    ----------
    members : list of (str, str)
        Group and account of each new line, sorted.
    pairs : list of (str, Confirmed)
        Group of each confirmed pair.
    """

    members: list[tuple[str, str]]
    pairs: list[tuple[str, Confirmed]]


def group(confirmed: Sequence[Confirmed], reference: Reference | None) -> Grouped:
    """Return the groups that confirmed pairs make.

    Parameters
    ----------
    confirmed : sequence of Confirmed
        Pairs.
    reference : Reference or None
        Which groups there are.

    Raises
    ------
    InputError
        Pairs would join two groups that are already there.
    """
    known = {account: _group_of(account, reference) for one in confirmed for account in one.accounts}
    together = _together([one.accounts for one in confirmed])
    members: list[tuple[str, str]] = []
    names: dict[str, str] = {}
    problems: list[Problem] = []
    for accounts in together:
        groups = sorted({known[account] for account in accounts if known[account]})
        if len(groups) > 1:
            place = next(one.place for one in confirmed if one.accounts[0] in accounts)
            hint = "give all members one linked_group first, by hand"
            said = f"{', '.join(accounts)} would join the groups {' and '.join(groups)}"
            problems.append(Problem("two-groups", said, place, hint))
            continue
        name = groups[0] if groups else _new_name(accounts)
        names.update(dict.fromkeys(accounts, name))
        members += [(name, account) for account in accounts if not known[account]]
    if problems:
        raise InputError(problems)
    return Grouped(sorted(members), [(names[one.accounts[0]], one) for one in confirmed])


def _group_of(account: str, reference: Reference | None) -> str:
    """Return the group in which an account is, on its own or by its owner, whenever that is; empty for none."""
    if reference is None:
        return ""
    of_account = reference.history("accounts", account)
    records = [*of_account, *reference.history(membership("account_id"), account)]
    for owner in sorted({one.fields["beneficial_owner"] for one in of_account if "beneficial_owner" in one.fields}):
        records += [*reference.history("owners", owner), *reference.history(membership("beneficial_owner"), owner)]
    return next((one.fields["linked_group"] for one in records if "linked_group" in one.fields), "")


def _together(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    groups: list[set[str]] = []
    for pair in pairs:
        joined = set(pair).union(*(one for one in groups if one & set(pair)))
        groups = [one for one in groups if not one & joined] + [joined]
    return sorted(sorted(one) for one in groups)


def _new_name(accounts: Sequence[str]) -> str:
    return "linked-" + hashlib.sha256("\n".join(accounts).encode()).hexdigest()[:8]


def lines_of(grouped: Grouped, columns: Sequence[str], valid_from: str) -> str:
    """Return what is to be added to the table of linked groups, with these columns."""
    told = [
        {"linked_group": name, "account_id": account, "valid_from": valid_from} for name, account in grouped.members
    ]
    return _lines([[fields.get(column, "") for column in columns] for fields in told])


def add_to(folder: Path, grouped: Grouped, by: str, on: str, valid_from: str) -> list[Path]:
    """Add groups to a folder of reference data, and who confirmed them.

    Parameters
    ----------
    folder : Path
        Reference data.
    grouped : Grouped
        What is added.
    by, on : str
        Who says so, and the day.
    valid_from : str
        Day or time from which it holds; empty: always.

    Returns
    -------
    list of Path
        Files that were written.

    Raises
    ------
    InputError
        A file cannot be written, or the reference data would not be valid any more; nothing is changed then.
    """
    table, who = folder / f"{GROUPS}.csv", folder / WHO
    if (folder / f"{GROUPS}.parquet").is_file():
        hint = "add the lines to where it is made from; leave --reference out to see them"
        raise InputError(Problem("not-csv", "is a Parquet file", Location(str(folder / f"{GROUPS}.parquet")), hint))
    before = {path: path.read_text(encoding="utf-8") if path.is_file() else None for path in (table, who)}
    old = before[table] or _lines([["linked_group", "account_id", "valid_from", "valid_to"]])
    columns = next(csv.reader([old.splitlines()[0].removeprefix("\ufeff")]))
    needed = ["linked_group", "account_id", *(["valid_from"] if valid_from else [])]
    if missing := [name for name in needed if name not in columns]:
        what = f"there is no column {' or '.join(missing)}"
        raise InputError(
            Problem("missing-column", what, Location(str(table), 1), "add it to the header and every line")
        )
    said = [[name, *one.accounts, by, on, one.reason, one.evidence] for name, one in grouped.pairs]
    _write(table, _ended(old) + lines_of(grouped, columns, valid_from))
    try:
        read_reference(folder)
        told = _ended(before[who] or _lines([list(_WHO_COLUMNS)]))
        already = {tuple(row[:3]) for row in csv.reader(told.splitlines())}
        _write(who, told + _lines([row for row in said if tuple(row[:3]) not in already]))
    except BaseException:
        if before[table] is None:
            table.unlink()
        else:
            _write(table, before[table] or "")
        raise
    return [table, who]


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def _lines(rows: Sequence[Sequence[str]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _write(path: Path, text: str) -> None:
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        scratch.write_text(text, encoding="utf-8", newline="\n")
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise InputError(
            Problem("cannot-write", f"cannot be written: {error.strerror}", Location(str(path)))
        ) from error
