"""Labelled candidates as a Parquet file, for those who want to look at them with tools of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from surveillance.detecting.measure import Unit
from surveillance.errors import InputError, Location, Problem
from surveillance.evaluation.tuning_judge import Labelled, is_about
from surveillance.evaluation.tuning_labels import MeasuredDay
from surveillance.evaluation.tuning_limits import class_name
from surveillance.events.schema import NULL

IntArray = NDArray[Any]


def write_candidates(days: Sequence[MeasuredDay], path: Path) -> int:
    """Write the candidates of some days; return how many.

    Parameters
    ----------
    days : sequence of MeasuredDay
        What was measured. Candidates that name their events one by one, such as those of groups, are left out.
    path : Path
        A file that ends in .parquet: ``day``, the columns of the key, ``at``, ``start`` and ``end`` (UTC), the
        ``class`` of instruments, each measure in its unit (floating point, for looking only), ``episodes`` (ids of
        the labels that it is about) and ``abuse``.

    Raises
    ------
    InputError
        It cannot be written.
    """
    tables = [_table(day) for day in days]
    together = pa.concat_tables(tables, promote_options="default")
    try:
        pq.write_table(together, path)
    except OSError as error:
        problem = Problem("cannot-write", f"cannot be written: {error.strerror or error}", Location(str(path)))
        raise InputError(problem) from error
    return len(together)


def _table(day: MeasuredDay) -> Any:
    one = day.labelled
    about = _about(one)
    columns: dict[str, Any] = {"day": pa.array([day.name] * len(one.group), pa.string())}
    for name in sorted({column for key in day.keys for column in key}):
        texts = np.array([*(key.get(name) for key in day.keys), None], dtype=object)
        columns[name] = pa.array(texts[one.group], pa.string())
    for name, times in (("at", one.time), ("start", one.start), ("end", one.end)):
        columns[name] = pa.array(times, pa.timestamp("ns", "UTC"))
    classes = [class_name(terms.asset_class, terms.band, bands=True) for _, terms in day.cells]
    columns["class"] = pa.array([classes[cell] for cell in one.cell.tolist()], pa.string())
    for place, name in enumerate(day.measures):
        scales = np.array([float(_scale(day, cell, name)) for cell in range(len(day.cells))] or [1.0])
        values = one.values[:, place]
        columns[name] = pa.array(values / scales[one.cell], mask=values == NULL)
    columns["episodes"] = pa.array(
        [[day.episodes[place].id for place in mine] for mine in about], pa.list_(pa.string())
    )
    columns["abuse"] = pa.array([any(one.abuse[place] for place in mine) for mine in about], pa.bool_())
    return pa.table(columns)


def _scale(day: MeasuredDay, cell: int, measure: str) -> int:
    station, terms = day.cells[cell]
    detector = day.detectors[station]
    scale = detector.scale(measure)
    if scale is not None:
        return int(scale)
    unit = detector.measures_of(detector.p)[measure].unit
    return int(10 ** (terms.price_scale if unit is Unit.PRICE else terms.quantity_scale))


def _about(one: Labelled) -> list[list[int]]:
    """Return for each candidate the episodes that it is about."""
    found: list[list[int]] = [[] for _ in range(len(one.group))]
    bounds = np.searchsorted(one.group, np.arange(len(one.offsets)))
    for group in range(len(one.offsets) - 1):
        mine = slice(int(bounds[group]), int(bounds[group + 1]))
        for pair in range(int(one.offsets[group]), int(one.offsets[group + 1])):
            episode = int(one.episode[pair])
            overlap = (one.starts[episode] <= one.end[mine]) & (one.ends[episode] >= one.start[mine])
            for place in (np.flatnonzero(overlap) + mine.start).tolist():
                if is_about(one, place, pair):
                    found[place].append(episode)
    return found
