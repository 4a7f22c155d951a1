"""Approvals: a signed tag or commit of the very rules that are released, by somebody else than their authors."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jsonschema

from surveillance.audit.revisions import commit_of, git, inside
from surveillance.documents.validation import validate
from surveillance.documents.yaml import read_yaml
from surveillance.errors import InputError, Location, Problem, RulesError
from surveillance.rules.loader import APPROVERS
from surveillance.rules.schema import build_approvers_schema

_GOOD: Final = re.compile(r'Good "git" signature for (\S+) with \S+ key (\S+)')
_HOW: Final = "the approver signs the commit: git tag -s NAME, with gpg.format=ssh"


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who may approve.

    Parameters
    ----------
    name, email : str
        Who.
    key : str
        Public SSH key.
    """

    name: str
    email: str
    key: str


@dataclass(frozen=True, slots=True)
class Approval:
    """A signature that holds.

    Parameters
    ----------
    ref : str
        Tag or commit that was signed.
    approver : Approver
        By whom.
    fingerprint : str
        Of the key, as ssh prints it.
    """

    ref: str
    approver: Approver
    fingerprint: str


def read_approvers(folder: Path) -> tuple[Approver, ...]:
    """Read ``approvers.yaml`` of a rulebook's folder.

    Raises
    ------
    RulesError
        It is missing or wrong.
    """
    path = folder / APPROVERS
    if not path.is_file():
        hint = "list those who may approve, each with name, email and key"
        raise RulesError([Problem("no-approvers", "there is no such file", Location(str(path)), hint)])
    document, problems = read_yaml(path)
    if document is not None:
        problems += validate(document, jsonschema.Draft7Validator(build_approvers_schema()))
    if problems or document is None:
        raise RulesError(problems)
    return tuple(Approver(**one) for one in document.value["approvers"])


def approval_of(ref: str, folder: Path, approvers: Sequence[Approver], authors: Collection[str]) -> Approval:
    """Return who approved the rules as they are committed now.

    Parameters
    ----------
    ref : str
        A signed tag or commit.
    folder : Path
        Of the rulebook.
    approvers : sequence of Approver
        Whose signatures count.
    authors : collection of str
        Addresses of those who made the change; they cannot approve it.

    Raises
    ------
    RulesError
        Nothing of that name is signed by an approver, it is of other rules, or by an author.
    """
    if tree_of(ref, folder) != tree_of("HEAD", folder):
        raise _refused(f"{ref} is of other rules than those committed now", "have the last commit approved")
    said = _verified(ref, folder, approvers)
    found = _GOOD.search(said)
    if found is None:
        raise _refused(f"{ref} has no signature of an approver: {said.strip() or 'it is not signed'}", _HOW)
    (approver,) = (one for one in approvers if one.email == found[1])
    if approver.email.lower() in {one.lower() for one in authors}:
        raise _refused(f"{approver.email} approved their own change", "somebody else must approve it")
    return Approval(ref, approver, found[2])


def authors_of(folder: Path, since: str | None) -> list[str]:
    """Return the addresses of those who changed the rules since a release; since ever, if there was none."""
    span = f"{since}..HEAD" if since else "HEAD"
    said = git(folder, "log", "--format=%ae%n%ce", span, "--", ".").decode(errors="replace")
    return sorted(set(said.split()))


def tree_of(ref: str, folder: Path) -> str:
    """Return git's hash of the rulebook's folder at a revision: equal when every file is."""
    return git(folder, "rev-parse", f"{commit_of(ref, folder)}:{inside(folder)}").decode().strip()


def _verified(ref: str, folder: Path, approvers: Sequence[Approver]) -> str:
    """Return what git says of a signature."""
    kind = git(folder, "cat-file", "-t", git(folder, "rev-parse", "--verify", ref).decode().strip()).decode().strip()
    with tempfile.NamedTemporaryFile("w", suffix=".allowed", encoding="utf-8") as allowed:
        allowed.writelines(f'{one.email} namespaces="git" {one.key}\n' for one in approvers)
        allowed.flush()
        settings = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={allowed.name}")
        verb = "verify-tag" if kind == "tag" else "verify-commit"
        try:
            return git(folder, *settings, verb, ref, merged=True).decode(errors="replace")
        except InputError as error:
            what = "; ".join(problem.message for problem in error.problems)
            raise _refused(f"{ref} has no signature of an approver: {what}", _HOW) from error


def _refused(message: str, hint: str) -> RulesError:
    return RulesError([Problem("not-approved", message, hint=hint)])
