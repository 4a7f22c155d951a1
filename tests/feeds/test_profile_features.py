"""What a profile can say of a feed, each with a file of a few rows."""

import datetime as dt

import pytest

from surveillance.errors import InputError

BASE = "columns: {time: t, kind: k, quantity: q}\n"
TIME = "2025-03-03T10:00:00Z"


def ns(text):
    return int(dt.datetime.fromisoformat(text).timestamp()) * 1_000_000_000


def test_an_id_can_be_put_together_from_columns(read):
    profile = "columns: {time: t, kind: k, quantity: q, order: {template: '{venue}-{{{id}}}'}}\n"
    tape = read(f"t,k,q,venue,id\n{TIME},order,1,X,7\n{TIME},order,1,X,\n", profile)
    assert tape.list("order") == ["X-{7}", None]


def test_the_first_column_with_a_value_counts(read):
    profile = "columns: {time: {first_of: [a, b]}, kind: k, quantity: q}\n"
    tape = read(f"a,b,k,q\n,2025-03-03T10:00:01Z,order,1\n{TIME},junk,order,1\n", profile)
    assert tape.list("time") == [ns("2025-03-03T10:00:01+00:00"), ns("2025-03-03T10:00:00+00:00")]


def test_what_means_nothing_is_no_value_wherever_a_column_is_read(read):
    profile = """columns:
  time: t
  kind: {cases: [{is: cancel, where: {gone: {given: true}}}, {is: order}]}
  quantity: q
  instrument: {first_of: [isin, wkn]}
  order: {template: '{venue}-{id}'}
keep: [{state: {given: true}}]
nulls: ['-', N/A]
identity: [id]
"""
    rows = ["DONE,-,716460,X,7,-", "DONE,N/A,-,X,-,1", "DONE,US1,-,-,-,-", "-,US1,-,X,9,-"]
    tape = read("t,q,state,isin,wkn,venue,id,gone\n" + "".join(f"{TIME},1,{row}\n" for row in rows), profile)
    assert tape.list("instrument") == ["716460", None, "US1"]
    assert tape.list("order") == ["X-7", None, None]
    assert tape.list("kind") == ["order", "cancel", "order"]
    assert (tape.counts["filtered"], tape.counts["duplicates"]) == (1, 0)


def test_halves_of_a_record_have_no_value_where_it_means_nothing(read):
    profile = BASE + "sides: {buy: {account: b}, sell: {account: s}}\nnulls: ['-']\n"
    assert read(f"t,k,q,b,s\n{TIME},trade,1,-,B\n", profile).list("account") == [None, "B"]


def test_a_column_that_is_missing_is_named_as_the_file_would(read):
    profile = "columns: {time: {template: '{d} {c}'}, kind: k, quantity: q}\nnulls: ['-']\n"
    with pytest.raises(InputError, match="has no column 'c', which"):
        read("d,k,q\n1,order,1\n", profile)
    with pytest.raises(InputError, match="has no column 'id', which"):
        read(f"t,k,q\n{TIME},order,1\n", BASE + "nulls: ['-']\nidentity: [id]\n")


def test_one_of_several_columns_is_enough(read):
    profile = "columns: {time: {first_of: [a, t]}, kind: k, quantity: q}\n"
    assert len(read(f"t,k,q\n{TIME},order,1\n", profile).rows) == 1
    with pytest.raises(InputError, match="has no column 'a' and 't', which the feed profile 'ours' needs for time"):
        read(f"x,k,q\n{TIME},order,1\n", profile)


def test_kinds_are_told_by_conditions_on_several_columns(read):
    profile = """columns:
  time: t
  quantity: q
  kind:
    cases:
      - {is: trade, where: {type: [F, P], status: {not: [X]}}}
      - {is: cancel, where: {type: C, left: {given: false}}}
      - {is: order, where: {type: N}}
"""
    rows = ["F,2,", "F,X,", "C,,", "C,,5", "N,,", "P,1,"]
    tape = read("t,q,type,status,left\n" + "".join(f"{TIME},1,{row}\n" for row in rows), profile)
    assert tape.list("kind") == ["trade", "cancel", "order", "trade"]
    assert tape.reasons() == [(1, "kind", "unknown-value"), (3, "kind", "unknown-value")]


def test_rows_are_left_out_by_conditions_and_kept_by_others(read):
    profile = BASE + "skip: [{test: 'yes'}, {a: x, b: {given: true}}]\nkeep: [{venue: {not: [Z]}}, {a: only}]\n"
    rows = ["yes,,,X", ",x,1,X", ",x,,X", ",,,Z", ",only,,Z", ",,,X"]
    tape = read("t,k,q,test,a,b,venue\n" + "".join(f"{TIME},order,1,{row}\n" for row in rows), profile)
    assert tape.list("position") == [2, 4, 5]
    assert tape.counts["filtered"] == 3


def test_a_row_that_is_left_out_is_no_reject(read):
    tape = read(f"t,k,q\nnever,junk,-\n{TIME},order,1\n", BASE + "keep: [{k: order}]\n")
    assert (tape.counts["filtered"], tape.counts["rejected"]) == (1, 0)


TWO_SIDES = """columns: {time: t, kind: k, price: p, quantity: q, trade: id, side: side, account: who}
sides:
  where: {k: trade}
  buy: {account: buyer, order: buy_order, counterparty: seller}
  sell: {account: seller, order: {template: 'S{sell_order}'}, counterparty: buyer}
"""


def test_a_record_with_both_sides_of_a_trade_becomes_a_buy_and_a_sell(read):
    text = (
        "t,k,p,q,id,side,who,buyer,seller,buy_order,sell_order\n"
        f"{TIME},order,10,5,,sell,A9,,,,\n{TIME},trade,10,5,T1,,,A1,A2,7,8\n"
    )
    tape = read(text, TWO_SIDES)
    assert tape.list("side") == ["sell", "buy", "sell"]
    assert tape.list("account") == ["A9", "A1", "A2"]
    assert tape.list("counterparty") == [None, "A2", "A1"]
    assert tape.list("order") == [None, "7", "S8"]
    assert tape.list("trade") == [None, "T1", "T1"]
    assert tape.list("position") == [0, 1, 1]
    assert tape.counts == {
        "rows_read": 2, "events": 3, "rejected": 0, "filtered": 0, "added": 1, "duplicates": 0, "reasons": {},
    }  # fmt: skip


def test_a_two_sided_record_is_used_whole_or_rejected_once(read):
    text = (
        "t,k,p,q,id,side,who,buyer,seller,buy_order,sell_order\n"
        f"{TIME},trade,-1,5,T1,,,A1,A2,7,8\n{TIME},trade,1,5,T2,,,A1,A2,7,8\n"
    )
    for block_rows in (1, 1000):
        tape = read(text, TWO_SIDES, block_rows=block_rows)
        assert tape.reasons() == [(0, "price", "not-positive")]
        counts = tape.counts
        assert counts["rows_read"] + counts["added"] == counts["events"] + counts["rejected"] + counts["filtered"]
        assert (counts["rows_read"], counts["added"], counts["events"]) == (2, 1, 2)


def test_a_two_sided_record_that_is_left_out_is_counted_once(read):
    tape = read(
        f"t,k,q,b,s\n{TIME},trade,1,A,B\n", BASE + "sides: {buy: {account: b}, sell: {account: s}}\nskip: [{b: A}]\n"
    )
    assert (tape.counts["rows_read"], tape.counts["filtered"], tape.counts["added"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{taker_side: x, values: {B: buy, S: sell}}", ["taker", "maker", None]),
        ("{maker_side: x, values: {B: buy, S: sell}}", ["maker", "taker", None]),
    ],
)
def test_who_took_the_liquidity_is_told_by_a_side(read, source, expected):
    profile = f"columns: {{time: t, kind: k, quantity: q, side: side, aggressor: {source}}}\n"
    rows = "".join(f"{TIME},trade,1,buy,{text}\n" for text in ("B", "S", "", "Q"))
    tape = read("t,k,q,side,x\n" + rows, profile)
    assert tape.list("aggressor") == expected
    assert tape.reasons() == [(3, "aggressor", "unknown-value")]


def test_the_maker_flag_of_a_two_sided_trade_goes_to_its_side(read):
    profile = BASE.replace("q}", "q, aggressor: {maker_side: m, values: {'true': buy, 'false': sell}}}")
    tape = read(f"t,k,q,m,b,s\n{TIME},trade,1,true,A,B\n", profile + "sides: {buy: {account: b}, sell: {account: s}}\n")
    assert list(zip(tape.list("side"), tape.list("aggressor"), strict=True)) == [("buy", "maker"), ("sell", "taker")]


def test_a_sign_tells_the_side_and_is_left_out_of_the_quantity(read):
    profile = "columns: {time: t, kind: k, side: {sign_of: q}, quantity: {column: q, absolute: true}}\n"
    tape = read(f"t,k,q\n{TIME},trade,-5\n{TIME},trade,5\n{TIME},trade,x\n", profile)
    assert tape.list("side") == ["sell", "buy"]
    assert tape.list("quantity") == [5_000_000, 5_000_000]
    assert tape.reasons() == [(2, "quantity", "bad-number")]


def test_numbers_may_have_a_comma_and_signs_between_thousands(read):
    profile = "columns: {time: t, kind: k, quantity: q, price: p}\nnumbers: {decimal: ',', thousands: '.'}\n"
    tape = read(f"t;k;q;p\n{TIME};trade;1.000;1.234,5\n".replace(";", "\t"), profile + 'csv: {delimiter: "\\t"}\n')
    assert (tape.list("quantity"), tape.list("price")) == ([1_000_000_000], [1_234_500_000])


def test_numbers_may_count_thousands_or_parts(read):
    profile = (
        "columns: {time: t, kind: k, quantity: {column: q, multiply_by: 100}, price: {column: p, divide_by: 100}}\n"
    )
    tape = read(f"t,k,q,p\n{TIME},trade,5,250\n", profile)
    assert (tape.list("quantity"), tape.list("price")) == ([500_000_000], [2_500_000])


def test_words_for_nothing_are_nothing(read):
    profile = (
        "columns: {time: t, kind: k, quantity: q, price: p, order: {column: o, nulls: [0]}, account: a}\nnulls: [N/A]\n"
    )
    tape = read(f"t,k,q,p,o,a\n{TIME},order,1,N/A,0,N/A\n{TIME},order,1,2,10,0\n", profile)
    assert tape.list("order") == [None, "10"]
    assert tape.list("account") == [None, "0"]
    assert tape.list("price")[1] == 2_000_000


def test_other_values_may_mean_nothing_or_one_thing(read):
    profile = (
        "columns: {time: t, kind: k, quantity: q, aggressor: {column: x, values: {1: t}, otherwise: null},"
        " venue: {column: x, values: {'1': XNYS}, otherwise: XOTC}}\n"
    ).replace("{1: t}", "{'1': taker}")
    tape = read(f"t,k,q,x\n{TIME},trade,1,1\n{TIME},trade,1,2\n", profile)
    assert tape.list("aggressor") == ["taker", None]
    assert tape.list("venue") == ["XNYS", "XOTC"]


def test_a_kind_may_have_no_column_for_a_field(read):
    profile = (
        "columns: {time: t, kind: k, quantity: {column: q, by_kind: {cancel: null}},"
        " order: {column: o, by_kind: {trade: null}}}\n"
    )
    tape = read(f"t,k,q,o\n{TIME},cancel,5,1\n{TIME},trade,5,1\n", profile)
    assert tape.list("quantity")[1] == 5_000_000
    assert tape.list("quantity")[0] < 0
    assert tape.list("order") == ["1", None]


@pytest.mark.parametrize(
    ("formats", "text", "expected"),
    [
        ("'%d/%m/%Y %H:%M:%S'", "03/02/2025 10:00:00", "2025-02-03T10:00:00+00:00"),
        ("'%d-%b-%y %I:%M:%S %p'", "3-Feb-25 12:05:09 AM", "2025-02-03T00:05:09+00:00"),
        ("'%d-%b-%y %I:%M %p'", "3-FEB-25 12:05 pm", "2025-02-03T12:05:00+00:00"),
        ("'%Y%m%d-%H:%M:%S', '%Y%m%d-%H:%M:%S.%f'", "20250203-10:00:00", "2025-02-03T10:00:00+00:00"),
        ("'%Y%m%d-%H:%M:%S', '%Y%m%d-%H:%M:%S.%f'", "20250203-10:00:00.000000000", "2025-02-03T10:00:00+00:00"),
        ("'%Y%m%d%H%M%S%z'", "20250203100000+0130", "2025-02-03T08:30:00+00:00"),
        ("'%Y%m%d%H%M%S%z'", "20250203100000-01", "2025-02-03T11:00:00+00:00"),
        ("'%Y%m%d%H%M%S%z'", "20250203100000Z", "2025-02-03T10:00:00+00:00"),
    ],
)
def test_times_may_have_formats_of_their_own(read, formats, text, expected):
    profile = f"columns: {{time: {{column: t, formats: [{formats}], zone: UTC}}, kind: k, quantity: q}}\n"
    assert read(f"t,k,q\n{text},order,1\n", profile).list("time") == [ns(expected)]


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2025 10:00:00",
        "3/2/2025 24:00:00",
        "3/2/2025 10:60:00",
        "3/2/2025 10:00:00x",
        "3/2/25 10:00:00",
        "3/2/2025",
        "?",
    ],
)
def test_a_time_that_fits_no_format_is_rejected(read, text):
    profile = "columns: {time: {column: t, formats: ['%d/%m/%Y %H:%M:%S'], zone: UTC}, kind: k, quantity: q}\n"
    assert read(f"t,k,q\n{text},order,1\n", profile).reasons() == [(0, "time", "bad-time")]


def test_a_time_of_a_format_without_an_offset_needs_a_zone(read):
    profile = "columns: {time: {column: t, formats: ['%d/%m/%Y %H:%M']}, kind: k, quantity: q}\n"
    assert read("t,k,q\n3/2/2025 10:00,order,1\n", profile).reasons() == [(0, "time", "time-without-zone")]


@pytest.mark.parametrize(
    ("options", "repeated", "left_out"),
    [
        ("", "2025-10-26T00:30:00+00:00", "skipped-local-time"),
        (", repeated: second", "2025-10-26T01:30:00+00:00", "skipped-local-time"),
        (", repeated: reject", "ambiguous-local-time", "skipped-local-time"),
        (", left_out: shift", "2025-10-26T00:30:00+00:00", "2025-03-30T01:30:00+00:00"),
        (", left_out: shift, repeated: second", "2025-10-26T01:30:00+00:00", "2025-03-30T01:30:00+00:00"),
    ],
)
def test_the_profile_says_what_times_mean_where_the_clock_was_changed(read, options, repeated, left_out):
    profile = f"columns: {{time: {{column: t, zone: Europe/London{options}}}, kind: k, quantity: q}}\n"
    for text, expected in (
        ("2025-10-26T01:30:00", repeated),
        ("2025-03-30T01:30:00", left_out),
        ("2025-10-26T02:00:00", "2025-10-26T02:00:00+00:00"),
        ("2025-10-26T00:59:59", "2025-10-25T23:59:59+00:00"),
        ("2025-03-30T02:00:00", "2025-03-30T01:00:00+00:00"),
        ("2025-03-30T00:59:59", "2025-03-30T00:59:59+00:00"),
    ):
        for others in ("", "2025-01-01T00:00:00,order,1\n2025-12-31T00:00:00,order,1\n"):
            tape = read(f"t,k,q\n{text},order,1\n{others}", profile)
            found = tape.reasons()[0][2] if tape.rejects else tape.list("time")[0]
            assert found == (expected if expected.endswith("time") else ns(expected))


def test_times_of_a_day_count_from_midnight_of_a_date(read):
    profile = "columns: {time: {column: t, unit: s, day: d, zone: Europe/London}, kind: k, quantity: q}\n"
    tape = read(
        "t,d,k,q\n36000.5,2025-07-01,order,1\n36000,20250701,order,1\n1,2025-7-1,order,1\nx,2025-07-01,order,1\n",
        profile,
    )
    nine = ns("2025-07-01T09:00:00+00:00")
    assert tape.list("time") == [nine + 500_000_000, nine]
    assert tape.reasons() == [(2, "time", "bad-time"), (3, "time", "bad-time")]


def test_the_name_of_a_file_fills_columns(read):
    profile = "file: {name: '{desk}-{date}.*'}\n" + BASE.replace(
        "q}", "q, desk: desk, venue: {template: '{date}/{v}'}}"
    )
    tape = read(f"t,k,q,v\n{TIME},order,1,X\n", profile, name="rates-20250303.csv")
    assert (tape.list("desk"), tape.list("venue")) == (["rates"], ["20250303/X"])
    with pytest.raises(InputError, match=r"rates\.csv: the file's name is not of the form '\{desk\}-\{date\}\.\*'"):
        read(f"t,k,q\n{TIME},order,1\n", profile, name="rates.csv")


def test_columns_may_lie_inside_json(read):
    profile = "columns: {time: t, kind: k, quantity: body.size, account: body.who.0.id, trader: 'body.who.1.id'}\n"
    text = (
        '{"t": "TIME", "k": "order", "body": {"size": 1.50, "who": [{"id": 7}, {"id": "x"}]}}\n'
        '{"t": "TIME", "k": "order", "body": {"size": "2"}}\n'
    ).replace("TIME", TIME)
    tape = read(text, profile, name="rows.ndjson")
    assert tape.list("quantity") == [1_500_000, 2_000_000]
    assert tape.list("account") == ["7", None]
    assert tape.list("trader") == ["x", None]
    quoted = 't,k,body\nTIME,order,"{""size"": 1.5, ""who"": [{""id"": 7}]}"\nTIME,order,junk\n'.replace("TIME", TIME)
    tape = read(quoted, profile)
    assert tape.list("account") == ["7"]
    assert tape.reasons() == [(1, "quantity", "missing-value")]


def test_the_profile_may_name_the_format_of_its_files(read):
    assert len(read(f"t,k,q\n{TIME},order,1\n", "file: {format: csv}\n" + BASE, name="rows.20250303").rows) == 1
    with pytest.raises(InputError, match="an unknown format: excel"):
        read("x", "file: {format: excel}\n" + BASE)


def test_a_part_of_a_text_may_be_what_counts(read):
    profile = "columns: {time: t, kind: k, quantity: q, currency: {column: s, part: '*/{value}'}}\n"
    rows = "".join(f"{TIME},order,1,{symbol}\n" for symbol in ("AB/BTC", "AB", "", "X/Y/USD"))
    assert read("t,k,q,s\n" + rows, profile).list("currency") == ["BTC", None, None, "USD"]
    with pytest.raises(InputError, match=r"'\*/\{quote\}' has to say where \{value\} stands"):
        read(f"t,k,q,s\n{TIME},order,1,x\n", profile.replace("{value}", "{quote}"))
