"""The lock of a rulebook: which content each version of a rule stands for; neither changes without the other."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from surveillance.errors import Location, Problem, RulesError
from surveillance.rules.digest import hash_of
from surveillance.rules.rule import Rule
from surveillance.rules.rulebook import Rulebook

LOCK: Final = "rulebook.lock.json"
_HINT: Final = "`surveil rules lock` writes it anew"


class LockedRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as it was locked.

    Parameters
    ----------
    version : int
        Its version.
    status : str
        ``draft``, ``shadow``, ``active`` or ``retired``.
    digest : str
        SHA-256, in hexadecimal, of its effective content.
    detector, detector_version : str
        What measured for it.
    """

    version: int
    status: str
    digest: str
    detector: str
    detector_version: str


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rulebook as it was locked.

    Parameters
    ----------
    format : int
        Of the file.
    rulebook, version : str
        Its name and version.
    digest : str
        SHA-256, in hexadecimal, of its effective content.
    suppressions : str
        The same of what is suppressed.
    rules : dict of str to LockedRule
        By id.
    """

    format: int
    rulebook: str
    version: str
    digest: str
    suppressions: str
    rules: dict[str, LockedRule]

    def text(self) -> str:
        """Return the file's content."""
        return json.dumps(msgspec.to_builtins(self), indent=2, sort_keys=True) + "\n"


def lock_of(book: Rulebook, detectors: Mapping[str, str]) -> Lock:
    """Return the lock that a rulebook would have.

    Parameters
    ----------
    book : Rulebook
        A valid one.
    detectors : mapping of str to str
        Versions of detectors by id.
    """
    rules = {
        one.id: LockedRule(one.version, one.status, one.digest, one.detector, detectors[one.detector])
        for one in book.rules
    }
    suppressions = hash_of([one.digest for one in book.suppressions])
    return Lock(1, book.name, book.version, book.digest, suppressions, rules)


def read_lock(folder: Path) -> Lock | None:
    """Read the lock of a rulebook's folder; None when it has none.

    Raises
    ------
    RulesError
        The file is not a lock.
    """
    path = folder / LOCK
    if not path.is_file():
        return None
    try:
        lock = msgspec.json.decode(path.read_bytes(), type=Lock)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RulesError([Problem("bad-lock", f"is not a lock: {error}", Location(str(path)), _HINT)]) from error
    if lock.format != 1:
        what = f"has format {lock.format}, this engine knows 1"
        raise RulesError([Problem("bad-lock", what, Location(str(path), path="format"), "use a newer engine")])
    return lock


def against_lock(book: Rulebook, lock: Lock, folder: Path, there: Collection[str] = ()) -> list[Problem]:
    """Say where content and versions do not go together, and which rules went without being retired.

    Parameters
    ----------
    book : Rulebook
        As it is.
    lock : Lock
        As it was locked.
    folder : Path
        Of the rulebook.
    there : collection of str
        Names of files of rules that are not valid now, but not gone either.
    """
    rules = {one.id: one for one in book.rules}
    problems = [problem for name, locked in lock.rules.items() for problem in _versions(rules.get(name), locked)]
    place = Location(str(folder / LOCK))
    for name, locked in lock.rules.items():
        if name not in rules and name not in there and locked.status in ("active", "shadow"):
            hint = f"bring the file back and retire it: surveil rules retire {name} --reason WHY"
            message = f"the {locked.status} rule {name} is gone"
            problems.append(Problem("deleted-rule", message, place, hint))
    return problems


def _versions(rule: Rule | None, locked: LockedRule) -> Iterator[Problem]:
    if rule is None:
        return
    place = _place(rule)
    if rule.version < locked.version:
        message = f"version {rule.version} is older than {locked.version}, which is locked"
        yield Problem("version-lowered", message, place, f"write version: {locked.version + 1}")
    elif rule.version == locked.version and rule.digest != locked.digest:
        message = f"what the rule finds or says has changed, and its version is still {rule.version}"
        yield Problem("version-not-raised", message, place, f"write version: {rule.version + 1}")


def _place(rule: Rule) -> Location:
    """Return where a rule's file says its version."""
    lines = Path(rule.file).read_text(encoding="utf-8").splitlines()
    found = (number for number, line in enumerate(lines, 1) if line.startswith("version:"))
    return Location(rule.file, next(found, 1), len("version: ") + 1, "version")


def out_of_step(now: Lock, lock: Lock | None) -> list[str]:
    """Say in words how a lock differs from what would be locked now; nothing when it does not."""
    if lock is None:
        return ["there is no lock"]
    said = [
        f"{name} is {new}, locked is {old}"
        for name, old, new in (
            ("the name", lock.rulebook, now.rulebook),
            ("the version", lock.version, now.version),
        )
        if old != new
    ]
    for name in sorted({*lock.rules, *now.rules}):
        was, one = lock.rules.get(name), now.rules.get(name)
        if was is None or one is None:
            said.append(f"{name} is {'new' if was is None else 'gone'}")
        elif was != one:
            fields = [field for field in LockedRule.__struct_fields__ if getattr(was, field) != getattr(one, field)]
            said.append(f"{name} has another {', '.join(fields).replace('_', ' ')}")
    if lock.suppressions != now.suppressions:
        said.append("the suppressions differ")
    return said or (["the scoring, currency or plugins differ"] if lock.digest != now.digest else [])
