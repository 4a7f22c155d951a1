"""Which rules a command line means: a rulebook, a folder in one, or single files; the shipped rulebook by default."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from surveillance.bundle import rules_folder
from surveillance.detecting.detector import Detector
from surveillance.detecting.plugins import BUILT_IN, load_detectors
from surveillance.documents.document import Document
from surveillance.documents.validation import did_you_mean
from surveillance.errors import InputError, Location, Problem, RulesError
from surveillance.rules import Rule, Rulebook, Suppression, load_head, read_rulebook
from surveillance.rules.loader import RULEBOOK


@dataclass(frozen=True, slots=True)
class Opened:
    """The part of one rulebook that was asked for.

    Parameters
    ----------
    folder : Path
        Of the rulebook.
    book : Rulebook or None
        With all its valid rules; None when ``rulebook.yaml`` is wrong.
    rules, suppressions : tuple
        Those asked for in which nothing is wrong.
    detectors : dict of str to type
        Detector classes by id.
    problems : list of Problem
        What is wrong with ``rulebook.yaml`` and the files asked for.
    documents : dict of str to Document
        Files of all rules and suppressions that can be read, by their paths.
    asked : tuple of str
        Paths of those asked for, and of ``rulebook.yaml`` if it is.
    """

    folder: Path
    book: Rulebook | None
    rules: tuple[Rule, ...]
    suppressions: tuple[Suppression, ...]
    detectors: dict[str, type[Detector]]
    problems: list[Problem]
    documents: dict[str, Document]
    asked: tuple[str, ...]

    @property
    def versions(self) -> dict[str, str]:
        """Versions of detectors by id."""
        return {name: one.version for name, one in self.detectors.items()}


def open_books(paths: Sequence[Path]) -> list[Opened]:
    """Read the rulebooks in which the paths are.

    Parameters
    ----------
    paths : sequence of Path
        Folders of rulebooks, and folders and files in them; none means the shipped rulebook.

    Raises
    ------
    InputError
        A path does not exist, or is in no rulebook.
    """
    asked: dict[Path, list[Path]] = {}
    problems: list[Problem] = []
    for path in paths or (rules_folder(),):
        folder = _folder_of(path)
        if folder is None:
            what = f"there is no {RULEBOOK} here or above" if path.exists() else "does not exist"
            hint = "name a rulebook, or a file in one; `surveil new rule` makes one" if path.exists() else ""
            problems.append(Problem("no-rulebook", what, Location(str(path)), hint))
        else:
            asked.setdefault(folder, []).append(path)
    if problems:
        raise InputError(problems)
    return [_open(folder, wanted) for folder, wanted in asked.items()]


def open_valid(folder: Path | None) -> tuple[Rulebook, Opened]:
    """Read one rulebook in which nothing may be wrong; None means the shipped one.

    Raises
    ------
    InputError
        As `open_books`.
    RulesError
        With everything that is wrong.
    """
    (opened,) = open_books([folder] if folder else [])
    if opened.problems or opened.book is None:
        raise RulesError(opened.problems)
    return opened.book, opened


def rule_named(name: str, opened: Opened) -> Rule:
    """Return the rule of an id.

    Raises
    ------
    click.BadParameter
        There is none; it says which was meant.
    """
    known = {rule.id: rule for rule in opened.rules}
    if name not in known:
        raise click.BadParameter(f"there is no rule {name!r}; {did_you_mean(name, known)}", param_hint="RULE")
    return known[name]


def _folder_of(path: Path) -> Path | None:
    """Return the folder of the rulebook that a path is in, written as the path is; None when there is none."""
    if not path.exists():
        return None
    for folder in (path, *path.parents, *path.resolve().parents):
        if (folder / RULEBOOK).is_file():
            return folder
    return None


def _open(folder: Path, wanted: Iterable[Path]) -> Opened:
    head, _ = load_head(folder / RULEBOOK)
    detectors = load_detectors(head.plugins if head else (BUILT_IN,))
    read = read_rulebook(folder, detectors)
    book = None if read.head is None else replace(read.head, rules=read.rules, suppressions=read.suppressions)
    roots = [path.resolve() for path in wanted]
    everything = folder.resolve() in roots

    def asked_for(file: str) -> bool:
        path = Path(file).resolve()
        return everything or path == (folder / RULEBOOK).resolve() or any(_within(path, root) for root in roots)

    return Opened(
        folder,
        book,
        tuple(rule for rule in read.rules if asked_for(rule.file)),
        tuple(one for one in read.suppressions if asked_for(one.file)),
        detectors,
        [problem for problem in read.problems if asked_for(problem.location.file)],
        read.documents,
        tuple(file for file in (*read.documents, str(folder / RULEBOOK)) if asked_for(file)),
    )


def _within(path: Path, root: Path) -> bool:
    return path == root or root in path.parents
