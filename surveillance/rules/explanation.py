"""The sentence of a rule that explains a finding: plain text with {fields} of the key and the measures."""

from __future__ import annotations

from collections.abc import Iterable
from string import Formatter
from typing import Final

from surveillance.documents.document import Document
from surveillance.documents.validation import did_you_mean
from surveillance.errors import Problem

EXPLAIN_FIELDS: Final = (
    "account",
    "accounts",
    "beneficial_owner",
    "trader",
    "desk",
    "instrument",
    "asset_class",
    "start",
    "end",
    "events",
)
"""Fields of every finding, whatever its detector; one that is not known is shown as such."""


def check_explain(document: Document, template: str, known: Iterable[str]) -> list[Problem]:
    """Return what is wrong with a template.

    Parameters
    ----------
    document : Document
        The rule file.
    template : str
        Its ``explain``.
    known : iterable of str
        Names that may stand in braces: the detector's key and measures, and `EXPLAIN_FIELDS`.
    """
    path = ("explain",)
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        hint = "fields stand in braces, such as {account}; write {{ and }} for braces themselves"
        return [document.problem("bad-explain", f"the braces do not match: {error}", path, hint)]
    names = list(dict.fromkeys(known))
    problems = []
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if form or conversion:
            hint = "the value is written in the measure's unit by itself"
            problems.append(document.problem("bad-explain", f"{{{name}}} takes no format", path, hint))
        elif name not in names:
            hint = did_you_mean(name, names)
            problems.append(document.problem("unknown-field", f"{{{name}}} is not known here", path, hint))
    return problems
