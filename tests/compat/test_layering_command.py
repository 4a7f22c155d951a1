"""`surveil layering-analytics` as its users meet it."""

from __future__ import annotations

import hashlib
import json

import pytest
from layering_files import HEADER, rows

from surveillance.cli.main import run
from surveillance.compat.layering import run_pipeline

LAYERING = (
    "2025-10-26T10:00:00Z,ACC1,IBM,BUY,100.00,1000,ORDER_PLACED",
    "2025-10-26T10:00:01Z,ACC1,IBM,BUY,100.00,1000,ORDER_PLACED",
    "2025-10-26T10:00:02Z,ACC1,IBM,BUY,100.00,1000,ORDER_PLACED",
    "2025-10-26T10:00:03Z,ACC1,IBM,BUY,100.00,1000,ORDER_CANCELLED",
    "2025-10-26T10:00:04Z,ACC1,IBM,BUY,100.00,1000,ORDER_CANCELLED",
    "2025-10-26T10:00:05.250Z,ACC1,IBM,BUY,100.00,1000,ORDER_CANCELLED",
    "2025-10-26T12:00:06.5+02:00,ACC1,IBM,SELL,100.00,400,TRADE_EXECUTED",
)
SUSPICIOUS = (
    b"account_id,product_id,total_buy_qty,total_sell_qty,num_cancelled_orders,detected_timestamp,detection_type,"
    b"alternation_percentage,price_change_percentage\r\n"
)
DETECTIONS = b"account_id,product_id,order_timestamps,duration_seconds\r\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(folder, data, name="input/transactions.csv"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_without_arguments_it_reads_and_writes_where_the_earlier_system_did(here, capsys):
    put(here, rows(*LAYERING))
    assert run(["layering-analytics"]) == 0
    assert (here / "output/suspicious_accounts.csv").read_bytes() == SUSPICIOUS + (
        b"ACC1,IBM,3000,400,3,2025-10-26T12:00:06.500000+02:00,LAYERING,,\r\n"
    )
    assert (here / "logs/detections.csv").read_bytes() == DETECTIONS + (
        b"ACC1,IBM,2025-10-26T10:00:00+00:00;2025-10-26T10:00:01+00:00;2025-10-26T10:00:02+00:00,6.500\r\n"
    )
    assert "7 rows: 1 layering, 0 wash trading" in capsys.readouterr().out


def test_folders_can_be_named(here):
    put(here, rows(*LAYERING), "day.csv")
    assert run(["layering-analytics", "day.csv", "a/b", "c", "--quiet"]) == 0
    assert (here / "a/b/suspicious_accounts.csv").exists()
    assert (here / "c/detections.csv").exists()


def test_a_file_with_a_header_alone_gives_files_with_headers_alone(here):
    put(here, rows())
    assert run(["layering-analytics", "--quiet"]) == 0
    assert (here / "output/suspicious_accounts.csv").read_bytes() == SUSPICIOUS
    assert (here / "logs/detections.csv").read_bytes() == DETECTIONS


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "missing-column"),
        (("\ufeff" + HEADER + "\n").encode(), "byte order mark"),
        (HEADER.replace(",", ";").encode() + b"\n", "missing-column"),
        (HEADER.upper().encode() + b"\n", "missing-column"),
        (b"\n" + HEADER.encode() + b"\n", "missing-column"),
        (rows(LAYERING[0].replace("ACC1", "ACC\u00fc")).replace(b"\xc3", b""), "UTF-8"),
        (rows(LAYERING[0], LAYERING[1].replace("Z", "")), "with and without an offset"),
        (rows('2025-10-26T10:00:00Z,"' + "x" * 200_000), "not CSV"),
    ],
)
def test_what_is_fatal_is_told_and_nothing_is_written(here, capsys, data, said):
    put(here, data)
    assert run(["layering-analytics"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("Error running pipeline: input/transactions.csv")
    assert said in told
    assert not (here / "output").exists()
    assert not list((here / "logs").glob("*"))


def test_a_file_that_is_not_there_is_fatal(here, capsys):
    assert run(["layering-analytics"]) == 1
    assert "input/transactions.csv: does not exist" in capsys.readouterr().err


def test_a_folder_is_no_file(here):
    (here / "input/transactions.csv").mkdir(parents=True)
    assert run(["layering-analytics"]) == 1


def test_skipped_rows_are_counted_told_and_listed_with_line_and_reason(here, capsys):
    bad = ["x," + LAYERING[0].partition(",")[2], "", LAYERING[0].replace("BUY", "HOLD"), "2025-10-26T10:00:00Z,ACC1"]
    put(here, rows(*LAYERING[:2], *bad, *LAYERING[2:], LAYERING[0].replace("1000", "1000.0")))
    assert run(["layering-analytics"]) == 0
    told = capsys.readouterr()
    assert "input/transactions.csv:4: skipped: 'x' is no ISO 8601 time" in told.err
    assert "4 of 11 rows skipped (1 bad-number, 1 bad-time, 1 short-record, 1 unknown-value)" in told.err
    assert "1 layering" in told.out
    rejects = [json.loads(line) for line in (here / "logs/rejects.ndjson").read_text(encoding="utf-8").splitlines()]
    assert [(one["position"], one["line"], one["field"], one["code"]) for one in rejects] == [
        (2, 4, "timestamp", "bad-time"),
        (3, 6, "side", "unknown-value"),
        (4, 7, "side", "short-record"),
        (10, 13, "quantity", "bad-number"),
    ]
    assert rejects[2]["raw"] == "2025-10-26T10:00:00Z,ACC1"
    assert rejects[0]["source"] == "transactions.csv"


def test_of_many_skipped_rows_the_first_are_told(here, capsys):
    put(here, rows(*["x"] * 500))
    assert run(["layering-analytics"]) == 0
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 11
    assert len((here / "logs/rejects.ndjson").read_bytes().splitlines()) == 500


def test_accounts_can_be_pseudonymised_with_a_salt(here, monkeypatch):
    put(here, rows(*LAYERING))
    monkeypatch.setenv("PSEUDONYMIZATION_SALT", "pepper")
    assert run(["layering-analytics", "--pseudonymise"]) == 0
    hashed = hashlib.sha256(b"pepper:ACC1").hexdigest().encode()
    assert (here / "output/suspicious_accounts.csv").read_bytes().split(b"\r\n")[1].startswith(hashed + b",IBM,")
    assert (here / "logs/detections.csv").read_bytes().split(b"\r\n")[1].startswith(hashed + b",IBM,")


def test_with_pseudonyms_rows_that_were_skipped_do_not_tell_their_accounts(here, monkeypatch, capsys):
    put(here, rows("x," + LAYERING[0].partition(",")[2], LAYERING[0].replace("2025-10-26T10:00:00Z,", "")))
    monkeypatch.setenv("PSEUDONYMIZATION_SALT", "pepper")
    assert run(["layering-analytics", "--pseudonymise"]) == 0
    told = capsys.readouterr().err + (here / "logs/rejects.ndjson").read_text(encoding="utf-8")
    assert "its timestamp cannot be used" in told
    assert "ACC1" not in told


def test_a_blank_salt_is_fatal(here, monkeypatch, capsys):
    put(here, rows(*LAYERING))
    monkeypatch.setenv("PSEUDONYMIZATION_SALT", " ")
    assert run(["layering-analytics", "--pseudonymise"]) == 1
    assert "PSEUDONYMIZATION_SALT" in capsys.readouterr().err


def test_a_run_that_fails_leaves_the_files_of_the_last_one(here):
    put(here, rows(*LAYERING))
    run(["layering-analytics", "--quiet"])
    before = (here / "output/suspicious_accounts.csv").read_bytes()
    put(here, b"nothing")
    assert run(["layering-analytics", "--quiet"]) == 1
    assert (here / "output/suspicious_accounts.csv").read_bytes() == before


def test_a_folder_that_cannot_be_made_is_told(here):
    put(here, rows(*LAYERING))
    (here / "output").write_text("a file", encoding="utf-8")
    assert run(["layering-analytics", "input/transactions.csv", "output/deeper"]) == 1


def test_python_can_run_it_and_learns_what_it_did(tmp_path):
    source = put(tmp_path, rows(*LAYERING, "x"))
    outcome = run_pipeline(str(source), tmp_path / "o", tmp_path / "l")
    assert (outcome.rows, outcome.skipped, outcome.layering, outcome.wash) == (8, 1, 1, 0)
    assert outcome.first_skipped == [(9, "'x' is no ISO 8601 time")]
