"""Dirty CSV files through the whole way in, against a slow reader built on csv, Decimal and datetime."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.events.dictionary import Dictionaries
from surveillance.events.profile import load_profile
from surveillance.events.schema import NULL, Kind, Side
from surveillance.feeds.source import open_sources

NAMES = ["time", "kind", "side", "price", "quantity", "account"]
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

good = {
    "time": st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)).map(lambda moment: f"{moment.isoformat()}Z"),  # noqa: DTZ001
    "kind": st.sampled_from(["order", "trade", "cancel", "quote"]),
    "side": st.sampled_from(["buy", "sell", ""]),
    "price": st.decimals("0.000001", "99999", places=6).map(str) | st.just(""),
    "quantity": st.integers(1, 10**9).map(str) | st.just("1.5e3"),
    "account": st.text(st.characters(codec="utf-8", exclude_characters='"\r\n\x00'), max_size=4),
}
bad = st.sampled_from(["", "x", "-1", "0", "1.0000001", "1e40", "9" * 30, "nan", " 1", "1_0", "2025-02-30T00:00:00Z"])
row = st.tuples(*(st.one_of(*[good[name]] * 12, bad) for name in NAMES))
dirt = st.sampled_from([b"", b"x,y", b",,,,,,,,", b"\xff,,,,,", b" ", b'"a""b",,,,,'])


def as_line(fields: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(fields)
    return out.getvalue().encode()


def number(text: str) -> int | None:
    """Return a number at 10**-6; raise ValueError if it cannot be one."""
    if not text:
        return None
    if not re.fullmatch(r"[0-9.+eE-]+", text):
        raise ValueError(text)
    try:
        scaled = Decimal(text).scaleb(6)
    except InvalidOperation:
        raise ValueError(text) from None
    if scaled != scaled.to_integral_value() or abs(scaled) >= 2**63:
        raise ValueError(text)
    return int(scaled)


def slow_event(fields: list[str]) -> tuple[int, ...]:
    """Return time, kind, side, price and quantity; raise ValueError or KeyError if the row cannot be used."""
    time, kind, side, price, quantity, _ = fields
    moment = datetime.fromisoformat(time.removesuffix("Z")).replace(tzinfo=timezone.utc)
    if not time.endswith("Z"):
        raise ValueError(time)
    ns = (moment - EPOCH) // timedelta(microseconds=1) * 1000
    known, way = Kind[kind.upper()], Side[side.upper()] if side else 0
    price_, quantity_ = number(price), number(quantity)
    if price_ is not None and price_ <= 0:
        raise ValueError(price)
    if quantity_ is not None and quantity_ < 0:
        raise ValueError(quantity)
    if known in (Kind.ORDER, Kind.TRADE) and not quantity_:
        raise ValueError(quantity)
    if price_ is not None and quantity_ is not None and round(Decimal(price_) * quantity_ / 10**8) >= 2**63:
        raise ValueError("notional")
    return (ns, known, way, NULL if price_ is None else price_, NULL if quantity_ is None else quantity_)


def slow_reader(lines: list[bytes]) -> tuple[list[tuple[int, ...]], list[int]]:
    events, rejected, position = [], [], 0
    for line in lines:
        if not line:
            continue
        try:
            (fields,) = csv.reader([line.decode()], strict=True)
            events.append((position, *slow_event(fields)))  # another number of fields cannot be unpacked
        except (ValueError, KeyError):
            rejected.append(position)
        position += 1
    return events, rejected


@settings(deadline=None, max_examples=150)
@given(st.lists(row.map(as_line) | dirt, max_size=30), st.integers(1, 11), st.sampled_from([b"\n", b"\r\n"]))
def test_dirty_rows_are_read_or_rejected_as_a_slow_reader_would(tmp_path_factory, lines, block_rows, end):
    path = tmp_path_factory.mktemp("dirty") / "day.csv"
    path.write_bytes(end.join([",".join(NAMES).encode(), *lines]))
    rejects, dictionaries = [], Dictionaries()
    (source,) = open_sources(
        [path],
        load_profile("canonical"),
        dictionaries=dictionaries,
        on_reject=rejects.append,
        block_rows=block_rows,
    )
    events = [
        row
        for batch in source.batches()
        for row in zip(
            *(batch.column(name).tolist() for name in ("position", "time", "kind", "side", "price", "quantity")),
            strict=True,
        )
    ]
    wanted, rejected = slow_reader(lines)
    assert events == wanted
    assert [reject["position"] for reject in rejects] == rejected
    counts = source.counts
    assert counts.rows_read == counts.events + counts.rejected + counts.filtered == len(wanted) + len(rejected)
    assert all(reject["reason"] and reject["code"] and reject["line"] for reject in rejects)
