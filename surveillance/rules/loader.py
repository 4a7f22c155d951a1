"""Loads a rulebook whole or not at all, and says everything that is wrong in every file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import jsonschema

from surveillance.documents.document import Document
from surveillance.documents.validation import validate
from surveillance.documents.yaml import read_yaml
from surveillance.errors import Location, Problem, RulesError
from surveillance.rules.building import build_rule
from surveillance.rules.contract import Detectors
from surveillance.rules.rule import Rule
from surveillance.rules.rulebook import Rulebook, build_rulebook
from surveillance.rules.schema import build_rule_schema, build_rulebook_schema
from surveillance.rules.suppression import Suppression, load_suppressions

RULEBOOK: Final = "rulebook.yaml"
SUPPRESSIONS: Final = "suppressions"
PACKS: Final = "packs"
"""Folder of rulebooks that are run on their own, each in a folder with its own ``rulebook.yaml``."""

APPROVERS: Final = "approvers.yaml"
"""Who may approve releases; no rule."""

_UNKNOWN_CURRENCY: Final = "USD"
"""Stands in for the base currency when the rulebook does not say it, which is a problem of its own."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of a folder, right or wrong.

    Parameters
    ----------
    head : Rulebook or None
        The rulebook without rules; None when ``rulebook.yaml`` is wrong.
    rules, suppressions : tuple
        Those in which nothing is wrong.
    problems : list of Problem
        All problems of all files, in the order of file and line.
    documents : dict of str to Document
        The files of rules and suppressions that can be read, by their paths.
    """

    head: Rulebook | None
    rules: tuple[Rule, ...]
    suppressions: tuple[Suppression, ...]
    problems: list[Problem]
    documents: dict[str, Document]


def load_rulebook(folder: Path, detectors: Detectors) -> Rulebook:
    """Load and check all rules of a folder.

    Parameters
    ----------
    folder : Path
        Holds ``rulebook.yaml``; in it or in folders below one YAML file a rule; in ``suppressions`` one file each.
        What is in ``packs`` belongs to other rulebooks.
    detectors : Mapping
        Detector classes by id.

    Raises
    ------
    RulesError
        With all problems of all files, in the order of file and line.
    """
    read = read_rulebook(folder, detectors)
    if read.problems or read.head is None:
        raise RulesError(read.problems)
    return replace(read.head, rules=read.rules, suppressions=read.suppressions)


def read_rulebook(folder: Path, detectors: Detectors) -> Reading:
    """Read all that is right in a folder, and say all that is wrong; see `load_rulebook`."""
    if not folder.is_dir():
        hint = "name the folder that holds rulebook.yaml"
        missing = Problem("no-rulebook", "there is no such folder", Location(str(folder)), hint)
        return Reading(None, (), (), [missing], {})
    head, problems = load_head(folder / RULEBOOK)
    validator = jsonschema.Draft7Validator(build_rule_schema(detectors))
    rules: list[Rule] = []
    seen: dict[str, Document] = {}
    documents: dict[str, Document] = {}
    paths, hidden, faults = _rule_files(folder)
    problems += faults
    currency = head.base_currency if head else _UNKNOWN_CURRENCY
    for path in paths:
        document, rule, faults = load_rule(path, detectors, currency, validator)
        twice = list(_check_duplicate(document, seen))
        documents |= {document.file: document} if document else {}
        problems += [*faults, *twice]
        if rule is not None and not twice:
            rules.append(rule)
    if not paths:
        hint = "add a rule file, or name another folder"
        problems.append(Problem("no-rules", "there is no rule in this folder", Location(str(folder)), hint))
    rules.sort(key=lambda rule: rule.id)
    suppressions, faults = load_suppressions(hidden, {rule.id: rule for rule in rules}, seen, documents)
    problems += faults
    return Reading(head, tuple(rules), tuple(suppressions), _sorted(problems), documents)


def load_head(path: Path) -> tuple[Rulebook | None, list[Problem]]:
    """Read ``rulebook.yaml`` alone: the plugins that may load are known before any detector is."""
    document, problems = read_yaml(path)
    if document is None:
        return None, problems
    problems += validate(document, jsonschema.Draft7Validator(build_rulebook_schema()))
    book, faults = build_rulebook(document, sound=not problems)
    problems += _beyond(faults, problems)
    return (None if problems else book), _sorted(problems)


def load_rule(
    path: Path, detectors: Detectors, currency: str, validator: jsonschema.Draft7Validator
) -> tuple[Document | None, Rule | None, list[Problem]]:
    """Read one rule file.

    Parameters
    ----------
    path : Path
        The file.
    detectors : Mapping
        Detector classes by id.
    currency : str
        Base currency of the rulebook.
    validator : jsonschema.Draft7Validator
        Of `build_rule_schema`.

    Returns
    -------
    Document or None
        None when the file cannot be read as YAML at all.
    Rule or None
        None when something is wrong.
    list of Problem
        All that is wrong with the file.
    """
    document, problems = read_yaml(path)
    if document is None:
        return None, None, problems
    problems += _beyond(validate(document, validator), problems)
    rule, faults = build_rule(document, detectors, currency, sound=not problems)
    problems += _beyond(faults, problems)
    return document, (None if problems else rule), problems


def _rule_files(folder: Path) -> tuple[list[Path], list[Path], list[Problem]]:
    """Return the rule files of a folder, its suppressions, and a problem for each file that would be left out."""
    paths: list[Path] = []
    suppressions: list[Path] = []
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        apart = any(part.startswith(".") for part in inside.parts) or inside.parts[0] == PACKS
        if (
            apart
            or not path.is_file()
            or path.suffix.lower() not in {".yaml", ".yml"}
            or str(inside) in {RULEBOOK, APPROVERS}
        ):
            continue
        if path.suffix != ".yaml":
            hint = f"rename it to {path.stem}.yaml"
            problems.append(Problem("file-name", "rule files end in .yaml", Location(str(path)), hint))
        elif inside.parts[0] == SUPPRESSIONS:
            suppressions.append(path)
        else:
            paths.append(path)
    return paths, suppressions, problems


def _check_duplicate(document: Document | None, seen: dict[str, Document]) -> Iterator[Problem]:
    name = document.value.get("id") if document and isinstance(document.value, dict) else None
    if document is None or not isinstance(name, str):
        return
    if name in seen:
        message = f"the id {name} is taken by {seen[name].at(('id',))}"
        yield document.problem("duplicate-id", message, ("id",), "give each rule its own id")
    seen.setdefault(name, document)


def _beyond(later: Sequence[Problem], earlier: Sequence[Problem]) -> list[Problem]:
    """Return the problems that do not repeat, in other words, one already found at the same place or around it."""
    told = [problem.location.path for problem in earlier]
    return [problem for problem in later if not any(_same_place(problem.location.path, path) for path in told)]


def _same_place(one: str, other: str) -> bool:
    if not one or not other:
        return one == other
    short, long = sorted((one, other), key=len)
    return long == short or long.startswith((f"{short}.", f"{short}["))


def _sorted(problems: Sequence[Problem]) -> list[Problem]:
    def place(problem: Problem) -> tuple[str, int, int, str]:
        return problem.location.file, problem.location.line, problem.location.column, problem.message

    return sorted(dict.fromkeys(problems), key=place)
