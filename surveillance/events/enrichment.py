"""Reference data by code: one array a field, so that filling a column is one indexing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveillance.events.arithmetic import MULTIPLIER_SCALE
from surveillance.events.decimals import exact
from surveillance.events.dictionary import Dictionaries
from surveillance.events.reference import ACCOUNT_FIELDS, INSTRUMENT_FIELDS, Reference
from surveillance.events.schema import CODES, ENUMS, NULL

NO_SCALE = -1


class Enrichment:
    """What reference data says of each account and instrument code.

    Parameters
    ----------
    reference : Reference
        The snapshot.
    dictionaries : Dictionaries
        Where accounts, instruments, owners, … get their codes.
    """

    def __init__(self, reference: Reference, dictionaries: Dictionaries) -> None:
        self._dictionaries = dictionaries
        self._records = {"account": reference.accounts, "instrument": reference.instruments}
        self._known = {"account": 0, "instrument": 0}
        present = reference.fields()
        self.fields: dict[str, str] = dict.fromkeys((name for name in ACCOUNT_FIELDS if name in present), "account")
        self.fields |= dict.fromkeys((name for name in INSTRUMENT_FIELDS if name in present), "instrument")
        """Field to the column by whose codes it is known."""
        self._tables: dict[str, NDArray[Any]] = {name: np.zeros(0, _dtype(name)) for name in self.fields}

    def values(self, name: str, codes: NDArray[np.int32]) -> NDArray[Any]:
        """Return a field of each row's account or instrument; null (scales: -1) where nothing is known."""
        self._grow(self.fields[name])
        found: NDArray[Any] = self._tables[name][codes]
        return found

    def _grow(self, key: str) -> None:
        dictionary, records = self._dictionaries[key], self._records[key]
        known, now = self._known[key], len(dictionary)
        if known == now:
            return
        texts = [dictionary.text(code) for code in range(known, now)]
        for name, by in self.fields.items():
            if by == key:
                fresh = [self._value(name, records.get(text or "", {})) for text in texts]
                self._tables[name] = np.concatenate([self._tables[name], np.array(fresh, _dtype(name))])
        self._known[key] = now

    def _value(self, name: str, record: Mapping[str, str]) -> int:
        text = record.get(name)
        if name in ENUMS:
            return int(ENUMS[name][text.upper()]) if text else 0
        if name in CODES:
            return self._dictionaries[name].code(text)
        if name == "multiplier":
            return exact(text, MULTIPLIER_SCALE, rounding=False)[0] if text else NULL
        return int(text) if text else NO_SCALE


def _dtype(name: str) -> str:
    if name in CODES:
        return "int32"
    return "int64" if name == "multiplier" else "int8"
