"""Pseudonyms: ids of people, accounts and orders leave the process as keyed hashes.

The same id and key give the same pseudonym in every run, so that findings can be compared and joined. Without the key
nobody can compute or test one, and nothing here leads from a pseudonym back to its id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from surveillance.errors import InputError, Location, Problem

PSEUDONYMISE: Final = "pseudonymise"
"""Value of `privacy` in a rulebook."""

KEY_VARIABLE: Final = "SURVEIL_PRIVACY_KEY"
"""Environment variable that holds the key where no file does."""

LEAST_KEY: Final = 32
"""Fewest bytes of a key."""

DOMAINS: Final = {
    "account": "account",
    "counterparty": "account",
    "beneficial_owner": "owner",
    "linked_owner": "owner",
    "trader": "trader",
    "desk": "desk",
    "order": "order",
    "parent_order": "order",
    "trade": "trade",
}
"""Columns whose values are replaced, and the kind of id that they hold. Equal ids of one kind stay equal, such as an
account that is a counterparty elsewhere; equal ids of two kinds do not."""

_LETTERS: Final = 20  # of base32: 100 bits, so that a billion ids collide with a chance of one in 10**12

_HOW: Final = f"Name a file with --privacy-key, or set {KEY_VARIABLE}; a key is made by: openssl rand -hex 32"


class Pseudonyms:
    """Makes pseudonyms with one key.

    Parameters
    ----------
    key : bytes
        The secret.
    """

    __slots__ = ("_key", "fingerprint")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.fingerprint = self._hash("key", "")[:8]
        """Tells whether two runs used the same key, and nothing else of it."""

    def of(self, column: str, text: str) -> str:
        """Return what stands for an id of a column; ids of columns that name nobody stay as they are."""
        kind = DOMAINS.get(column)
        return text if kind is None else f"{kind}-{self._hash(kind, text)}"

    def _hash(self, kind: str, text: str) -> str:
        digest = hmac.new(self._key, f"{kind}\0{text}".encode(), hashlib.sha256).digest()
        return base64.b32encode(digest).decode()[:_LETTERS].lower()


def read_key(file: Path | None, environment: Mapping[str, str]) -> bytes:
    """Return the key of a run, from a file or else from the environment.

    Parameters
    ----------
    file : Path or None
        A file that holds nothing but the key; a line break at its end is no part of it.
    environment : Mapping
        Variables of the process.

    Raises
    ------
    InputError
        There is no key, or it is too short to keep anything secret.
    """
    if file is not None:
        where = Location(str(file))
        try:
            key = file.read_bytes().rstrip(b"\r\n")
        except OSError as error:
            raise InputError(Problem("no-privacy-key", f"cannot be read: {error.strerror}", where, _HOW)) from None
    else:
        where = Location(KEY_VARIABLE)
        key = environment.get(KEY_VARIABLE, "").encode()
        if not key:
            what = "the rulebook asks for pseudonyms, and there is no key to make them with"
            raise InputError(Problem("no-privacy-key", what, hint=_HOW))
    if len(key) < LEAST_KEY:
        what = f"the key has {len(key)} bytes; it needs at least {LEAST_KEY}"
        raise InputError(Problem("short-privacy-key", what, where, _HOW))
    return key
