"""The difference of two rulebooks as one page: what was edited, which version that needs, what it does to alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from surveillance import __version__
from surveillance.alerts.amounts import clock, counted
from surveillance.reports import parts
from surveillance.reports.diff_plot import level_bars, score_moves
from surveillance.reports.style import STYLE

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_BADGES: Final = {"major": "critical", "minor": "medium", "patch": "low", "none": "low"}

MOST: Final = 200
"""Most alerts of each kind on the page."""

Diff = Mapping[str, Any]


def diff_page(diff: Diff) -> str:
    """Return the page.

    Parameters
    ----------
    diff : Mapping
        As `surveillance.audit.diff.diff` gives it.
    """
    before, after = diff["before"], diff["after"]
    title = f"{after['name']} {before['version']} to {after['version']}"
    body = "".join((_header(diff, title), _changes(diff), _tape(diff["tape"]) if diff["tape"] else ""))
    digests = f"{before['digest'][:16]} to {after['digest'][:16]}"
    foot = f"<footer>trade-surveillance {__version__}. Digests: {digests}.</footer>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}{foot}</body></html>\n"
    )


def _header(diff: Diff, title: str) -> str:
    step = diff["step"]
    facts = {"Before": diff["before"]["where"], "After": diff["after"]["where"]}
    if step != "none":
        enough = "is enough" if diff["enough"] else "is not enough"
        facts["Needs"] = f"at least version {diff['next_version']}; {diff['after']['version']} {enough}"
    if diff["same_version"]:
        facts["Same version"] = f"{', '.join(diff['same_version'])}: the content changed, raise the rule's version"
    if diff["tape"]:
        judged = diff["tape"]["judged"]
        facts["Tape"] = f"{judged['events']:,} events, judged by both in {judged['seconds']:.1f} s"
    said = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items())
    summary = counted(len(diff["changes"]), "difference") if diff["changes"] else "Nothing differs"
    return (
        f'<header><div><h1>{escape(title)}</h1><p class="soft">{summary}</p><dl>{said}</dl></div>'
        f'<div class="score {_BADGES[step]}"><b>{step}</b><br><span class="soft">step of the version</span></div>'
        "</header>"
    )


def _changes(diff: Diff) -> str:
    found = []
    for rule in dict.fromkeys(one["rule"] for one in diff["changes"]):
        rows = [_row(one) for one in diff["changes"] if one["rule"] == rule]
        table = parts.table(("field", "where", "before", "after", "on any tape", "step"), rows)
        found.append(f"<h3>{escape(rule or 'The rulebook')}</h3>{table}")
    return f"<h2>What was edited</h2>{''.join(found)}" if found else ""


def _row(one: Mapping[str, Any]) -> list[str]:
    effect = one["effect"] + (f"<br><span class=soft>{escape(one['why'])}</span>" if one["why"] else "")
    step = f'<span class="{_BADGES[one["demands"]]}">{one["demands"]}</span>'
    texts = (one["field"], one["scope"] or "everywhere", one["before"] or "-", one["after"] or "-")
    return [*map(escape, texts), effect, step]


def _tape(tape: Mapping[str, Any]) -> str:
    was, now = tape["alerts"]
    counts = [(name, str(len(tape[name]))) for name in ("gained", "lost", "rescored")] + [
        ("the same", str(tape["same"]))
    ]
    head = f"<h2>On the tape: {counted(was, 'alert')} before, {counted(now, 'alert')} after</h2>"
    numbers = "".join(f"<dt>{name}</dt><dd>{count}</dd>" for name, count in counts)
    plots = f"<figure><h3>Alerts of each level</h3>{level_bars(tape['levels'])}</figure>"
    if any(tape[name] for name in ("gained", "lost", "rescored")):
        plots += f"<figure><h3>Scores before and after</h3>{score_moves(tape)}</figure>"
    tables = "".join(
        _counts(title, tape[name]) for title, name in (("rule", "rules"), ("asset class", "asset_classes"))
    )
    listed = "".join(_alerts(name, tape[name]) for name in ("gained", "lost"))
    return f"{head}<dl>{numbers}</dl>{plots}{tables}{listed}{_rescored(tape['rescored'])}"


def _counts(title: str, of: Mapping[str, Sequence[int]]) -> str:
    rows = [[escape(name), f"{old:,}", f"{new:,}", f"{new - old:+,}"] for name, (old, new) in of.items()]
    return f"<h3>Findings of each {title}</h3>{parts.table((title, 'before', 'after', ''), rows, numbers=(1, 2, 3))}"


def _alerts(name: str, alerts: Sequence[Mapping[str, Any]]) -> str:
    if not alerts:
        return ""
    shown = "".join(
        f"<details><summary>{_alert(one)}</summary><ol>{_steps(one['explanation'])}</ol></details>"
        for one in alerts[:MOST]
    )
    return f"<h2>{name.capitalize()}</h2>{shown}{_more(alerts)}"


def _steps(explanation: Sequence[str]) -> str:
    return "".join(f"<li>{escape(step)}</li>" for step in explanation)


def _rescored(pairs: Sequence[Mapping[str, Any]]) -> str:
    if not pairs:
        return ""
    rows = [
        [_alert(one["after"]), f"{one['before']['score']:.2f}", f"{one['after']['score']:.2f}", "<br>".join(_why(one))]
        for one in pairs[:MOST]
    ]
    table = parts.table(("alert", "before", "after", "because"), rows, numbers=(1, 2))
    return f"<h2>Scored otherwise</h2>{table}{_more(pairs)}"


def _why(pair: Mapping[str, Any]) -> Iterator[str]:
    yield from (escape(step) for step in pair["because"])


def _alert(one: Mapping[str, Any]) -> str:
    subject = one["subject"]
    about = f"{subject['kind'].replace('_', ' ')} {subject['id']} in {', '.join(one['instruments']) or '-'}"
    level = f'<span class="{one["level"]}">{one["score"]:.2f} {one["level"]}</span>'
    return (
        f"{level} {escape(about)}, <span class=soft>{clock(one['start'])} UTC, {escape(', '.join(one['rules']))}</span>"
    )


def _more(alerts: Sequence[Any]) -> str:
    return f"<p class=soft>and {len(alerts) - MOST:,} more</p>" if len(alerts) > MOST else ""
