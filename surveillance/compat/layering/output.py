"""The two files that the users of Layering Analytics read, byte for byte as it wrote them."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from surveillance.compat.layering.timestamps import Stamp
from surveillance.errors import InputError, Location, Problem

SUSPICIOUS: Final = "suspicious_accounts.csv"
DETECTIONS: Final = "detections.csv"

_SUSPICIOUS_COLUMNS: Final = (
    "account_id", "product_id", "total_buy_qty", "total_sell_qty", "num_cancelled_orders", "detected_timestamp",
    "detection_type", "alternation_percentage", "price_change_percentage",
)  # fmt: skip
_DETECTIONS_COLUMNS: Final = ("account_id", "product_id", "order_timestamps", "duration_seconds")
_FORMULA: Final = frozenset("=+-@\t\r")
_LEAST_CHANGE: Final = 1.0
_MILLION: Final = 1_000_000


class Detection(NamedTuple):
    """One row of both files.

    Parameters
    ----------
    account, product : str
        Ids.
    bought, sold, cancelled : int
        Quantities, and the number of cancellations.
    start, end : Stamp
        First and last event.
    kind : str
        ``LAYERING`` or ``WASH_TRADING``.
    orders : sequence of Stamp
        Times of the orders.
    alternation, price_change : float or None
        Per cent.
    """

    account: str
    product: str
    bought: int
    sold: int
    cancelled: int
    start: Stamp
    end: Stamp
    kind: str
    orders: Sequence[Stamp] = ()
    alternation: float | None = None
    price_change: float | None = None


def price_change(first: float, last: float) -> float | None:
    """Return by how many per cent a price changed, as floats have it; None below one per cent."""
    if first == 0.0:
        return None
    change = abs(last - first) / first * 100
    return change if change >= _LEAST_CHANGE else None


def pseudonym(account: str, salt: str) -> str:
    """Return the SHA-256 of salt and account in hexadecimal.

    Raises
    ------
    InputError
        The salt is blank.
    """
    if not salt.strip():
        hint = "set the environment variable PSEUDONYMIZATION_SALT to a secret text"
        raise InputError(Problem("no-salt", "pseudonyms need a salt that is not blank", hint=hint))
    return hashlib.sha256(f"{salt}:{account}".encode()).hexdigest()


def write_files(detections: Iterable[Detection], output: Path, logs: Path, salt: str | None = None) -> None:
    """Write both files, each whole or not at all.

    Parameters
    ----------
    detections : iterable of Detection
        In the order of the rows.
    output, logs : Path
        Folders of ``suspicious_accounts.csv`` and of ``detections.csv``; made if they are not there.
    salt : str, optional
        Replace account ids by pseudonyms.

    Raises
    ------
    InputError
        A file cannot be written, or the salt is blank.
    """
    if salt is not None:
        pseudonym("", salt)
    paths = (output / SUSPICIOUS, logs / DETECTIONS)
    parts = [path.with_name(f".{path.name}.{os.getpid()}.part") for path in paths]
    try:
        for folder in (output, logs):
            folder.mkdir(parents=True, exist_ok=True)
        with (
            parts[0].open("w", newline="", encoding="utf-8") as first,
            parts[1].open("w", newline="", encoding="utf-8") as second,
        ):
            suspicious, log = csv.writer(first), csv.writer(second)
            suspicious.writerow(_SUSPICIOUS_COLUMNS)
            log.writerow(_DETECTIONS_COLUMNS)
            for one in detections:
                account = one.account if salt is None else pseudonym(one.account, salt)
                ids = (_harmless(account), _harmless(one.product))
                suspicious.writerow(
                    (
                        *ids, one.bought, one.sold, one.cancelled, one.end.isoformat(), one.kind,
                        _percent(one.alternation), _percent(one.price_change),
                    )
                )  # fmt: skip
                seconds = (one.end.instant - one.start.instant) / _MILLION
                log.writerow((*ids, ";".join(order.isoformat() for order in one.orders), f"{seconds:.3f}"))
        for part, path in zip(parts, paths, strict=True):
            part.replace(path)
    except OSError as error:
        where = Location(str(error.filename or output))
        reason = error.strerror or str(error)
        raise InputError(Problem("cannot-write", f"cannot be written: {reason}", where)) from error
    finally:
        for part in parts:
            with suppress(OSError):  # the folder may be what could not be made
                part.unlink()


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking an id for a formula."""
    return "'" + text if not _FORMULA.isdisjoint(text) else text
