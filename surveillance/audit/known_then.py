"""What reference data and exchange rates said of those in an alert, held against what they say now: row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from surveillance.alerts.snapshots import record_of
from surveillance.audit.fields import differing_fields
from surveillance.errors import InputError
from surveillance.events.rates import Rates, read_rates
from surveillance.events.reference import Reference, read_reference

Record = Mapping[str, Any]

_EPOCH: Final = date(1970, 1, 1).toordinal()


def differing_reference(capsule: Record, folder: Path) -> Iterator[str]:
    """Yield what a folder of reference data says otherwise of those in an alert.

    Parameters
    ----------
    capsule : Mapping
        Of the alert.
    folder : Path
        The reference data as they are.
    """
    try:
        reference = read_reference(folder)
    except InputError as error:
        yield from (f"reference data: {problem}" for problem in error.problems)
        return
    for table, ids in capsule["reference"].items():
        for id_, records in ids.items():
            yield from _records(reference, table, id_, records)


def _records(reference: Reference, table: str, id_: str, then: Sequence[Record]) -> Iterator[str]:
    now = [record_of(one) for one in reference.history(table, id_)]
    what = f"reference data, {table} {id_}"
    if not now:
        yield f"{what}: it is not known any more"
    elif len(now) != len(then):
        yield f"{what}: there were {len(then)} records of it, and are {len(now)}"
    for one, other in zip(then, now, strict=False):
        yield from differing_fields(one, other, what)


def differing_rates(capsule: Record, paths: Sequence[Path], base: str) -> Iterator[str]:
    """Yield which rates that the events of an alert may have used are others.

    Parameters
    ----------
    capsule : Mapping
        Of the alert.
    paths : sequence of Path
        Files of exchange rates as they are.
    base : str
        Base currency.
    """
    try:
        rates: Rates = read_rates(paths, base)
    except InputError as error:
        yield from (f"exchange rates: {problem}" for problem in error.problems)
        return
    for currency, days in capsule["rates"].items():
        series = rates.series(currency, base)
        now = {day: series.get(date.fromisoformat(day).toordinal() - _EPOCH) for day in days}
        told = {day: None if rate is None else str(rate) for day, rate in now.items()}
        yield from differing_fields(days, told, f"exchange rates, one {currency} in {base}")
