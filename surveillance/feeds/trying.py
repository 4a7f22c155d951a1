"""A profile tried on a file: its first records as they were read, what they become, and what cannot be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from surveillance.events.batch import EventBatch
from surveillance.events.derived import FirstOf
from surveillance.events.dictionary import Dictionaries
from surveillance.events.profile import Profile
from surveillance.events.raw import as_text
from surveillance.events.schema import CODES, COLUMN, ENUMS, MONEY_SCALE, NULL, NULL_DAY
from surveillance.feeds.content import Content, Stored
from surveillance.feeds.registry import format_of
from surveillance.feeds.source import open_sources

_BLOCK_ROWS: Final = 8_192
_MOST_REJECTS: Final = 1_000
_HIDDEN: Final = frozenset({"source", "base_notional", "fx_day", "terms", "session", "identity_1", "identity_2"})
_SHOWN: Final = 200


@dataclass(slots=True)
class Trial:
    """What came of it.

    Parameters
    ----------
    source, format : str
        The file, and how it was read.
    columns : list of str
        Columns of the file.
    records : list of dict
        The first records: position and their columns as text.
    events : list of dict
        The first events: their fields as text, those that are null left out.
    rejects : list of dict
        The first records that cannot be used, as in rejects.ndjson.
    counts : dict
        What became of all records that were read.
    whole : bool
        All of the file was read.
    identified : bool
        A run will drop records that come again; here they are all shown.
    missing : list of str
        Columns that the profile names and the file does not have.
    unused : list of str
        Columns of the file that the profile does not name.
    """

    source: str
    format: str
    columns: list[str]
    records: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    whole: bool = True
    identified: bool = False
    missing: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def try_profile(stored: Stored, profile: Profile, *, rows: int, most: int | None) -> Trial:
    """Read a file with a profile.

    Parameters
    ----------
    stored : Stored
        The file.
    profile : Profile
        The profile.
    rows : int
        Records, events and rejects to show.
    most : int or None
        Records to read at least, block by block; None: all.

    Raises
    ------
    InputError
        If the file as a whole cannot be used.
    """
    content = Content(stored, profile.encoding)
    format_ = format_of(content, profile.file_format)
    reader = format_.open(content, profile, max(rows, 1))
    trial = Trial(content.label, format_.name, list(reader.columns), identified=bool(profile.identity))
    for block in islice(reader.blocks(trial.columns, set()), 1):
        columns = {name: as_text(column) for name, column in block.columns.items()}
        for row in range(min(rows, len(block))):
            values = {
                name: text.at(row)[:_SHOWN] for name, text in columns.items() if text.ends[row] > text.starts[row]
            }
            trial.records.append({"position": int(block.positions[row]), **values})
    rejects: list[dict[str, Any]] = []

    def keep(reject: dict[str, Any]) -> None:
        if len(rejects) < _MOST_REJECTS:
            rejects.append(reject)

    dictionaries = Dictionaries()
    (source,) = open_sources([stored], profile, dictionaries=dictionaries, on_reject=keep, block_rows=_BLOCK_ROWS)
    for batch in source.batches():
        wanted = rows - len(trial.events)
        if wanted > 0:
            trial.events += written(batch.take(slice(0, wanted)), dictionaries)
        if most is not None and source.counts.rows_read >= most:
            trial.whole = False
            break
    trial.counts = source.counts.as_dict()
    trial.rejects = _various(rejects, rows)
    there = {*trial.columns, *(profile.file_name.groupindex if profile.file_name else ())}
    used, trial.missing = _named(profile, there)
    around = {name[:place] for name in used for place, sign in enumerate(name) if sign == "."}
    trial.unused = [name for name in trial.columns if name not in used | around and name.split(".")[0] not in used]
    return trial


def _various(rejects: list[dict[str, Any]], rows: int) -> list[dict[str, Any]]:
    """Return the first rejects: at least one of each reason, then more of all, in the order of the file."""
    firsts: dict[tuple[Any, Any], dict[str, Any]] = {}
    for reject in rejects:
        firsts.setdefault((reject["field"], reject["code"]), reject)
    chosen = list(firsts.values())
    chosen += [reject for reject in rejects if reject not in chosen][: max(0, rows - len(chosen))]
    return sorted(chosen, key=lambda reject: int(reject["position"]))


def _named(profile: Profile, there: set[str]) -> tuple[set[str], list[str]]:
    """Return the columns of the file that a profile reads, and those that it names and the file does not have."""
    used: set[str] = set()
    missing: dict[str, None] = {}

    def has(name: str) -> bool:
        made = profile.derived.get(name)
        if made is None:
            return name in there or name.split(".", maxsplit=1)[0] in there
        return (any if made.one_is_enough else all)(map(has, made.needs)) or not made.needs

    def walk(name: str) -> None:
        made = profile.derived.get(name)
        if made is None:
            if has(name):
                used.add(name)
            else:
                missing.setdefault(name)
        elif isinstance(made, FirstOf) and any(map(has, made.needs)):
            for other in filter(has, made.needs):
                walk(other)
        elif isinstance(made, FirstOf):
            missing.setdefault(" or ".join(profile.origins(name)))
        else:
            for other in made.needs:
                walk(other)

    where = profile.sides.where if profile.sides is not None else ()
    for name in [*profile.columns(set(profile.fields)), *(test.column for test in where)]:
        walk(name)
    return used, list(missing)


def written(batch: EventBatch, dictionaries: Dictionaries) -> list[dict[str, Any]]:
    """Return events as texts, without what is null."""
    from surveillance.alerts.values import iso_day, iso_time

    columns = {name: batch.column(name).tolist() for name in COLUMN if name in batch.columns and name not in _HIDDEN}
    terms = batch.columns["terms"].tolist()
    rows = []
    for row in range(len(batch)):
        scales = dictionaries.terms.rows[terms[row]][2:]
        event: dict[str, Any] = {}
        for name, values in columns.items():
            value = values[row]
            if name == "position":
                event[name] = value
            elif name == "time":
                event[name] = iso_time(value)
            elif name in ENUMS and value:
                event[name] = ENUMS[name](value).name.lower()
            elif name in CODES and value:
                event[name] = dictionaries[name].text(value)
            elif COLUMN[name].holds == "day" and value != NULL_DAY:
                event[name] = iso_day(value)
            elif COLUMN[name].holds == "number" and value != NULL:
                scale = scales[0] if name == "price" else scales[1] if name == "quantity" else MONEY_SCALE
                event[name] = _decimal(value, scale)
        for name, texts in batch.texts.items():
            text = texts[row].as_py()
            if text is not None:
                event[name] = text
        rows.append(event)
    return rows


def _decimal(value: int, scale: int) -> str:
    """Write a whole number at a scale without the zeros that say nothing."""
    digits = f"{abs(value):0{scale + 1}d}"
    whole, part = (digits[:-scale], digits[-scale:].rstrip("0")) if scale else (digits, "")
    return ("-" if value < 0 else "") + whole + (f".{part}" if part else "")
