"""The same content gives the same findings, rejects and counts, however it is packed, cut or sent."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import sys
from types import SimpleNamespace

import jsonschema
import pyarrow as pa
import pytest

from surveillance.bundle import schemas_folder
from surveillance.cli.main import run as surveil
from surveillance.engine.run import detect
from surveillance.feeds.ahead import ReadAhead

HEADER = "time,kind,side,price,quantity,currency,instrument,asset_class,account,trader,id"
PROFILE = """\
format: 1
name: ours
title: Ours
file: {encoding: ENCODING}
identity: {columns: [id], within: 1h}
columns:
  time: time
  kind: kind
  side: side
  price: price
  quantity: quantity
  currency: currency
  instrument: instrument
  asset_class: asset_class
  account: account
  trader: trader
skip: [{kind: heartbeat}]
"""


def rows():
    """Trades of ten accounts that churn, with dirt in between and one record that comes twice, minutes apart."""
    for number in range(60):
        minute, second = divmod(number * 20, 60)
        account = f"Konto-Ä{number % 10}"
        side = ("buy", "sell")[number // 10 % 2]
        time = f"2026-01-05T10:{minute:02d}:{second:02d}Z"
        yield [time, "trade", side, "100", "2000", "USD", "IBM", "equity", account, "T1", f"id-{number}"]
        if number == 20:
            yield [time, "trade", side, "free", "2000", "USD", "IBM", "equity", account, "T1", "id-bad"]
            yield [time, "heartbeat", "", "", "", "", "", "", "", "", ""]
        if number == 40:
            yield [time, "trade", side, "100", "2000", "USD", "IBM", "equity", "Konto-Ä5", "T1", "id-15"]


def as_csv(found):
    return "\n".join([HEADER, *(",".join(row) for row in found), ""])


def as_ndjson(found):
    return "".join(json.dumps(dict(zip(HEADER.split(","), row, strict=True))) + "\n" for row in found)


def as_json(found):
    return "[\n" + as_ndjson(found).rstrip("\n").replace("\n", ",\n") + "\n]"


FORMATS = {"csv": as_csv, "ndjson": as_ndjson, "json": as_json}
PACKINGS = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": lambda data: pa.Codec("zstd").compress(data, asbytes=True),
    ".bz2": bz2.compress,
}


def profile(folder, encoding="utf-8"):
    path = folder / "ours.yaml"
    path.write_text(PROFILE.replace("ENCODING", encoding))
    return str(path)


def run(folder, *sources, encoding="utf-8"):
    result = detect(list(sources), feed=profile(folder, encoding), out=folder / "out")
    schema = json.loads((schemas_folder() / "run.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(result.run)
    counts = result.run["counts"]
    parts = ("events", "rejected", "filtered", "duplicates")
    assert counts["rows_read"] + counts["added"] == sum(counts[part] for part in parts)
    for one in result.run["sources"]:
        assert one["rows_read"] + one["added"] == sum(one[part] for part in parts)
    return result


def said(result):
    """What findings say, without the places of records."""
    places = {"finding_id", "event_digest", "events"}
    return sorted(
        json.dumps({name: value for name, value in one.items() if name not in places}, sort_keys=True)
        for one in result.findings
    )


def rejects(folder):
    return [json.loads(line) for line in (folder / "out" / "rejects.ndjson").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    path = folder / "day.csv"
    path.write_text(as_csv(rows()), encoding="utf-8")
    result = run(folder, path)
    counts = result.run["counts"]
    assert [counts[name] for name in ("rows_read", "events", "rejected", "filtered", "duplicates")] == [63, 60, 1, 1, 1]
    assert result.findings
    return SimpleNamespace(findings=said(result), rejects=rejects(folder), digests=digests(result), counts=counts)


def digests(result):
    return sorted((one["finding_id"], one["event_digest"]) for one in result.findings)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("packing", PACKINGS)
def test_a_packed_file_is_the_file(tmp_path, plain, form, packing):
    path = tmp_path / f"day.{form}{packing}"
    path.write_bytes(PACKINGS[packing](FORMATS[form](rows()).encode()))
    result = run(tmp_path, path)
    assert said(result) == plain.findings
    assert result.run["sources"][0]["name"] == f"day.{form}"
    if form == "csv":
        assert digests(result) == plain.digests
        assert rejects(tmp_path) == plain.rejects
    [reject] = rejects(tmp_path)
    assert (reject["position"], reject["line"]) == (21, {"csv": 23, "ndjson": 22, "json": 23}[form])
    assert reject["raw"].startswith(FORMATS[form](rows()).splitlines()[reject["line"] - 1][:40])


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_encoding_named_in_the_profile_is_the_same_text(tmp_path, plain, encoding, end):
    path = tmp_path / "day.csv"
    path.write_bytes(as_csv(rows()).replace("\n", end).encode(encoding))
    result = run(tmp_path, path, encoding=encoding)
    assert said(result) == plain.findings
    assert rejects(tmp_path) == plain.rejects


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("packing", ["", ".gz"])
def test_standard_input_is_the_file(tmp_path, plain, monkeypatch, form, packing):
    data = PACKINGS[packing](FORMATS[form](rows()).encode())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data), isatty=lambda: False))
    result = run(tmp_path, "-")
    assert said(result) == plain.findings
    assert (result.run["sources"][0]["name"], result.run["sources"][0]["format"]) == ("stdin", form)
    assert result.run["sources"][0]["bytes"] == len(data)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("sizes", [1, 2, 20])
def test_a_file_cut_into_several_is_the_file(tmp_path, plain, form, sizes):
    found, folder = list(rows()), tmp_path / "parts"
    folder.mkdir()
    for number, start in enumerate(range(0, len(found), sizes)):
        part = FORMATS[form](found[start : start + sizes])
        (folder / f"part-{number}.{form}").write_text(part, encoding="utf-8")
    for source in (folder, folder / "part-*"):
        result = run(tmp_path, source)
        assert said(result) == plain.findings
        counts = dict(result.run["counts"])
        assert counts == plain.counts
    [reject] = rejects(tmp_path)
    assert reject["source"] == f"part-{21 // sizes}.{form}"


def test_a_file_that_is_sent_again_changes_nothing(tmp_path, plain):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(as_csv(rows()), encoding="utf-8")
    result = run(tmp_path, tmp_path / "a.csv", tmp_path / "b.csv")
    assert said(result) == plain.findings
    assert [one["duplicates"] for one in result.run["sources"]] == [1, 61]


def test_rows_out_of_order_are_the_file(tmp_path, plain):
    found = list(rows())
    (tmp_path / "day.csv.gz").write_bytes(gzip.compress(as_csv(found[30:] + found[:30]).encode()))
    result = run(tmp_path, tmp_path / "day.csv.gz")
    assert said(result) == plain.findings
    assert result.run["sorted_on_disk"] == ["day.csv"]
    assert result.run["counts"] == plain.counts


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("day.csv.gz", gzip.compress(as_csv(rows()).encode(), mtime=0)[:-9], "is damaged or cut off"),
        ("day.csv", as_csv(rows()).encode("utf-16"), "is binary, and no text in UTF-8"),
        ("day.csv", bytes(range(256)), "is binary, and no text"),
        ("day.csv", b"time,id\n", "has no column 'kind'"),
        ("day.csv", b"time,kind\n", "has no column 'id', which the feed profile 'ours' reads to know a record again"),
        ("day.json", as_ndjson(rows()).encode(), "an array of objects is due"),
        ("day.json", as_json(rows()).encode()[:-100], "is cut off: the array is not closed"),
        ("day.parquet", b"PAR1 and nothing else", "is not a Parquet file"),
        ("day.parquet.gz", gzip.compress(b"PAR1", mtime=0), "unpack the file"),
        ("day.csv.zst", b"\x28\xb5\x2f\xfd", "is damaged or cut off"),
        ("day.csv", b"", "is empty"),
        ("day.xlsx", b"PK", "is of no known format"),
    ],
)
def test_a_wrong_file_is_one_clear_line_and_status_2(tmp_path, capsys, name, data, message):
    (tmp_path / name).write_bytes(data)
    given = ["detect", str(tmp_path / name), "--feed", profile(tmp_path), "--out", str(tmp_path / "out"), "--quiet"]
    assert surveil(given) == 2
    said_ = capsys.readouterr().err.strip().splitlines()
    assert message in " ".join(said_)
    assert len([line for line in said_ if line.startswith(str(tmp_path))]) == 1
    assert said_[-1] == "surveil: stopped by 1 problem"
    assert not list((tmp_path / "out").iterdir())


def test_a_folder_without_files_is_one_clear_line_and_status_2(tmp_path, capsys):
    (tmp_path / "day").mkdir()
    given = ["detect", str(tmp_path / "day"), "--feed", profile(tmp_path), "--out", str(tmp_path / "out"), "--quiet"]
    assert surveil(given) == 2
    assert "is a folder without files" in capsys.readouterr().err


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("limit", "status"), [("0", 5), ("1", 0), ("1%", 5), ("2%", 0)])
def test_more_rejects_than_allowed_are_status_5_in_every_format(tmp_path, form, limit, status):
    (tmp_path / f"day.{form}").write_text(FORMATS[form](rows()), encoding="utf-8")
    given = ["--feed", profile(tmp_path), "--out", str(tmp_path / "out"), "--quiet", "--max-rejects", limit]
    found = surveil(["detect", str(tmp_path / f"day.{form}"), *given])
    assert found == status or (status == 0 and found == 4)  # 4: rules that this feed has no fields for


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_no_thread_is_left_when_a_run_is_broken_off(tmp_path, error, monkeypatch):
    (tmp_path / "day.csv").write_text(as_csv(rows()), encoding="utf-8")
    closed = []
    close = ReadAhead.close
    monkeypatch.setattr(ReadAhead, "close", lambda self: (close(self), closed.append(self._threads)))

    def break_off(_progress):
        raise error

    with pytest.raises(error):
        detect([tmp_path / "day.csv"], feed=profile(tmp_path), out=tmp_path / "out", on_progress=break_off)
    assert not any(thread.is_alive() for thread in closed[0]._threads)
    assert not list((tmp_path / "out").iterdir())
