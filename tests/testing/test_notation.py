"""The short notation: what a line becomes, that it is what a feed would have become, and what an author reads."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.errors import InputError, Location
from surveillance.events.dictionary import Dictionaries
from surveillance.events.profile import load_profile
from surveillance.events.reference import Reference
from surveillance.events.schema import ENUMS, NULL, AssetClass, Kind, Mark, OrderType, Side
from surveillance.feeds.source import open_sources
from surveillance.rules.clock import START, read_moment, show_moment
from surveillance.testing.notation import Tape, read_tape, read_tapes

MINUTE = 60_000_000_000


def one(line, **known):
    """Read a tape of one line; return its columns, codes as text, nulls left out."""
    batch, dictionaries = read_tape(line, **known)
    assert len(batch) == 1
    row = {}
    for name, column in batch.columns.items():
        value = int(column[0])
        if value in (0, NULL):
            continue
        row[name] = dictionaries[name].text(value) if name in dictionaries.columns else value
    return row | {name: array[0].as_py() for name, array in batch.texts.items() if array[0].is_valid}


def test_a_trade_says_account_instrument_side_quantity_and_price():
    row = one("+1m trade A1 IBM sell 2_000.5 @ 100.25 trader=T1 trade=X1 aggressor=taker")
    assert (row["account"], row["instrument"], row["trader"], row["trade"]) == ("A1", "IBM", "T1", "X1")
    assert (row["kind"], row["side"], row["asset_class"]) == (Kind.TRADE, Side.SELL, AssetClass.EQUITY)
    assert (row["quantity"], row["price"]) == (2_000_500_000, 100_250_000)
    assert row["notional"] == row["base_notional"] == 2_000_5 * 10_025 * 10
    assert (row["time"], row["currency"]) == (START + MINUTE, "USD")


def test_an_order_without_a_price_is_a_market_order():
    assert one("+0m order A1 IBM buy 100")["order_type"] == OrderType.MARKET
    assert one("+0m order A1 IBM buy 100 @ 5")["order_type"] == OrderType.LIMIT
    assert one("+0m order A1 IBM buy 100 @ 5 order_type=iceberg")["order_type"] == OrderType.ICEBERG


def test_the_end_of_an_order_needs_no_side_or_quantity():
    for kind in ("amend", "cancel", "reject", "expire"):
        row = one(f"+0m {kind} A1 IBM order=O1")
        assert (row["kind"], row["order"]) == (Kind[kind.upper()], "O1")
        assert "side" not in row


def test_a_revision_needs_no_more_than_its_trade_and_leaves_the_rest_to_it():
    row = one("+0m bust trade=X1")
    assert {"kind", "trade", "time"} <= set(row)
    assert not {"asset_class", "currency", "instrument"} & set(row)


def test_quotes_and_marks_are_of_no_account():
    assert one("+0m quote IBM buy 500 @ 99.95 venue=XNYS")["venue"] == "XNYS"
    row = one("+0m mark session_close venue=XNYS")
    assert (row["mark"], row["kind"]) == (Mark.SESSION_CLOSE, Kind.MARK)
    assert one("+0m mark news IBM")["instrument"] == "IBM"


def test_a_dash_says_that_it_is_not_known():
    row = one("+0m trade - IBM buy 1 @ 1 class=-")
    assert "account" not in row
    assert "asset_class" not in row


def test_money_may_be_reported_with_its_currency():
    row = one("+0m trade A1 IBM buy notional=1_000.55EUR")
    assert (row["notional"], row["currency"]) == (10_005_500, "EUR")
    assert "base_notional" not in row


def test_reference_data_fills_what_a_line_leaves_out():
    reference = Reference(
        {"A1": {"trader": "T1", "beneficial_owner": "O1"}},
        {"BUND": {"asset_class": "fixed_income", "band": "illiquid", "price_scale": "3", "currency": "EUR"}},
    )
    row = one("+0m trade A1 BUND buy 1_000_000 @ 99.5", reference=reference)
    assert (row["trader"], row["beneficial_owner"], row["currency"]) == ("T1", "O1", "EUR")
    assert (row["asset_class"], row["price"], row["notional"]) == (AssetClass.FIXED_INCOME, 99_500, 9_950_000_000)
    assert one("+0m trade A1 BUND buy 1 @ 1 class=equity", reference=reference)["asset_class"] == AssetClass.EQUITY


def test_lines_of_one_time_keep_their_order_and_comments_mean_nothing():
    batch, _ = read_tape("# first\n\n+0m trade A2 IBM buy 1 @ 1 # so\n  +0m trade A1 IBM buy 1 @ 1\n")
    assert batch.columns["account"].tolist() == [1, 2]
    assert batch.columns["position"].tolist() == [0, 1]


def test_a_tape_becomes_what_a_feed_would_have_become(tmp_path):
    """One row of every kind, through the door from a file and from the notation."""
    records = [
        {"kind": "order", "account": "A1", "instrument": "IBM", "side": "buy", "quantity": "100", "price": "5.25",
         "order": "O1", "order_type": "limit", "trader": "T1"},
        {"kind": "cancel", "account": "A1", "instrument": "IBM", "side": "buy", "quantity": "100", "order": "O1"},
        {"kind": "trade", "account": "A1", "instrument": "IBM", "side": "sell", "quantity": "7", "price": "3",
         "trade": "X1", "aggressor": "taker", "desk": "D1", "counterparty": "C1", "capacity": "client"},
    ]  # fmt: skip
    lines = [
        "+0m order A1 IBM buy 100 @ 5.25 order=O1 trader=T1",
        "+1m cancel A1 IBM buy 100 order=O1",
        "+2m trade A1 IBM sell 7 @ 3 trade=X1 aggressor=taker desk=D1 counterparty=C1 capacity=client",
    ]
    for minute, record in enumerate(records):
        record |= {"time": START + minute * MINUTE, "asset_class": "equity", "currency": "USD"}
    path = tmp_path / "events.ndjson"
    path.write_text("\n".join(map(json.dumps, records)))
    dictionaries = Dictionaries()
    (source,) = open_sources([path], load_profile("canonical"), dictionaries=dictionaries, on_reject=print)
    (expected,) = source.batches()
    batch, short = read_tape("\n".join(lines))
    assert set(batch.columns) == set(expected.columns)
    for name, column in expected.columns.items():
        if name in dictionaries.columns:
            texts = [dictionaries[name].text(code) for code in column]
            assert [short[name].text(code) for code in batch.columns[name]] == texts, name
        else:
            assert batch.columns[name].tolist() == column.tolist(), name
    assert {name: array.to_pylist() for name, array in batch.texts.items()} == {
        name: array.to_pylist() for name, array in expected.texts.items()
    }


def test_many_tapes_read_together_are_as_if_read_alone():
    texts = ["+0m trade A1 IBM buy 1 @ 1\n+1m bust trade=X", "", "+5m trade A1 IBM buy 2 @ 2 trade=X", "+1 wrong"]
    batches, problems = read_tapes([Tape(text) for text in texts], Dictionaries())
    assert [None if batch is None else len(batch) for batch in batches] == [2, 0, 1, None]
    assert [len(found) for found in problems] == [0, 0, 0, 1]
    alone, _ = read_tape(texts[2])
    for name, column in alone.columns.items():
        assert np.array_equal(batches[2].column(name), column), name


@pytest.mark.parametrize(
    ("line", "column", "message", "hint"),
    [
        ("+0m trde A1 IBM buy 1 @ 1", 5, "'trde' is not a kind", "trade"),
        ("+0m", 1, "nothing follows the time", "kinds are order"),
        ("0m trade A1 IBM buy 1 @ 1", 1, "'0m' is not a time", "+5m"),
        ("+5 trade A1 IBM buy 1 @ 1", 1, "'+5' is not a time", "+5m"),
        ("25:00 trade A1 IBM buy 1 @ 1", 1, "is not a time", "09:35:00"),
        ("+0m trade A1 IBM bye 1 @ 1", 18, "'bye' is not a side", "buy"),
        ("+0m trade A1 IBM buy 1e3 @ 1", 22, "'1e3' is not a quantity", "0.25"),
        ("+0m trade A1 IBM buy 010 @ 1", 22, "'010' is not a quantity", ""),
        ("+0m trade A1 IBM buy 1 @1", 24, "'@1' is not how", "@ 1"),
        ("+0m trade A1 IBM buy 1 @", 24, "no price follows", ""),
        ("+0m trade A1 IBM buy 1", 22, "a trade needs price", "@ PRICE"),
        ("+0m order A1 IBM", 14, "an order needs side and quantity", ""),
        ("+0m bust A1", 10, "a bust needs trade", "trade=ID"),
        ("+0m trade A1 IBM buy 1 2 @ 1", 24, "'2' is one too many", ""),
        ("+0m trade A1 trader=T IBM buy 1 @ 1", 23, "'IBM' is one too many", "then name=value"),
        ("+0m trade A1 IBM buy 1 @ 1 trade=", 28, "trade is empty", ""),
        ("+0m trade A1 IBM buy 1 @ 1 tradr=T", 28, "'tradr' is not a field", "trade"),
        ("+0m trade A1 IBM buy 1 @ 1 desk=A desk=B", 40, "desk is given twice", ""),
        ("+0m trade A1 IBM buy 1 @ 1 class=bond", 34, "'bond' is not an asset class", "fixed_income"),
        ("+0m trade A1 IBM buy 1 @ -1", 26, "price is not above 0", ""),
        ("+0m trade A1 IBM buy 0.1234567 @ 1", 22, "more decimals than the instrument's scale", ""),
        ("+0m mark opened", 10, "'opened' is not a mark", "session_open"),
    ],
)  # fmt: skip
def test_a_fault_is_told_at_its_column_with_a_way_out(line, column, message, hint):
    place = Location("rule.yaml", 10, 7)
    with pytest.raises(InputError) as error:
        read_tape(f"# a comment\n  {line}", place=place)
    (problem,) = error.value.problems
    assert message in problem.message
    assert hint in problem.hint
    assert (problem.location.line, problem.location.column) == (11, 7 + 2 + column - 1)


def test_all_faults_come_at_once_in_the_order_of_the_lines():
    with pytest.raises(InputError) as error:
        read_tape("+0m trade A1 IBM buy 1 @ -1\n+1 x\n+1m trade A1 IBM buy 1 @ 1\n+0m trade A1 IBM buy 1 @ 1")
    assert [problem.location.line for problem in error.value.problems] == [1, 2, 4]


@given(st.integers(0, 10**17))
def test_a_moment_is_read_as_it_is_shown(offset):
    assert read_moment(show_moment(START + offset)) == START + offset


PIECES = ["+0m", "+1m30s", "09:30:00", "trade", "order", "mark", "bust", "A1", "IBM", "buy", "1_000", "@", "100", "-"]
WORDS = st.sampled_from(
    [*PIECES, "trade=X", "class=fx", "=", "x=", "notional=5USD", "#", "\t", "é", "9" * 50, "multiplier=0"]
)


@settings(deadline=None)
@given(st.lists(st.lists(WORDS, max_size=9).map(" ".join), max_size=5).map("\n".join))
def test_whatever_is_written_gives_events_or_problems(text):
    try:
        batch, _ = read_tape(text)
    except InputError as error:
        assert all(problem.message and problem.location.line for problem in error.problems)  # noqa: PT017
    else:
        assert len(batch) <= len(text.splitlines())


def test_every_kind_of_event_can_be_written():
    from surveillance.testing.tape_lines import NEEDED, POSITIONAL

    many = {"deal", "flow"}  # stand for several events
    assert set(POSITIONAL) - many == set(NEEDED) - many == {kind.name.lower() for kind in ENUMS["kind"]}
