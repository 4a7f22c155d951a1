"""One run: transactions.csv in, two files out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from surveillance.compat.layering import plain
from surveillance.compat.layering.finding import Collected, Ordered, from_plain
from surveillance.compat.layering.ledger import Ledger
from surveillance.compat.layering.output import Detection, write_files
from surveillance.compat.layering.pack import LAYERING, TERMS, load_pack
from surveillance.compat.layering.rejects import Rejects
from surveillance.compat.layering.transactions import Block, Transactions
from surveillance.compat.layering.values import Row
from surveillance.engine.hits import HitRule, HitRun
from surveillance.errors import InputError, Location, Problem
from surveillance.events.batch import EventBatch
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import Kind

_SLICE: Final = 1 << 16
"""Rows that go onto the tape at once when a file has been sorted."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did.

    Parameters
    ----------
    rows, skipped : int
        Rows of the file, and those of them that could not be used.
    skipped_by_reason : dict of str to int
        The latter by reason.
    first_skipped : list of (int, str)
        Line and reason of the first few.
    layering, wash : int
        Rows written of each kind.
    """

    rows: int
    skipped: int
    skipped_by_reason: dict[str, int]
    first_skipped: list[tuple[int, str]]
    layering: int
    wash: int


class _UnsortedError(Exception):
    """The file is not in the order of time."""


def run_pipeline(
    input_path: str | PathLike[str] = "input/transactions.csv",
    output_dir: str | PathLike[str] = "output",
    logs_dir: str | PathLike[str] = "logs",
    *,
    rules: Path | None = None,
    salt: str | None = None,
) -> Outcome:
    """Find layering and wash trading in a file of transactions.

    Writes ``suspicious_accounts.csv`` into `output_dir`, and ``detections.csv`` and ``rejects.ndjson`` (the rows that
    were skipped, with their reasons) into `logs_dir`.

    Parameters
    ----------
    input_path : path
        CSV in UTF-8, in the order of time or not.
    output_dir, logs_dir : path
        Folders; made if they are not there.
    rules : Path, optional
        Another pack of rules than the shipped one.
    salt : str, optional
        Replace account ids by ``sha256(salt:account)`` in both CSV files, and show nothing of rows that were skipped.

    Returns
    -------
    Outcome

    Raises
    ------
    InputError
        The file cannot be used, or a file cannot be written; no CSV file was written.
    RulesError, PluginError
        The pack is not valid.
    """
    source, output, logs = Path(input_path), Path(output_dir), Path(logs_dir)
    _check_source(source)
    pack = load_pack(rules)
    with Rejects(logs, veiled=salt is not None) as rejects:
        try:
            run = _Run(source, pack, rejects)
            detections = run.stream()
        except _UnsortedError:
            rejects.restart()
            run = _Run(source, pack, rejects)
            detections = run.sorted()
        write_files(detections, output, logs, salt)
        rejects.commit()
    kinds = [one.kind for one in detections]
    counts = run.file.counts
    return Outcome(
        counts.rows, counts.skipped, dict(counts.rejected), rejects.first, kinds.count("LAYERING"),
        kinds.count("WASH_TRADING"),
    )  # fmt: skip


def _check_source(source: Path) -> None:
    where = Location(str(source))
    if not source.exists():
        raise InputError(Problem("no-such-file", "does not exist", where))
    if not source.is_file():
        raise InputError(Problem("not-a-file", "is not a file", where))


class _Run:
    """One pass over a file."""

    def __init__(self, source: Path, pack: list[HitRule], rejects: Rejects) -> None:
        self._source, self._pack, self._ledger = source, pack, Ledger()
        self._names = Dictionaries()
        self._terms = self._names.terms.code(*TERMS)
        self.file = Transactions(source, self._names["account"], self._names["instrument"], rejects.write)
        self._collected = Collected([rule.id for rule in pack])
        self._engine = HitRun(pack, self._names, self._collected.take)
        self._beside: set[int] = set()

    def stream(self) -> list[Detection]:
        """Judge the rows as they come; raise if they are not in the order of time."""
        last = None
        for block in self._blocks():
            time = block.time if block.beside is None else block.time[~block.beside]
            if len(time) and ((last is not None and time[0] < last) or (time[1:] < time[:-1]).any()):
                raise _UnsortedError
            position = np.arange(self._ledger.rows - len(block), self._ledger.rows)
            batch = self._batch(block, position)
            if len(batch):
                last = int(batch.columns["time"][-1])
                self._engine.push(batch, last)
        return self._finish()

    def sorted(self) -> list[Detection]:
        """Read all rows, then judge them in the order of time."""
        batches, before = [], 0
        for block in self._blocks():
            batches.append(self._batch(block, np.arange(before, before + len(block))).columns)
            before += len(block)
        whole = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]} if batches else {}
        batches.clear()
        if whole:
            order = np.argsort(whole["time"], kind="stable")
            for start in range(0, len(order), _SLICE):
                rows = order[start : start + _SLICE]
                batch = EventBatch({name: values[rows] for name, values in whole.items()})
                self._engine.push(batch, int(batch.columns["time"][-1]))
        return self._finish()

    def _blocks(self) -> Iterator[Block]:
        for block in self.file.blocks():
            self._ledger.add(block)
            if block.beside is not None:
                rows = block.beside
                pairs = (block.account[rows].astype(np.int64) << 32) | block.instrument[rows]
                self._beside.update(pairs.tolist())
            yield block

    def _batch(self, block: Block, position: NDArray[Any]) -> EventBatch:
        size = len(block)
        batch = EventBatch(
            {
                "time": block.time,
                "source": np.zeros(size, np.int32),
                "position": position,
                "kind": block.kind,
                "side": block.side,
                "price": block.price,
                "quantity": block.quantity,
                "account": block.account,
                "instrument": block.instrument,
                "terms": np.full(size, self._terms, np.int32),
            }
        )
        return batch if block.beside is None else batch.take(~block.beside)

    def _finish(self) -> list[Detection]:
        self._engine.finish()
        if self._engine.overflows:
            what = "has quantities whose sum in one window does not fit 64 bits"
            raise InputError(Problem("out-of-range", what, Location(str(self._source))))
        if self._ledger.mixes_clocks():
            what = "has times with and without an offset for one account and product: their order cannot be known"
            hint = "give all times of an account an offset, or none"
            raise InputError(Problem("mixed-times", what, Location(str(self._source)), hint))
        found = list(self._collected.detections(self._ledger, self._beside, self.file.zones, self._names))
        found += self._found_beside()
        found.sort(key=lambda one: one[0])
        return [one for _, one in found]

    def _found_beside(self) -> Iterator[Ordered]:
        """Read the groups that do not fit on the tape once more, and judge them in Python."""
        if not self._beside:
            return
        account, instrument = self._names["account"], self._names["instrument"]
        pairs = {((account.text(pair >> 32), instrument.text(pair & 0xFFFFFFFF))) for pair in self._beside}
        groups: dict[tuple[str, str], list[tuple[int, Row]]] = {}
        for position, row in enumerate(self.file.rows()):
            if (row.account, row.product) in pairs:
                groups.setdefault((row.account, row.product), []).append((position, row))
        for rule in self._pack:
            for group in groups.values():
                yield from self._plain(rule, group)

    def _plain(self, rule: HitRule, group: list[tuple[int, Row]]) -> Iterator[Ordered]:
        layered = rule.detector.id == LAYERING
        members = group if layered else [one for one in group if one[1].kind == Kind.TRADE]
        if not members:
            return
        events = sorted((row for _, row in members), key=lambda row: row.stamp.instant)
        params = rule.detector.p
        hits = (
            plain.layering(events, params, rule.bounds, consume=rule.consume)
            if layered
            else plain.churn(events, params, rule.bounds)
        )
        place, first = self._collected.order[rule.id], members[0][0]
        for number, hit in enumerate(hits):
            yield (place, first, number), from_plain(hit, layered=layered)
