"""A guessed profile is a profile, and it reads the file that it was guessed from."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fix_messages import ORDER, message
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.documents.yaml import parse_yaml
from surveillance.errors import InputError
from surveillance.events.profile_build import profile_of
from surveillance.feeds.content import StoredFile
from surveillance.feeds.guess_values import decimals_of, number_signs, time_of
from surveillance.feeds.guess_words import kind_of, plain, rank
from surveillance.feeds.guessing import guess_profile, quoted


@pytest.fixture
def guess(tmp_path):
    def guesses(content, name="rows.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        proposal = guess_profile(StoredFile(path))
        document, problems = parse_yaml(proposal.text.encode(), "guessed.yaml")
        assert problems == []
        profile_of(proposal.text.encode(), "guessed.yaml")
        return proposal, document.value

    return guesses


def csv(header, *rows):
    return "\n".join([header, *rows]) + "\n"


def test_an_ordinary_order_file_is_understood_whole(guess):
    proposal, value = guess(
        csv(
            "EventTime,EventType,OrderId,ClientAccount,Ticker,BuySell,Qty,LimitPrice,Ccy,Remark",
            "2025-03-03T10:00:00.5Z,New,o1,A1,IBM,B,100,10.50,USD,x",
            "2025-03-03T10:00:01Z,Cancelled,o1,A1,IBM,B,100,10.50,USD,",
            "2025-03-03T10:00:02Z,Partial Fill,o2,A2,IBM,S,10,10.25,USD,",
            "2025-03-03T10:00:03Z,Cancel Request,o2,A2,IBM,S,10,10.25,USD,",
        )
    )
    columns = value["columns"]
    assert columns["kind"]["values"] == {"New": "order", "Cancelled": "cancel", "Partial Fill": "trade"}
    assert columns["side"]["values"] == {"B": "buy", "S": "sell"}
    assert (columns["order"], columns["account"], columns["instrument"]) == ("OrderId", "ClientAccount", "Ticker")
    assert (columns["price"], columns["quantity"], columns["currency"]) == ("LimitPrice", "Qty", "Ccy")
    assert value["skip"] == [{"EventType": ["Cancel Request"]}]
    assert proposal.trial.counts["events"] == 3
    assert proposal.trial.counts["filtered"] == 1
    assert "# Not used: Remark" in proposal.text


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (["1741000000", "1741000001.5"], {"unit": "s"}),
        (["1741000000000"], {"unit": "ms"}),
        (["1741000000000000"], {"unit": "us"}),
        (["1741000000000000000"], {"unit": "ns"}),
        (["2025-03-03T10:00:00+01:00"], {}),
        (["2025-03-03 10:00:00.25"], {"zone": "UTC"}),
        (["03/13/2025 10:00:00"], {"formats": ["%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S.%f"], "zone": "UTC"}),
        (["13.03.2025 10:00"], {"formats": ["%d.%m.%Y %H:%M"], "zone": "UTC"}),
        (["20250303-10:00:00.123"], {"formats": ["%Y%m%d-%H:%M:%S", "%Y%m%d-%H:%M:%S.%f"], "zone": "UTC"}),
        (["3-Mar-25 10:00:00 AM"], {"formats": ["%d-%b-%y %I:%M:%S %p", "%d-%b-%y %I:%M:%S.%f %p"], "zone": "UTC"}),
    ],
)
def test_times_of_many_forms_are_read(guess, times, expected):
    assert time_of(times).options == expected
    proposal, _ = guess(csv("ts,price,qty", *(f"{time},1,1" for time in times)))
    assert proposal.trial.counts["events"] == len(times)


def test_a_date_that_may_be_read_in_two_ways_says_so(guess):
    proposal, _ = guess(csv("ts,price,qty", "03/04/2025 10:00:00,1,1"))
    assert "%m/%d/%Y %H:%M:%S reads all of it as well" in proposal.text


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("date,time,price,qty", "2025-03-03,10:00:00.5,1,1"),
        ("Trade Date,Time,price,qty", "03.03.2025,10:00:00,1,1"),
        ("date,seconds,price,qty", "2025-03-03,36000.5,1,1"),
    ],
)
def test_dates_and_times_of_the_day_may_stand_apart(guess, header, row):
    proposal, _ = guess(csv(header, row))
    assert proposal.trial.events[0]["time"].startswith("2025-03-03T10:00:00")


@pytest.mark.parametrize(
    ("text", "csv_options"),
    [
        ("ts;price;qty\n2025-03-03T10:00:00Z;1,5;1.000\n", {"delimiter": ";"}),
        ("ts\tprice\tqty\n2025-03-03T10:00:00Z\t1.5\t1000\n", {"delimiter": "\t"}),
        ("ts|price|qty\n2025-03-03T10:00:00Z|1.5|1000\n", {"delimiter": "|"}),
    ],
)
def test_delimiters_and_signs_in_numbers_are_found(guess, text, csv_options):
    proposal, value = guess(text, "rows.txt")
    assert value["csv"] == csv_options
    assert value["file"] == {"format": "csv"}
    assert proposal.trial.events[0]["price"] == "1.5"
    assert proposal.trial.events[0]["quantity"] == "1000"


def test_a_file_without_a_header_gets_names_to_be_replaced(guess):
    proposal, value = guess(csv("2025-03-03T10:00:00Z,IBM,5", "2025-03-03T10:00:01Z,IBM,6"))
    assert value["csv"]["header"] == ["c1", "c2", "c3"]
    assert value["columns"]["time"] == "c1"
    assert "give the columns their names" in proposal.text


def test_other_encodings_are_found(guess):
    text = "ts,price,qty,desk\n" + "2025-03-03T10:00:00Z,1,1,Zürich\n" * 2
    for encoding in ("cp1252", "utf-16"):
        proposal, value = guess(text.encode(encoding))
        assert value["file"] == {"encoding": encoding}
        assert proposal.trial.events[0]["desk"] == "Zürich"


def test_nested_json_is_looked_into(guess):
    row = {"ts": 1741000000000, "order": {"id": "o1", "side": "BUY"}, "px": 1.5, "qty": 3, "type": "NEW"}
    for name, text in (("rows.ndjson", json.dumps(row) + "\n"), ("rows.json", json.dumps([row]))):
        proposal, value = guess(text, name)
        assert value["columns"]["side"]["column"] == "order.side"
        assert proposal.trial.events[0]["side"] == "buy"
        assert proposal.trial.counts["rejected"] == 0


def test_orders_and_fills_in_nested_json_are_told_apart(guess):
    rows = [
        {"head": {"at": 1741000000000}, "msg": {"type": "NEW", "order": {"clOrdID": "o1", "qty": 9, "limitPx": 1.5}}},
        {
            "head": {"at": 1741000000001},
            "msg": {"type": "FILL", "order": {"clOrdID": "o1"}, "fill": {"px": 2, "qty": 3}},
        },
    ]
    proposal, value = guess("".join(json.dumps(row) + "\n" for row in rows), "rows.ndjson")
    assert value["columns"]["price"] == {"column": "msg.order.limitPx", "by_kind": {"trade": "msg.fill.px"}}
    assert value["columns"]["order"] == "msg.order.clOrdID"
    assert [event["quantity"] for event in proposal.trial.events] == ["9", "3"]
    assert proposal.trial.unused == []


def test_dirt_does_not_hide_what_a_column_is(guess):
    good, bad = "1741000000,NEW,BUY,1.5,100", "noon,SOLD?,UP,free,many"
    proposal, value = guess(csv("ts,event,side,price,qty", good, good, bad))
    assert {"time", "side", "price", "quantity"} <= set(value["columns"])
    assert (proposal.trial.counts["events"], value["skip"]) == (2, [{"event": ["SOLD?"]}])


def test_the_side_that_a_file_does_not_have_is_added(guess):
    proposal, value = guess(csv("ts,side,price,qty", "1741000000,Buy,1.5,100"))
    assert value["columns"]["side"]["values"] == {"Buy": "buy", "Sell": "sell"}
    assert "Sell was not seen" in proposal.text


def test_words_that_come_late_in_a_file_are_found(guess):
    rows = [f"{1741000000 + number},NEW,1.5,100" for number in range(12_000)]
    proposal, value = guess(csv("ts,event,price,qty", *rows, "1741900000,EXPIRED,1.5,100"))
    assert value["columns"]["kind"]["values"] == {"NEW": "order", "EXPIRED": "expire"}
    assert proposal.trial.counts["events"] == 12_001


def test_an_acknowledgement_counts_where_nothing_else_says_that_it_happened(guess):
    _, value = guess(csv("ts,event,price,qty", "1741000000,NEW,1,1", "1741000001,CANCEL_ACK,1,1"))
    assert value["columns"]["kind"]["values"] == {"NEW": "order", "CANCEL_ACK": "cancel"}
    _, value = guess(csv("ts,event,price,qty", "1741000001,CANCEL_ACK,1,1", "1741000000,CANCELLED,1,1"))
    assert value["skip"] == [{"event": ["CANCEL_ACK"]}]


def test_both_sides_in_one_record_are_found(guess):
    proposal, value = guess(csv("ts,price,qty,buyer,seller,buy_order_id,sell_order_id", "1741000000,1,1,A,B,1,2"))
    assert value["sides"]["buy"] == {"account": "buyer", "order": "buy_order_id", "counterparty": "seller"}
    assert [event["account"] for event in proposal.trial.events] == ["A", "B"]


def test_signs_flags_cents_and_words_for_nothing_are_found(guess):
    _, value = guess(csv("ts,price,qty", "1741000000,1,-5", "1741000000,1,5"))
    assert value["columns"]["side"] == {"sign_of": "qty"}
    assert value["columns"]["quantity"] == {"column": "qty", "absolute": True}
    proposal, _ = guess(csv("time,price,qty,isBuyerMaker", "1741000000000,1,5,true", "1741000000000,1,5,false"))
    assert [event["side"] for event in proposal.trial.events] == ["sell", "buy"]
    _, value = guess(csv("time,price,qty,isBuyerMaker", "1741000000000,1,5,True"))
    assert value["columns"]["side"]["values"] == {"true": "sell", "false": "buy"}
    assert value["columns"]["side"]["ignore_case"] is True
    proposal, value = guess(csv("ts,price_cents,qty,account", "1741000000,150,5,NULL"))
    assert value["nulls"] == ["NULL"]
    assert proposal.trial.events[0]["price"] == "1.5"
    assert "account" not in proposal.trial.events[0]


def test_prices_of_fills_are_found_beside_limits(guess):
    rows = ["1741000000,NEW,1.5,,5", "1741000001,FILL,,1.4,5"]
    proposal, value = guess(csv("ts,event,limit_price,fill_price,qty", *rows))
    assert value["columns"]["price"] == {"column": "limit_price", "by_kind": {"trade": "fill_price"}}
    assert [event["price"] for event in proposal.trial.events] == ["1.5", "1.4"]


def test_pairs_of_coins_tell_the_currency(guess):
    proposal, _ = guess(csv("ts,symbol,side,price,amount", "1741000000000,BTC/USDT,buy,0.00000136,1"))
    assert (proposal.trial.events[0]["currency"], proposal.trial.events[0]["price"]) == ("USDT", "0.00000136")


def test_parquet_with_timestamps_is_read_as_it_is(guess, tmp_path):
    table = pa.table({"created_at": pa.array([1741000000], pa.timestamp("s", "UTC")), "price": [1.5], "size": [3]})
    pq.write_table(table, tmp_path / "made.parquet")
    proposal, value = guess((tmp_path / "made.parquet").read_bytes(), "rows.parquet")
    assert value["columns"]["time"] == "created_at"
    assert proposal.trial.counts["events"] == 1


def test_a_shipped_profile_that_reads_the_file_is_named(guess):
    header = "timestamp,account_id,product_id,side,price,quantity,event_type"
    proposal, _ = guess(csv(header, "2025-03-03T10:00:00Z,A1,IBM,BUY,10.50,100,ORDER_PLACED"))
    assert proposal.alike == ["transactions"]
    name = "AAPL_2012-06-21_34200000_57600000_message_10.csv"
    proposal, _ = guess("34200.004241176,1,16113575,18,5853300,1\n", name)
    assert proposal.alike == ["lobster"]
    proposal, value = guess(message(ORDER), "orders.log")
    assert (proposal.alike, value["name"]) == (["fix"], "fix")


def test_a_file_without_times_is_an_error(guess):
    with pytest.raises(InputError, match="no column that looks like times"):
        guess(csv("a,b", "x,y"))


@given(st.lists(st.lists(st.text(max_size=12), min_size=3, max_size=3), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_whatever_a_file_holds_the_guess_is_a_profile_or_an_error(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("guess") / "rows.ndjson"
    names = ["ts", "event", 'a "b": {c}']
    records = [dict(zip(names, ["2025-03-03T10:00:00Z", *row[1:]], strict=True)) for row in rows]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    proposal = guess_profile(StoredFile(path))
    assert parse_yaml(proposal.text.encode(), "x")[1] == []
    assert proposal.trial.counts["rows_read"] == len(rows)


@given(st.text())
def test_a_quoted_text_is_read_as_itself(text):
    document, problems = parse_yaml(f"a: [{quoted(text)}]".encode("utf-8", "surrogatepass"), "x")
    hidden = any(problem.code == "yaml-hidden" for problem in problems)
    assert hidden or (problems == [] and document.value == {"a": [text]})


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("ORDER_CANCELLED", "cancel"), ("TRADE_EXECUTED", "trade"), ("order placed", "order"), ("CancelReq", ""),
        ("TradeCancel", "bust"), ("Filled", "trade"), ("D", "cancel"), ("blah", None), ("CANCEL_REJECTED", ""),
    ],
)  # fmt: skip
def test_words_for_kinds_are_understood(value, kind):
    assert kind_of(value) == kind


def test_names_of_columns_are_compared_by_their_words():
    assert plain("clOrdID") == "cl_ord_id"
    assert rank("order", "ClOrdID") is not None
    assert rank("account", "body.account_id") is not None
    assert rank("price", "btc_volume") is None


def test_numbers_are_known_by_their_writing():
    assert number_signs(["1,234.50", "7"]) == {"thousands": ","}
    assert number_signs(["1.234,50", "7,5"]) == {"decimal": ",", "thousands": "."}
    assert number_signs(["1.5", "1e-6"]) == {}
    assert number_signs(["x"]) is None
    assert decimals_of(["1.50", "0.00000136", "1e-6", "1.5e-3"]) == 8
