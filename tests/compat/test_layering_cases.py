"""The specification, one sentence a test: each expected row was worked out by hand."""

from __future__ import annotations

import csv
import io

import pytest
from layering_files import engine, plainly, rows

_KINDS = {"o": "ORDER_PLACED", "c": "ORDER_CANCELLED", "t": "TRADE_EXECUTED"}
_SIDES = {"b": "BUY", "s": "SELL"}


def day(*words, account="A", product="I", price="100"):
    """Return a file from words such as ``1.5:ob200``: at 1.5 s an order to buy 200; the quantity is 100 if none is."""
    lines = []
    for word in words:
        at, _, what = word.partition(":")
        what, _, cost = what.partition("@")
        seconds, _, fraction = at.partition(".")
        time = f"2025-10-26T{10 + int(seconds) // 3600:02}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}"
        time += f".{fraction}Z" if fraction else "Z"
        cells = [time, account, product, _SIDES[what[1]], cost or price, what[2:] or "100", _KINDS[what[0]]]
        lines.append(",".join(cells))
    return rows(*lines)


@pytest.fixture
def found(tmp_path):
    """Run a file; return (buy, sell, cancelled, end, alternation, change, duration, orders) a row."""

    def run(data):
        suspicious, detections, _ = engine(tmp_path, data)
        assert (suspicious, detections) == plainly(tmp_path, data)[:2]
        first, second = (
            list(csv.DictReader(io.StringIO(one.decode(), newline=""))) for one in (suspicious, detections)
        )
        return [
            (
                int(one["total_buy_qty"]), int(one["total_sell_qty"]), int(one["num_cancelled_orders"]),
                one["detected_timestamp"][11:].removesuffix("+00:00"), one["alternation_percentage"],
                one["price_change_percentage"], other["duration_seconds"],
                len(list(filter(None, other["order_timestamps"].split(";")))),
            )
            for one, other in zip(first, second, strict=True)
        ]  # fmt: skip

    return run


BUY = ("0:ob", "1:ob", "2:ob", "3:cb", "4:cb", "5:cb")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("0:ob 1:ob 2:ob 3:cb 4:cb 5:cb 6:ts40", ["300 40 3 10:00:06 6.000 3"]),
        ("0:os 10:os 10:os 14:cs 14:cs 15:cs 17:tb7", ["7 300 3 10:00:17 17.000 3"]),
        ("0:ob 1:ob 10.000001:ob 3:cb 4:cb 5:cb 6:ts", []),
        ("0:ob 1:ob 2:ob 3:cb 4:cb 7.000001:cb 8:ts", []),
        ("0:ob 1:ob 2:ob 3:cb 4:cb 5:cb 7.000001:ts", []),
        ("0:ob 1:ob 2:ob 3:cb 4:cb 5:cb 7:ts", ["300 100 3 10:00:07 7.000 3"]),
        ("0:ob 1:ob 2:ob 3:cb 4:cb 5:cb 5:ts", ["300 100 3 10:00:05 5.000 3"]),
        # A fourth cancellation within the deadline moves the last one, and with it the trade that counts.
        ("0:ob 1:ob 2:ob 3:cb 4:cb 5:cb 6:cb 5.5:ts 8:ts", ["400 200 4 10:00:08 8.000 3"]),
        # One behind the deadline does not, yet it is counted when it comes before the trade.
        ("0:ob 1:ob 2:ob 3:cb 4:cb 7:cb 7.5:cb50 8:ts", ["350 100 4 10:00:08 8.000 3"]),
        # Cancellations at the time of the first order count, wherever they stand in the file.
        ("0:cb 0:ob 1:ob 2:ob 3:cb 4:cb 5:ts", ["300 100 3 10:00:05 5.000 3"]),
        # Trades of the other side before the cancellations are in the total, those of the same side never.
        ("0:ob 0:ts7 1:ob 2:ob 3:cb 3:tb9 4:cb 5:cb 6:ts", ["300 107 3 10:00:06 6.000 3"]),
        # The first order is too early for the third; the second one is not, and takes cancellations that come later.
        ("0:ob 1:ob 2:ob 9:cb 11:ob 11:cb 12:cb 13:ts", ["300 100 3 10:00:13 12.000 3"]),
        # Orders are used up, cancellations are not.
        (
            "0:ob 1:ob 2:ob 11:ob 12:ob 13:ob 6:cb 6:cb 7:cb 8:ts 14:cb 15:cb 16:cb 17:ts",
            ["300 100 3 10:00:08 8.000 3", "300 100 3 10:00:17 6.000 3"],
        ),
        # A pattern of the other side that begins before the orders are used up is lost.
        (
            "0:ob 0.5:os 1:ob 1.5:os 2:ob 1.7:os 3:cb 3:cs 4:cb 4:cs 5:cb 5:cs 6:ts 6:tb",
            ["300 100 3 10:00:06 6.000 3"],
        ),
    ],
)
def test_layering(found, words, expected):
    rows_found = found(day(*words.split()))
    assert [" ".join(map(str, (*one[:4], *one[6:]))) for one in rows_found] == expected
    assert all(one[4:6] == ("", "") for one in rows_found)


def trades(*steps, every=60, quantity=2000):
    """Return words for trades at even times: ``b`` or ``s``, perhaps with a price."""
    return [f"{place * every}:t{step[0]}{quantity}{step[1:]}" for place, step in enumerate(steps)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (trades(*"bsbsbs"), [(6000, 6000, 0, "10:05:00", "100.00", "", "300.000", 0)]),
        (trades(*"bsbsbs", every=360), [(6000, 6000, 0, "10:30:00", "100.00", "", "1800.000", 0)]),
        (trades(*"bsbsb"), []),
        (trades(*"bbssbs"), [(6000, 6000, 0, "10:05:00", "60.00", "", "300.000", 0)]),
        (trades(*"bbsssb"), []),
        (trades(*"bsbsbs", quantity=1666), []),
        # Each start that qualifies has a row of its own, up to the same end.
        (
            trades(*"bsbsbsbs"),
            [
                (8000, 8000, 0, "10:07:00", "100.00", "", "420.000", 0),
                (6000, 8000, 0, "10:07:00", "100.00", "", "360.000", 0),
                (6000, 6000, 0, "10:07:00", "100.00", "", "300.000", 0),
            ],
        ),
        # The whole window must alternate: a part of it that would do is not looked for.
        (trades(*"bsbsbs", *"sssss"), []),
        (trades("b@100", *"sbsb", "s@101"), [(6000, 6000, 0, "10:05:00", "100.00", "1.00", "300.000", 0)]),
        (trades("b@100", *"sbsb", "s@98.5"), [(6000, 6000, 0, "10:05:00", "100.00", "1.50", "300.000", 0)]),
        # 1% by decimals is a little less by floats, and so blank.
        (trades("b@3.00", *"sbsb", "s@3.03"), [(6000, 6000, 0, "10:05:00", "100.00", "", "300.000", 0)]),
        # Beside the tape: prices and quantities that 64 bits do not hold.
        (trades("b@1", *"sbsb", "s@Infinity"), [(6000, 6000, 0, "10:05:00", "100.00", "inf", "300.000", 0)]),
        (trades("b@Infinity", *"sbsb", "s@1"), [(6000, 6000, 0, "10:05:00", "100.00", "", "300.000", 0)]),
        (trades(*"bsbsbs", quantity=10**29), [(3 * 10**29, 3 * 10**29, 0, "10:05:00", "100.00", "", "300.000", 0)]),
    ],
)
def test_wash_trading(found, words, expected):
    assert found(day(*words)) == expected


def test_neighbours_at_equal_times_are_in_the_order_of_the_file(found):
    assert len(found(day(*(f"0:t{side}2000" for side in "bsbsbs")))) == 1
    assert found(day(*(f"0:t{side}2000" for side in "bbbsss"))) == []


def ids(folder, data):
    """Return type and ids of each row that is written."""
    lines = engine(folder, data)[0].decode().splitlines()[1:]
    return [(line.split(",")[6][0], *line.split(",")[:2]) for line in lines]


def join(*files):
    """Return one file of the rows of several, in this order."""
    lines = [line for one in files for line in one.decode().splitlines()[1:]]
    return rows(*lines)


def test_groups_come_by_their_first_row_and_for_wash_trading_by_their_first_trade(tmp_path):
    layering, wash = [*BUY, "6:ts40"], [f"{100 + place}:t{side}2000" for place, side in enumerate("bsbsbs")]
    one = day("0:os", account="X")  # X appears first, with an order
    data = join(one, day(*layering, *wash, account="B"), day(*layering, *wash, account="X"))
    groups = list(dict.fromkeys(ids(tmp_path, data)))
    assert groups == [("L", "X", "I"), ("L", "B", "I"), ("W", "B", "I"), ("W", "X", "I")]


def test_a_file_need_not_be_sorted(tmp_path):
    data = join(day(*reversed(BUY), "6:ts40", account="B"), day(*BUY, "6:ts40", account="A"))
    assert ids(tmp_path, data) == [("L", "B", "I"), ("L", "A", "I")]


def test_ids_that_a_spreadsheet_would_run_are_marked(tmp_path):
    data = join(*(day(*BUY, "6:ts40", account=one, product="P+Q") for one in ("=A", "A-1", "a@b", "A\tB", "A.B")))
    assert ids(tmp_path, data) == [("L", mark, "'P+Q") for mark in ("'=A", "'A-1", "'a@b", "'A\tB", "A.B")]


def test_the_zone_of_each_row_is_printed_again(tmp_path):
    data = day(*BUY, "6:ts40").replace(b"10:00:01Z", b"15:30:01+05:30").replace(b"10:00:06Z", b"09:59:36-00:00:30")
    suspicious, detections, skipped = engine(tmp_path, data)
    assert skipped == 0
    assert b",2025-10-26T09:59:36-00:00:30,LAYERING" in suspicious
    assert b"2025-10-26T15:30:01+05:30;" in detections


def test_local_times_stay_local(tmp_path):
    suspicious, detections, _ = engine(tmp_path, day(*BUY, "6:ts40").replace(b"Z,", b","))
    assert b",2025-10-26T10:00:06,LAYERING" in suspicious
    assert b",2025-10-26T10:00:00;2025-10-26T10:00:01;" in detections


def test_times_far_away_go_beside_the_tape(tmp_path):
    for year in (b"0001", b"1600", b"9999"):
        data = day(*BUY, "6:ts40").replace(b"2025", year)
        assert engine(tmp_path, data) == plainly(tmp_path, data)
        assert year + b"-10-26T10:00:06+00:00,LAYERING" in engine(tmp_path, data)[0]
