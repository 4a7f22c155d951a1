"""The difference of two rulebooks as text for a terminal, and as Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from surveillance.alerts.amounts import clock, counted

MOST: Final = 20
"""Most alerts of each kind that are written out."""

Diff = Mapping[str, Any]


def as_text(diff: Diff) -> str:
    """Return it for a terminal."""
    return "\n".join(_lines(diff, "", "  ", lambda text: text)) + "\n"


def as_markdown(diff: Diff) -> str:
    """Return it for a pull request."""
    return "\n".join(_lines(diff, "### ", "- ", _escaped)) + "\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in text)


def _lines(diff: Diff, head: str, item: str, plain: Any) -> Iterator[str]:
    before, after = diff["before"], diff["after"]
    yield plain(f"{after['name']} {before['version']} ({before['where']}) to {after['version']} ({after['where']})")
    for rule in dict.fromkeys(one["rule"] for one in diff["changes"]):
        yield ""
        yield head + plain(_titled(rule, before["rules"], after["rules"]))
        for one in diff["changes"]:
            if one["rule"] == rule:
                yield item + plain(one["said"])
    yield ""
    if not diff["changes"]:
        yield "Nothing differs."
    yield from (item + plain(f"{name} changed, and its version did not") for name in diff["same_version"])
    yield plain(_law(diff))
    if diff["tape"] is not None:
        yield from _tape(diff["tape"], head, item, plain)


def _titled(rule: str, before: Mapping[str, int], after: Mapping[str, int]) -> str:
    if not rule:
        return "The rulebook"
    versions = [str(each[rule]) for each in (before, after) if rule in each]
    return f"{rule} (version {' to '.join(dict.fromkeys(versions))})"


def _law(diff: Diff) -> str:
    step = diff["step"]
    if step == "none":
        return "No new version is needed."
    said = f"This is a {step} change: at least version {diff['next_version']}"
    reasons = diff["because"]
    why = f" ({reasons[0]}{f'; and {len(reasons) - 1} more' if len(reasons) > 1 else ''})" if reasons else ""
    return f"{said}{why}. Version {diff['after']['version']} is {'enough' if diff['enough'] else 'not enough'}."


def _tape(tape: Mapping[str, Any], head: str, item: str, plain: Any) -> Iterator[str]:
    was, now = tape["alerts"]
    yield ""
    yield f"{head}On the tape: {counted(was, 'alert')} before, {counted(now, 'alert')} after"
    yield (
        item
        + ", ".join(f"{len(tape[name])} {name}" for name in ("gained", "lost", "rescored"))
        + f", {tape['same']} the same"
    )
    for title, name in (("level", "levels"), ("findings of", "rules"), ("findings in", "asset_classes")):
        for label, (old, new) in tape[name].items():
            if old != new:
                yield item + plain(f"{title} {label.replace('_', ' ')}: {old} to {new}")
    for name in ("gained", "lost"):
        for one in _some(tape[name]):
            yield ""
            yield head + plain(f"{name.capitalize()}: {_alert(one)}")
            yield from (item + plain(step) for step in one["explanation"][:6])
        yield from _more(tape[name])
    for one in _some(tape["rescored"]):
        old, new = one["before"], one["after"]
        yield ""
        yield head + plain(f"Rescored: {old['score']} ({old['level']}) to {_alert(new)}")
        yield from (item + plain(step) for step in one["because"])
    yield from _more(tape["rescored"])


def _some(alerts: Sequence[Any]) -> Sequence[Any]:
    return alerts[:MOST]


def _more(alerts: Sequence[Any]) -> Iterator[str]:
    if len(alerts) > MOST:
        yield f"… and {len(alerts) - MOST} more; --json has all"


def _alert(one: Mapping[str, Any]) -> str:
    subject = one["subject"]
    about = f"{subject['kind'].replace('_', ' ')} {subject['id']}"
    return (
        f"{one['score']} ({one['level']}) {about} in {', '.join(one['instruments']) or '-'}, {clock(one['start'])} UTC"
    )
