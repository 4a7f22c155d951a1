"""Names in the scopes of suppressions that the reference data does not have: they would hide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from surveillance.documents.document import Document
from surveillance.documents.validation import nearest
from surveillance.errors import Location, Problem
from surveillance.events.reference import Reference
from surveillance.events.reference_files import SHAPES
from surveillance.rules.suppression import Suppression

_TABLES: Final = {"account": "accounts", "beneficial_owner": "owners", "trader": "traders", "desk": "desks",
                  "instrument": "instruments", "venue": "venues"}  # fmt: skip
"""Field of a scope to the table of its ids."""


def unknown_names(
    suppressions: Iterable[Suppression], documents: Mapping[str, Document], reference: Reference
) -> Iterator[Problem]:
    """Yield the names in suppressions that reference data does not have.

    Parameters
    ----------
    suppressions : iterable of Suppression
        Valid ones.
    documents : Mapping
        Their files by path.
    reference : Reference
        What is known. Of a field that it says nothing about, every name may exist.
    """

    @cache
    def known(field: str) -> frozenset[str]:
        return frozenset(_known(field, reference))

    for one in suppressions:
        document = documents.get(one.file)
        for field, values in one.scope.items():
            names = known(field)
            for value in sorted(values - names) if names else ():
                place = _place(document, field, value) if document else Location(one.file, 1, 1, f"scope.{field}")
                near = nearest(value, names)
                hint = (
                    f"did you mean {near}?"
                    if near
                    else f"the reference data has {len(names):,} other values of {field}"
                )
                message = (
                    f"the reference data has no {field.replace('_', ' ')} {value!r}, so that this would hide nothing"
                )
                yield Problem("unknown-name", message, place, hint)


def _place(document: Document, field: str, value: str) -> Location:
    listed = [document.written(("scope", field, n), each) for n, each in enumerate(document.value["scope"][field])]
    return document.at(("scope", field, listed.index(value)) if value in listed else ("scope", field))


def _known(field: str, reference: Reference) -> Iterator[str]:
    """Yield the ids of a field's own table, and the values that it has in others."""
    table = _TABLES.get(field)
    if table is not None:
        yield from reference.ids(table)
    for other, shape in SHAPES.items():
        if field in shape.fields and table is not None:
            for name in reference.ids(other):
                yield from (record.fields[field] for record in reference.history(other, name) if field in record.fields)
