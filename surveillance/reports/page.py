"""An alert as one page: it can be mailed, read in light and dark, and printed; nothing is fetched from anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from surveillance import __version__
from surveillance.alerts.amounts import clock, counted, listed
from surveillance.alerts.explaining import named, near_miss_sentence
from surveillance.alerts.filed import Subject
from surveillance.reports import parts
from surveillance.reports.axes import nanoseconds
from surveillance.reports.plot import plot
from surveillance.reports.style import STYLE

PLOTS: Final = 3
"""Most instruments that are drawn, those with most events."""

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_ALONE: Final = "What would have cleared it: "
_CLEARS: Final = (_ALONE, "The smallest change: ", "Or: ")

Found = Mapping[str, Any]


def alert_page(found: Found) -> str:
    """Return the page of an alert.

    Parameters
    ----------
    found : Mapping
        Everything about it, as `surveillance.alerts.store.library.Library.show` gives it.
    """
    alert = found["alert"]
    subject = Subject(**alert["subject"])
    title = (
        f"{alert['level'].capitalize()} alert: {named(subject)}, {listed(alert['instruments'], 2) or 'no instrument'}"
    )
    body = "".join(
        (
            _header(found, title),
            _plots(found),
            _why(alert),
            _beside(found),
            _timeline(found),
            _history(found),
            _evidence(found),
        )
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)} {alert['alert_id'][:8]}</title><style>{STYLE}</style></head>"
        f"<body>{body}</body></html>\n"
    )


def _header(found: Found, title: str) -> str:
    alert = found["alert"]
    start, end = clock(alert["start"]), clock(alert["end"])
    facts = {
        "Who": f"{alert['subject']['kind'].replace('_', ' ')} {alert['subject']['id']}",
        "Accounts": listed(alert["accounts"], 12) or "-",
        "Instruments": listed(alert["instruments"], 12) or "-",
        "When": f"{start} to {end if end[:10] != start[:10] else end[11:]} UTC, trading day {alert['trading_day']}",
        "Rules": ", ".join(f"{one['rule']} ({one['severity']})" for one in alert["contributions"]) or "none holds",
        "State": _state(found),
        "Alert": f"{alert['alert_id']}, revision {alert['revision']}",
    }
    said = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items())
    tenths = int(alert["score"] * 10) / 10  # rounded down, so that no score reads as the next level's
    return (
        f'<header><div><h1>{escape(title)}</h1><p class="soft">{escape(alert["explanation"][0])}</p>'
        f'<dl>{said}</dl></div><div class="score {alert["level"]}"><b>{tenths:.1f}</b> of 100<br>'
        f'<span class="level">{alert["level"]}</span>{_gauge(found, tenths)}</div></header>'
    )


def _gauge(found: Found, score: float) -> str:
    """Draw the score among the levels of the rulebook, as the capsule has them."""
    if found["capsule"] is None:
        return ""
    levels = found["capsule"]["scoring"]["levels"]
    return parts.gauge(score, [levels[name] for name in parts.LEVELS[1:]])


def _state(found: Found) -> str:
    closed = found["closed"]
    said = f"closed by {closed['by']} on {closed['at'][:10]}: {closed['why']}" if closed else str(found["state"])
    if found["follows"]:
        said += f"; continues {found['follows'][:8]}, which is closed"
    return said + (f"; continued by {found['continued_by'][:8]}" if found["continued_by"] else "")


def _plots(found: Found) -> str:
    capsule = found["capsule"]
    if capsule is None:
        return ""
    counts = Counter(event.get("instrument") or "" for event in capsule["events"])
    drawn = [name for name, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:PLOTS]]
    figures = "".join(_figure(name, found, titled=len(counts) > 1) for name in drawn)
    more = len(counts) - len(drawn)
    also = f'<p class="soft">{counted(more, "more instrument")} with fewer events, in the timeline below.</p>'
    return f"<h2>What happened</h2>{figures}{parts.key()}{also if more else ''}" if figures else ""


def _figure(name: str, found: Found, *, titled: bool) -> str:
    """Draw an instrument; findings that are short beside the whole are hard to see, so the strongest is drawn again."""
    mine = [event for event in found["capsule"]["events"] if (event.get("instrument") or "") == name]
    bars = found["context"].get("prices", {}).get(name, ())
    about = [one for one in found["capsule"]["findings"] if one["key"].get("instrument", name) == name]
    windows = [(one["start"], one["end"], one["rule"]) for one in about]
    drawn = plot(name, mine, bars, windows)
    head = f"<h3>{escape(name)} <span class=soft>{counted(len(mine), 'event')}</span></h3>" if titled else ""
    strongest = max(about, key=lambda one: (one["strength"], one["finding_id"]), default=None)
    if drawn and strongest is not None and len(about) > 1 and _short(strongest, about):
        start, end = strongest["start"], strongest["end"]
        near = [event for event in mine if start <= event["time"] <= end]
        drawn += (
            f"<h3>The strongest finding, {escape(strongest['rule'])}, {clock(start)[11:]} to {clock(end)[11:]}</h3>"
        )
        drawn += plot(name, near, bars, [(start, end, strongest["rule"])])
    return f"<figure>{head}{drawn}</figure>" if drawn else ""


def _short(one: Mapping[str, Any], about: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a finding takes less than a fifth of the time of all."""
    whole = max(nanoseconds(each["end"]) for each in about) - min(nanoseconds(each["start"]) for each in about)
    return (nanoseconds(one["end"]) - nanoseconds(one["start"])) * 5 < whole


def _why(alert: Mapping[str, Any]) -> str:
    steps = [step for step in alert["explanation"][1:] if not step.startswith(_CLEARS)]
    clears = [step for step in alert["explanation"] if step.startswith(_CLEARS)]
    said = "".join(f"<li>{escape(step)}</li>" for step in steps)
    boxes = "".join(f'<p class="clear">{escape(step.removeprefix(_ALONE))}</p>' for step in clears)
    weights = parts.contributions(alert["contributions"]) if alert["contributions"] else ""
    return (
        (f"<h2>Why it is an alert</h2><ol>{said}</ol>" if said else "")
        + (f"<h2>What would have cleared it</h2>{boxes}" if boxes else "")
        + (f"<h2>What each rule adds</h2>{weights}" if weights else "")
    )


def _beside(found: Found) -> str:
    misses = found["context"].get("near_misses", ())
    if not misses:
        return ""
    said = "".join(f"<li>{escape(near_miss_sentence(one))}</li>" for one in misses)
    return f"<h2>What the same people almost did</h2><ul>{said}</ul>"


def _timeline(found: Found) -> str:
    capsule = found["capsule"]
    if capsule is None:
        return ""
    every = capsule["events"]
    notes = [counted(len(every), "event")]
    if len(every) > parts.SHOWN:
        notes.append(f"the first and last {parts.SHOWN // 2} are shown")
    if not capsule["complete"]:
        notes.append("of very many events the first and last were kept")
    return f'<h2>Orders and trades</h2><p class="soft">{"; ".join(notes)}</p>{parts.events(every)}'


def _history(found: Found) -> str:
    revisions: Sequence[Mapping[str, Any]] = found["revisions"]
    rows = [(str(one["revision"]), clock(one["recorded_at"])[:19], escape(one["why"])) for one in revisions]
    known = "".join(f"<p class=soft>Also known as <span class=mono>{name}</span></p>" for name in found["aliases"])
    return f"<h2>Revisions</h2>{parts.table(('', 'recorded, UTC', 'what changed'), rows)}{known}"


def _evidence(found: Found) -> str:
    alert, capsule = found["alert"], found["capsule"]
    lineage = alert["lineage"]
    rows = [(escape(name), f"<span class=mono>{escape(text)}</span>") for name, text in _inputs(lineage)]
    texts = (
        ""
        if capsule is None
        else "".join(
            f"<details><summary>Rule {escape(name)}, version {rule['version']}, as it was</summary>"
            f"<pre>{escape(rule['text'])}</pre></details>"
            for name, rule in capsule["rules"].items()
        )
    )
    return (
        f"<h2>Evidence and lineage</h2>{parts.table(('input', 'version or digest'), rows)}{texts}"
        f"<footer>Found by trade-surveillance {escape(lineage['engine'])}, shown by {__version__}. The event that "
        f"completed the first rule was at {clock(alert['event_time'])} UTC, detected "
        f"{clock(alert['detected_at'])[:19]} UTC. An alert is a reason to look, not a verdict.</footer>"
    )


def _inputs(lineage: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    book, feed = lineage["rulebook"], lineage["feed"]
    yield "evidence capsule", lineage["capsule"]
    yield "all inputs", lineage["digest"]
    yield f"rulebook {book['name']} {book['version']}", book["digest"]
    yield f"feed profile {feed['name']}", feed["digest"]
    for name in ("suppressions", "reference", "rates", "calendars"):
        yield name, lineage.get(name) or "none"
    for one in lineage["distributions"]:
        yield f"{one['name']} {one['version']}", one["digest"]
