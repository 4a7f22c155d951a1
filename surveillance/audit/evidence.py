"""The evidence file of a release: all that it was, in one record that can be read without this program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from surveillance.audit.chain import read_head, verify
from surveillance.audit.inputs import differing_release, read_release
from surveillance.audit.log import AuditLog
from surveillance.audit.revisions import checked_out, git


def evidence_of(tag: str, rules: Path, log: AuditLog) -> dict[str, Any]:
    """Return the evidence of a release.

    Parameters
    ----------
    tag : str
        Of the release.
    rules : Path
        Rulebook in the repository that has it.
    log : AuditLog
        Of the house.

    Returns
    -------
    dict
        ``tag``, ``manifest``, ``files`` with their text, ``signature`` as git shows the approval, the entries of the
        ``log`` about this release, and ``differences``: what is not as the manifest, the tag or the log say.
    """
    release = read_release(tag, rules)
    with checked_out(tag, rules) as folder:
        files = {
            name: (folder / name).read_text("utf-8") for name in release.manifest["files"] if (folder / name).is_file()
        }
        differences = list(differing_release(release, folder))
    kept = release.manifest["log_head"]
    entries = []
    if log.path.exists():
        heads = {**log.heads(), **({f"the manifest of {tag}": read_head(kept)} if kept else {})}
        differences += [f"the audit log: {problem.message}" for problem in verify(log.path, heads)[1]]
        entries = [one for one in log.entries() if one.what.get("tag") == tag]
    elif kept:
        differences.append(f"the audit log: there is none in {log.folder}, and the manifest wrote down its head")
    return {
        "format": 1,
        "tag": tag,
        "commit": git(rules, "rev-parse", f"{tag}^{{commit}}").decode().strip(),
        "tag_message": release.message,
        "manifest": dict(release.manifest),
        "manifest_sha256": release.raw_sha256,
        "files": files,
        "signature": git(rules, "cat-file", "-p", release.manifest["approval"]["ref"]).decode(errors="replace"),
        "log": [msgspec.to_builtins(one) for one in entries],
        "differences": differences,
    }
