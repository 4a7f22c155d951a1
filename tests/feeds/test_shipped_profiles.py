"""Each shipped profile with a file of a few rows."""

import datetime as dt
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from surveillance.errors import InputError
from surveillance.events.profile import load_profile


def ns(text):
    found = dt.datetime.fromisoformat(text) - dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
    return found.days * 86_400 * 10**9 + found.seconds * 10**9 + found.microseconds * 1000


TRADES = [
    {
        "trade_id": "T1001",
        "asset_class": "equity",
        "notional": 1500000,
        "currency": "USD",
        "trader_id": "TR001",
        "timestamp": 1741000000.25,
        "surveillance_required": True,
    },
    {
        "trade_id": "T1002",
        "asset_class": "FIXED_INCOME",
        "notional": 2.5,
        "currency": "EUR",
        "trader_id": "TR002",
        "timestamp": 1741000060,
        "side": "Sell",
        "isin": "XS1",
    },
    {"trade_id": "T1003", "asset_class": "art", "notional": 1, "trader_id": "TR002", "timestamp": 1741000060},
]


def test_desk_trades_are_arrays_of_objects(read):
    tape = read(json.dumps(TRADES), "desk-trades", name="desk.json")
    assert tape.list("kind") == ["trade", "trade"]
    assert tape.list("time")[0] == ns("2025-03-03T11:06:40.250+00:00")
    assert tape.list("notional") == [15_000_000_000, 25_000]
    assert tape.list("asset_class") == ["equity", "fixed_income"]
    assert tape.list("side") == [None, "sell"]
    assert tape.list("instrument") == [None, "XS1"]
    assert tape.list("trader") == ["TR001", "TR002"]
    assert tape.list("trade") == ["T1001", "T1002"]
    assert tape.reasons() == [(2, "asset_class", "unknown-value")]


LOBSTER = """34200.004241176,1,16113575,18,5853300,1
34200.025551909,1,16120456,18,5859100,-1
34200.201743,2,16113575,8,5853300,1
34201.5,4,16120456,10,5859100,-1
34201.6,5,0,100,5859050,-1
34202,3,16113575,10,5853300,1
34203,7,0,0,-1,-1
34204,6,-1,200,5855000,-1
"""
NAME = "AAPL_2012-06-21_34200000_57600000_message_10.csv"


def test_lobster_messages_have_their_date_and_ticker_in_the_name_of_the_file(read):
    tape = read(LOBSTER, "lobster", name=NAME)
    assert tape.list("kind") == ["order", "order", "cancel", "trade", "trade", "cancel", "trade"]
    assert tape.list("time")[0] == ns("2012-06-21T13:30:00.004241+00:00") + 176
    assert set(tape.list("instrument")) == {"AAPL"}
    assert tape.list("price")[0] == 5_853_300
    assert tape.list("side")[:2] == ["buy", "sell"]
    assert tape.list("aggressor") == [None, None, None, "maker", "maker", None, None]
    assert tape.list("order")[3:] == ["16120456", None, "16113575", None]
    assert tape.list("trading_day")[0] == (dt.date(2012, 6, 21) - dt.date(1970, 1, 1)).days
    assert (tape.counts["filtered"], tape.rejects) == (1, [])


def test_a_lobster_file_without_its_name_is_refused(read):
    with pytest.raises(InputError, match=r"name is not of the form .\{symbol\}_\{date\}_\*"):
        read(LOBSTER, "lobster", name="messages.csv")


def test_binance_trades_tell_the_taker_by_a_word_or_by_the_maker_flag(read):
    words = "symbol,timestamp,side,price,amount\nAPPC/BTC,1605549866174,buy,0.00000136,335\n"
    tape = read(words, "binance-trades")
    assert (tape.list("side"), tape.list("aggressor"), tape.list("currency")) == (["buy"], ["taker"], ["BTC"])
    assert tape.list("time") == [ns("2020-11-16T18:04:26.174+00:00")]
    assert tape.list("price") == [1_360_000]
    flags = (
        "id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch\n"
        "7,2,1.5,3,1605549866174,true,true\n8,2,1,2,1605549866174,False,true\n"
    )
    tape = read(flags, "binance-trades")
    assert (tape.list("side"), tape.list("trade"), tape.rejects) == (["sell", "buy"], ["7", "8"], [])


def test_binance_trades_are_read_from_parquet_with_floats_and_flags(tmp_path, read):
    table = pa.table(
        {"p": [1.36e-06, 2.0], "q": [335.0, 0.1], "T": [1605549866174] * 2, "m": [True, False], "t": [1, 2]}
    )
    pq.write_table(table, tmp_path / "trades.parquet")
    tape = read((tmp_path / "trades.parquet").read_bytes(), "binance-trades", name="again.parquet")
    assert tape.list("price") == [1_360_000, 2 * 10**12]
    assert tape.list("side") == ["sell", "buy"]


def test_every_shipped_profile_says_what_it_is_for():
    for name in ("desk-trades", "lobster", "binance-trades", "fix"):
        assert load_profile(name).title
