"""One canonical form of plain values, and its hash: what is equal in effect has the same digest."""

from __future__ import annotations

import hashlib
import json


def hash_of(content: object) -> str:
    """Return the SHA-256, in hexadecimal, of plain values in one canonical form."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
