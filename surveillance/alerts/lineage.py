"""Lineage: digests of everything that an alert depends on beside its events, so that it can be had again or refuted."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import msgspec

LIBRARIES: Final = (
    "trade-surveillance",
    "numpy",
    "numba",
    "llvmlite",
    "pyarrow",
    "PyYAML",
    "pluggy",
    "jsonschema",
    "msgspec",
)
"""Distributions that take part in every run."""

Lineage = dict[str, Any]


def lineage(inputs: Mapping[str, Any], distributions: Iterable[str]) -> Lineage:
    """Return the lineage of a run's alerts.

    Parameters
    ----------
    inputs : Mapping
        Name of each input to its digest or description; None for one that was not given.
    distributions : iterable of str
        Names of the distributions that brought plugins.

    Returns
    -------
    dict
        The inputs, the ``distributions`` with name, version and digest, and ``digest``, the hash of all of it.
    """
    names = {name.lower(): name for name in (*distributions, *LIBRARIES)}
    found = {**inputs, "distributions": [_described(name) for _, name in sorted(names.items())]}
    return {"digest": digest_of(found), **found}


def installed(names: Iterable[str]) -> list[dict[str, str]]:
    """Return name, version and digest of those distributions that are installed."""
    there = {found.metadata["Name"].lower().replace("_", "-") for found in metadata.distributions()}
    return [_described(name) for name in names if name.lower().replace("_", "-") in there]


def digest_of(content: Any) -> str:
    """Return the SHA-256, in hexadecimal, of a content's canonical JSON."""
    encoded = msgspec.json.encode(content, order="deterministic")
    return hashlib.sha256(encoded).hexdigest()


@lru_cache(maxsize=64)
def _described_once(name: str) -> tuple[str, str, str]:
    found = metadata.distribution(name)
    return found.metadata["Name"], found.version, _digest(found)


def _described(name: str) -> dict[str, str]:
    name, version, digest = _described_once(name)
    return {"name": name, "version": version, "digest": digest}


def _digest(found: metadata.Distribution) -> str:
    """Return a digest of an installed distribution: of its code's hashes, or of its code where it is being edited."""
    direct = found.read_text("direct_url.json") or "{}"
    if msgspec.json.decode(direct).get("dir_info", {}).get("editable"):
        return _digest_of_code(found)
    return hashlib.sha256("\n".join(sorted(_code_in(found.read_text("RECORD") or ""))).encode()).hexdigest()


def _code_in(record: str) -> Iterator[str]:
    """Yield the lines of a list of hashes that say what the code is, which are the same wherever it is installed.

    Scripts name the folder of their Python; how and by what it was installed, and what Python compiled, differ too.
    """
    for line in record.splitlines():
        path = line.partition(",")[0]
        about = ".dist-info/" in path and not path.endswith("/entry_points.txt")
        if path and not (about or path.startswith("../") or path.endswith(".pyc")):
            yield line


def _digest_of_code(found: metadata.Distribution) -> str:
    """Return a digest over the Python files of the packages that an editable installation points to."""
    result = hashlib.sha256()
    for root in sorted(_packages(found)):
        for path in sorted(root.rglob("*.py")):
            result.update(f"{path.relative_to(root).as_posix()}\n".encode() + path.read_bytes())
    return result.hexdigest()


def _packages(found: metadata.Distribution) -> set[Path]:
    """Return the folders of the packages that a distribution's entry points name, and of those beside them."""
    names = {point.value.partition(":")[0].partition(".")[0] for point in found.entry_points}
    folders = set()
    for name in names:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            folders.add(Path(spec.origin).parent)
    return folders
