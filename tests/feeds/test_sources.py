from __future__ import annotations

import csv
import hashlib
import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.errors import InputError
from surveillance.events.dictionary import Dictionaries
from surveillance.events.late import LateTexts
from surveillance.events.profile import load_profile
from surveillance.events.schema import CODES, COLUMN
from surveillance.feeds.source import open_sources

HEADER = "time,kind,side,price,quantity,account,order\n"
LINE = "2025-10-27T09:30:00Z,order,buy,10.5,3,A1,o1\n"


def rejecting(into):
    return into.append


def opened(paths, **options):
    rejects = []
    sources = open_sources(
        paths,
        load_profile(options.pop("profile", "canonical")),
        dictionaries=options.pop("dictionaries", Dictionaries()),
        on_reject=rejects.append,
        **options,
    )
    return sources, rejects


def everything(path, *, profile="canonical", **options):
    """Return all events of one file as dictionaries, codes as texts."""
    dictionaries = Dictionaries()
    (source,), rejects = opened([path], profile=profile, dictionaries=dictionaries, **options)
    events = []
    for batch in source.batches():
        columns = {name: batch.column(name).tolist() for name in COLUMN}
        for name in CODES:
            columns[name] = [dictionaries[name].text(code) for code in columns[name]]
        columns["terms"] = [dictionaries.terms.rows[code] for code in columns["terms"]]
        columns |= {name: array.to_pylist() for name, array in batch.texts.items()}
        events += [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    counts = source.counts
    assert counts.rows_read == counts.events + counts.rejected + counts.filtered
    assert counts.events == len(events)
    assert counts.rejected == len(rejects)
    return events, rejects, source


def test_sources_are_ordered_by_name_whatever_the_command_line(tmp_path):
    paths = []
    for folder, name in [("x", "day.csv"), ("y", "day.csv"), ("x", "a.csv"), ("y", "z.csv")]:
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEADER + LINE, encoding="utf-8")
        paths.append(path)
    for order in (paths, paths[::-1]):
        sources, _ = opened(order)
        assert [source.name for source in sources] == ["a.csv", "x/day.csv", "y/day.csv", "z.csv"]
        assert [source.ordinal for source in sources] == [0, 1, 2, 3]


def test_a_source_knows_its_size_digest_format_and_progress(tmp_path):
    path = tmp_path / "day.csv"
    path.write_text(HEADER + LINE, encoding="utf-8")
    _, _, source = everything(path)
    data = path.read_bytes()
    assert source.format == "csv"
    assert source.size == len(data)
    assert source.progress() == (len(data), len(data))
    assert source.sha256 == hashlib.sha256(data).hexdigest()
    assert {"time", "kind", "account", "order", "notional"} <= source.fields_present
    assert "trader" not in source.fields_present


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("gone.csv", None, r"gone.csv: does not exist \[no-such-file\]"),
        ("empty.csv", b"", r"empty.csv: is empty"),
        ("day.xlsx", b"x", r"the suffix '.xlsx' is of no known format"),
        ("day.csv", b"when,kind\n", r"has no column 'time', which the feed profile 'canonical' reads as time"),
        ("day.csv", b"tme,kind\n", r"hint: Did you mean tme\?"),
        ("day.parquet", b"x", r"day.parquet: is not a Parquet file"),
        ("day.jsonl", b"x", r"day.jsonl: holds no JSON object"),
    ],
)
def test_a_wrong_file_is_one_clear_error(tmp_path, name, data, message):
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        opened([path])
    assert len(caught.value.problems) == 1


def test_a_time_column_that_cannot_hold_times_is_told_with_its_file(tmp_path):
    path = tmp_path / "day.parquet"
    pq.write_table(pa.table({"time": [True], "kind": ["order"]}), path)
    (source,), _ = opened([path])
    with pytest.raises(InputError, match=r"day.parquet: a column of type bool cannot hold times"):
        list(source.batches())


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        opened([tmp_path])


def test_all_wrong_files_are_told_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        opened([tmp_path / "b.csv", tmp_path / "a.csv"])
    assert len(caught.value.problems) == 2


def test_a_file_given_twice_is_an_error(tmp_path):
    path = tmp_path / "day.csv"
    path.write_text(HEADER + LINE, encoding="utf-8")
    with pytest.raises(InputError, match="is given more than once"):
        opened([path, path])


def test_a_reject_says_where_and_why(tmp_path):
    path = tmp_path / "day.csv"
    lines = [LINE, "\n", LINE.replace("10.5", "free"), "cut in ha\n", LINE]
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    events, rejects, _ = everything(path)
    assert [event["position"] for event in events] == [0, 3]
    assert rejects == [
        {
            "source": "day.csv",
            "position": 1,
            "line": 4,
            "field": "price",
            "code": "bad-number",
            "reason": "'free' is not a number",
            "raw": "2025-10-27T09:30:00Z,order,buy,free,3,A1,o1",
        },
        {
            "source": "day.csv",
            "position": 2,
            "line": 5,
            "field": None,
            "code": "short-record",
            "reason": "has fewer fields than the header",
            "raw": "cut in ha",
        },
    ]


def test_the_raw_record_of_a_reject_is_cut_when_it_is_long(tmp_path):
    path = tmp_path / "day.csv"
    path.write_text(HEADER + LINE.replace("o1", "o" * 10_000).replace("buy", "up"), encoding="utf-8")
    _, (reject,), _ = everything(path)
    assert len(reject["raw"]) == 4097


epoch = datetime(2025, 10, 27, tzinfo=timezone.utc)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "time": st.integers(0, 86_399_999_999_999),
            "kind": st.sampled_from(["order", "trade", "cancel"]),
            "side": st.sampled_from(["buy", "sell", None]),
            "price": st.decimals("0.01", "9999.99", places=2) | st.none(),
            "quantity": st.integers(1, 10**6),
            "account": st.sampled_from(["A1", "Ä2", 'A"3', "A,4"]),
            "instrument": st.sampled_from(["I1", "I2"]),
            "order": st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), min_size=1, max_size=6),
        }
    ),
    min_size=1,
    max_size=20,
)


def as_iso(ns):
    return f"{epoch + timedelta(seconds=ns // 10**9):%Y-%m-%dT%H:%M:%S}.{ns % 10**9:09d}Z"


@settings(deadline=None, max_examples=40)
@given(rows, st.integers(1, 7))
def test_the_same_events_come_from_every_format_in_every_size_of_block(tmp_path_factory, events, block_rows):
    folder = tmp_path_factory.mktemp("formats")
    texts = [
        event | {"time": as_iso(event["time"]), "price": None if event["price"] is None else str(event["price"])}
        for event in events
    ]
    with (folder / "day.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(events[0]))
        writer.writeheader()
        writer.writerows(texts)
    with (folder / "day.ndjson").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(event) + "\n" for event in texts)
    start = int(epoch.timestamp()) * 10**9
    table = pa.table(
        {
            **{name: [event[name] for event in events] for name in events[0]},
            "time": [start + event["time"] for event in events],
            "price": pa.array([event["price"] for event in events], pa.decimal128(12, 2)),
        }
    )
    pq.write_table(table, folder / "day.parquet")
    csv_events, rejects, _ = everything(folder / "day.csv")
    assert rejects == []
    assert [Decimal(event["price"]) / 10**6 for event in csv_events if event["price"] > 0] == [
        event["price"] for event in events if event["price"] is not None
    ]
    for name in ("day.csv", "day.ndjson", "day.parquet"):
        found, _, _ = everything(folder / name, block_rows=block_rows)
        assert found == csv_events


def test_a_file_of_many_blocks_is_read_whole(tmp_path):
    path = tmp_path / "day.parquet"
    count = 10_000
    start = int(epoch.timestamp()) * 10**9
    names = pa.array([f"A{number % 700}" for number in range(count)])
    table = pa.table({"time": start + np.arange(count), "kind": ["quote"] * count, "account": names})
    pq.write_table(table, path, row_group_size=3_000)
    events, _, _ = everything(path, block_rows=1_024)
    assert [event["position"] for event in events] == list(range(count))
    assert [event["account"] for event in events] == names.to_pylist()


def test_the_transactions_profile_reads_order_and_trade_rows(tmp_path):
    path = tmp_path / "transactions.csv"
    path.write_text(
        "timestamp,account_id,product_id,side,price,quantity,event_type\n"
        "2025-10-27T09:30:00.061Z,ACC1,SYM1,BUY,99.50,100,ORDER_PLACED\n"
        "2025-10-27T09:30:01.000Z,ACC1,SYM1,BUY,99.50,100,ORDER_CANCELLED\n"
        "2025-10-27T09:30:02.000Z,ACC1,SYM1,SELL,99.49,50,TRADE_EXECUTED\n"
        "2025-10-27T09:30:03.000Z,ACC1,SYM1,SELL,99.49,50,TRADE_IMAGINED\n",
        encoding="utf-8",
    )
    events, rejects, _ = everything(path, profile="transactions")
    assert [event["kind"] for event in events] == [1, 3, 6]
    assert [event["base_notional"] for event in events] == [99_500_000, 99_500_000, 49_745_000]
    assert [reject["code"] for reject in rejects] == ["unknown-value"]


def test_ids_of_parquet_files_are_not_read_before_somebody_asks(tmp_path):
    path = tmp_path / "day.parquet"
    columns = {"time": [1], "kind": ["trade"], "price": [1], "quantity": [1], "trade": ["T1"], "order": ["O1"]}
    pq.write_table(pa.table(columns), path)
    [source] = open_sources(
        [path], load_profile("canonical"), dictionaries=Dictionaries(), on_reject=print, fields={"order", "trade"}
    )
    [batch] = source.batches()
    assert isinstance(batch.texts, LateTexts)
    assert (batch.texts["trade"].to_pylist(), batch.texts["order"].to_pylist()) == (["T1"], ["O1"])
