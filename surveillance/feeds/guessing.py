"""A first profile for a file of which nothing is known, with how sure each line of it is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from surveillance.errors import InputError, Location, Problem
from surveillance.events.profile import SHIPPED, Profile, load_profile, shipped_profiles
from surveillance.events.profile_build import profile_of
from surveillance.events.schema import COLUMN
from surveillance.feeds.content import Stored
from surveillance.feeds.guess_fields import Fields, guess_fields
from surveillance.feeds.guess_sample import Sample, read_sample
from surveillance.feeds.guess_values import Guess, decimals_of
from surveillance.feeds.guess_words import NOTHING
from surveillance.feeds.trying import Trial, try_profile

_TRIED: Final = 200_000
_TRIED_SHIPPED: Final = 5_000
_MODELINE: Final = "# yaml-language-server: $schema=feed.schema.json"
_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_])?", re.ASCII)
_ENOUGH: Final = 0.95
_MAY_LACK: Final = 1
_NAMED: Final = 30
_UNSEEN: Final = frozenset("\u3164\u115f\u1160\uffa0")
"""Letters by their name, and nothing to see."""
_USUAL_SCALE: Final = 6
_GENERAL: Final = frozenset({"desk-trades", "fix"})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A profile for a file.

    Parameters
    ----------
    text : str
        The profile, as YAML with comments.
    trial : Trial
        What it makes of the first records.
    sure : dict
        Field: how sure, and why.
    alike : list of str
        Shipped profiles that read the file as well.
    """

    text: str
    trial: Trial
    sure: dict[str, tuple[str, str]]
    alike: list[str]


def guess_profile(stored: Stored) -> Proposal:
    """Propose a profile for a file.

    Parameters
    ----------
    stored : Stored
        The file; its first records are read.

    Raises
    ------
    InputError
        If it cannot be read, or has no column that looks like times.
    """
    sample = read_sample(stored)
    if sample.format == "fix":
        return _copy(stored, "fix")
    fields, alike = guess_fields(sample), _alike(stored)
    if "time" not in fields.found:
        if alike:
            return _copy(stored, alike[0])
        hint = f"It has: {', '.join(list(sample.columns)[:20])}. Write a profile by hand; docs/feeds.md tells how."
        raise InputError(
            Problem("nothing-guessed", "has no column that looks like times", Location(sample.label), hint)
        )
    body = _Writer(sample, fields).body()
    trial = _tried(stored, "\n".join([_MODELINE, *body]))
    head = [_MODELINE, *_head(sample, trial, alike)]
    sure = {name: (guess.sure, guess.why) for name, guess in fields.found.items()}
    tail = [printable(f"# Not used: {', '.join(trial.unused[:_NAMED])}")] if trial.unused else []
    return Proposal("\n".join([*head, *body, *tail]) + "\n", trial, sure, alike)


def _copy(stored: Stored, name: str) -> Proposal:
    """Propose a copy of a shipped profile."""
    text = (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8").partition("\n")[2]
    text = f"{_MODELINE}\n# The shipped profile `{name}` reads this file; this is a copy of it.\n{text}"
    return Proposal(text, _tried(stored, text), {}, [name])


def _tried(stored: Stored, text: str) -> Trial:
    profile: Profile = profile_of(text.encode(), "guessed profile")
    return try_profile(stored, profile, rows=3, most=_TRIED)


def _alike(stored: Stored) -> list[str]:
    """Return the shipped profiles that make events of nearly all records."""
    found = []
    for name in shipped_profiles():
        if name not in _GENERAL:
            try:
                trial = try_profile(stored, load_profile(name), rows=1, most=_TRIED_SHIPPED)
            except InputError:
                continue
            few = trial.counts["rejected"] <= (1 - _ENOUGH) * trial.counts["rows_read"]
            lacks = len(trial.unused) if name == "canonical" else len(trial.missing)  # it names every field there is
            if few and lacks <= _MAY_LACK:
                found.append(name)
    return found


def _head(sample: Sample, trial: Trial, alike: list[str]) -> list[str]:
    counts = trial.counts
    reasons = ", ".join(f"{code} {number:,}" for code, number in counts["reasons"].items())
    made = f"{counts['events']:,} events, filters {counts['filtered']:,} and rejects {counts['rejected']:,}"
    lines = [
        f"# Guessed from the first records of {printable(sample.name)}: read every line before you use it.",
        f"# Of {counts['rows_read']:,} records it makes {made}{f' ({reasons})' if reasons else ''}.",
    ]
    return lines + [f"# The shipped profile `{name}` reads this file as well." for name in alike]


class _Writer:
    """Writes the lines of a profile."""

    def __init__(self, sample: Sample, fields: Fields) -> None:
        self._sample, self._fields = sample, fields
        self._defaults: list[tuple[str, str, str]] = []

    def body(self) -> list[str]:
        """Return the lines from ``format`` on."""
        sample, fields = self._sample, self._fields
        name = re.sub(r"[^a-z0-9]+", "-", Path(sample.name).stem.lower()).strip("-") or "guessed"
        lines = ["format: 1", f"name: {name}", f"title: {quoted(f'Files such as {sample.name}')}", *self._file()]
        lines.append("columns:")
        known = [*fields.found]
        ordered = [*(one for one in COLUMN if one in known), *(one for one in known if one not in COLUMN)]
        lines += [f"  {one}: {_source(fields.found[one])}{_comment(fields.found[one])}" for one in ordered]
        lines += self._sides()
        lines += self._skipped()
        lines += self._nulls()
        if fields.signs:
            lines.append(f"numbers: {_mapping(fields.signs)}")
        lines += self._usual()
        lines += self._scales()
        return lines

    def _file(self) -> list[str]:
        sample = self._sample
        known = {} if sample.by_suffix else {"format": sample.format}
        if sample.encoding:
            known["encoding"] = sample.encoding
        lines = [f"file: {_mapping(known)}"] if known else []
        if sample.format == "csv" and (sample.delimiter or sample.header):
            parts = [f"delimiter: {json.dumps(sample.delimiter)}"] if sample.delimiter else []
            parts += [f"header: [{', '.join(sample.header)}]"] if sample.header else []
            why = "  # a guess: the first line looks like data; give the columns their names" if sample.header else ""
            lines.append(f"csv: {{{', '.join(parts)}}}{why}")
        return lines

    def _sides(self) -> list[str]:
        sides = self._fields.sides
        if not sides:
            return []
        lines = ["sides:  # likely: one record is both sides of a trade; each becomes an event"]
        return lines + [f"  {half}: {_mapping(sides[half])}" for half in ("buy", "sell")]

    def _skipped(self) -> list[str]:
        lines = []
        for column, (skipped, unknown) in self._fields.skipped.items():
            for values, why in (
                (skipped, "likely: no events"),
                (unknown, "a guess: not understood; map those that are events"),
            ):
                if values:
                    lines.append(f"  - {{{quoted(column)}: [{', '.join(map(quoted, values))}]}}  # {why}")
        return ["skip:", *lines] if lines else []

    def _nulls(self) -> list[str]:
        seen = {value for values in self._sample.columns.values() for value in values if value in NOTHING}
        return [f"nulls: [{', '.join(json.dumps(value) for value in sorted(seen))}]"] if seen else []

    def _usual(self) -> list[str]:
        """Return defaults for what no column tells."""
        found, lines = self._fields.found, []
        if "kind" not in found:
            is_order = "order" in found and "trade" not in found and not self._fields.sides
            kind = "order" if is_order else "trade"
            lines.append(f"  kind: {kind}  # a guess: no column tells what happened")
        why = "a guess: no column tells it; reference data goes before"
        if "asset_class" not in found:
            lines.append(f"  asset_class: {'crypto' if 'part' in _options(found, 'currency') else 'equity'}  # {why}")
        if "currency" not in found:
            lines.append(f"  currency: USD  # {why}")
        return ["defaults:", *lines] if lines else []

    def _scales(self) -> list[str]:
        """Return the decimals that the numbers have, where they are more than usual."""
        scales = {}
        for field in ("price", "quantity"):
            guess = self._fields.found.get(field)
            if guess is not None:
                columns = [guess.origin[1], *guess.options.get("by_kind", {}).values()]
                most = max(decimals_of(self._sample.given(column)) for column in columns)
                most += len(str(guess.options.get("divide_by", 1))) - 1
                if most > _USUAL_SCALE:
                    scales[field] = min(12, most)
        return [f"scales: {_mapping(scales)}  # likely: the most decimals seen; 6 are usual"] if scales else []


def _options(found: dict[str, Guess], field: str) -> dict[str, Any]:
    return found[field].options if field in found else {}


def quoted(text: Any) -> str:
    """Write a text so that strict YAML reads it as that text."""
    word = str(text)
    if _PLAIN.fullmatch(word) and word.lower() not in ("true", "false", "null", "yes", "no", "on", "off"):
        return word
    return printable(json.dumps(word, ensure_ascii=False))


def printable(text: str) -> str:
    """Return a text with the characters escaped that nobody sees."""
    return "".join(sign if sign.isprintable() and sign not in _UNSEEN else _escaped(ord(sign)) for sign in text)


def _escaped(code: int) -> str:
    return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"


def _mapping(values: dict[str, Any]) -> str:
    parts = []
    for key, value in values.items():
        if isinstance(value, dict):
            written = _mapping(value)
        elif isinstance(value, list):
            written = f"[{', '.join(map(quoted, value))}]"
        else:
            written = (
                str(value).lower()
                if isinstance(value, bool)
                else str(value)
                if isinstance(value, int)
                else quoted(value)
            )
        parts.append(f"{quoted(key)}: {written}")
    return f"{{{', '.join(parts)}}}"


def _source(guess: Guess) -> str:
    key, value = guess.origin
    if key == "column" and not guess.options:
        return quoted(value)
    return _mapping({key: value, **guess.options})


def _comment(guess: Guess) -> str:
    return printable(f"  # {guess.sure}{f': {guess.why}' if guess.why else ''}")
