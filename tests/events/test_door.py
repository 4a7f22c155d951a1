from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from surveillance.events.dictionary import Dictionaries
from surveillance.events.door import Door
from surveillance.events.enrichment import Enrichment
from surveillance.events.profile import load_profile
from surveillance.events.raw import RawBlock
from surveillance.events.reference import Reference
from surveillance.events.schema import COLUMN, NULL, AssetClass, Capacity, Kind, NotionalBasis, Side

T = "2025-10-27T09:30:00Z"
ROW = {
    "time": T,
    "kind": "trade",
    "side": "buy",
    "price": "10.5",
    "quantity": "3",
    "instrument": "IBM",
    "account": "A1",
}


class Entrance:
    """A door with everything around it."""

    def __init__(self, rows, profile="canonical", *, reference=None, fields=None, base="USD"):
        names = list(dict.fromkeys(name for row in rows for name in row))
        self.dictionaries, self.rejects = Dictionaries(), []
        self.door = Door(
            load_profile(profile) if isinstance(profile, str) else profile,
            set(names),
            source="file.csv",
            ordinal=3,
            dictionaries=self.dictionaries,
            enrichment=Enrichment(reference, self.dictionaries) if reference else None,
            base_currency=base,
            fields=fields,
            on_reject=self.rejects.append,
        )
        columns = {name: pa.array([row.get(name) for row in rows]) for name in self.door.columns}
        block = RawBlock(columns, np.arange(len(rows)), lambda row: (row + 2, f"row {row}"))
        self.batch = self.door.convert(block)

    def list(self, name):
        return self.batch.column(name).tolist()

    def texts(self, name):
        return [self.dictionaries[name].text(code) for code in self.list(name)]

    def codes(self):
        return [reject["code"] for reject in self.rejects]


def test_a_canonical_row_becomes_an_event():
    row = ROW | {"currency": "USD", "order": "o1", "trade": 7, "capacity": "client", "asset_class": "equity"}
    entrance = Entrance([row])
    assert entrance.list("time") == [1_761_557_400_000_000_000]
    assert entrance.list("source") == [3]
    assert entrance.list("kind") == [Kind.TRADE]
    assert entrance.list("side") == [Side.BUY]
    assert entrance.list("price") == [10_500_000]
    assert entrance.list("quantity") == [3_000_000]
    assert entrance.list("notional") == entrance.list("base_notional") == [315_000]
    assert entrance.list("notional_basis") == [NotionalBasis.COMPUTED]
    assert entrance.list("capacity") == [Capacity.CLIENT]
    assert entrance.list("trading_day") == [20388]
    assert entrance.texts("account") == ["A1"]
    assert entrance.batch.texts["order"].to_pylist() == ["o1"]
    assert entrance.batch.texts["trade"].to_pylist() == ["7"]
    assert entrance.dictionaries.terms.rows[entrance.list("terms")[0]] == (AssetClass.EQUITY, 0, 6, 6, 0, 10**6)


def test_columns_have_the_types_of_the_schema():
    row = ROW | {"currency": "USD", "capacity": "client", "asset_class": "equity", "band": "liquid", "notional": "1"}
    reference = Reference({"A1": {"desk": "D1"}}, {"IBM": {"venue": "XNYS", "price_scale": "2"}})
    columns = Entrance([row], reference=reference).batch.columns
    assert {name: str(column.dtype) for name, column in columns.items()} == {
        name: COLUMN[name].dtype for name in columns
    }


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"time": "noon"}, "time", "bad-time"),
        ({"time": "2025-10-27T09:30:00"}, "time", "time-without-zone"),
        ({"time": None}, "time", "missing-value"),
        ({"kind": "fill"}, "kind", "unknown-value"),
        ({"kind": None}, "kind", "missing-value"),
        ({"side": "BUY"}, "side", "unknown-value"),
        ({"price": "ten"}, "price", "bad-number"),
        ({"price": "1.0000001"}, "price", "too-many-decimals"),
        ({"price": "0"}, "price", "not-positive"),
        ({"price": "-1"}, "price", "not-positive"),
        ({"price": "99999999999999"}, "price", "out-of-range"),
        ({"quantity": "0"}, "quantity", "not-positive"),
        ({"quantity": "-1"}, "quantity", "not-positive"),
        ({"quantity": None}, "quantity", "missing-value"),
        ({"price": "9000000000000", "quantity": "9000000000000"}, "notional", "out-of-range"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_with_its_reason(change, field, code):
    entrance = Entrance([ROW, ROW | change, ROW])
    (reject,) = entrance.rejects
    assert (reject["field"], reject["code"]) == (field, code)
    assert (reject["source"], reject["position"], reject["line"], reject["raw"]) == ("file.csv", 1, 3, "row 1")
    assert entrance.list("position") == [0, 2]
    assert entrance.door.counts.as_dict() == {
        "rows_read": 3,
        "events": 2,
        "rejected": 1,
        "filtered": 0,
        "added": 0,
        "duplicates": 0,
        "reasons": {code: 1},
    }


def test_the_reason_shows_the_value():
    (reject,) = Entrance([ROW | {"price": "1O.5"}]).rejects
    assert reject["reason"] == "'1O.5' is not a number"


def test_a_row_is_rejected_once_for_the_first_thing_that_is_wrong():
    assert Entrance([ROW | {"kind": "fill", "time": "noon", "price": "x"}]).codes() == ["unknown-value"]


def test_a_cancel_needs_no_quantity_and_an_order_no_price():
    rows = [ROW | {"kind": "cancel", "quantity": None}, ROW | {"kind": "order", "price": None}]
    entrance = Entrance(rows)
    assert entrance.rejects == []
    assert entrance.list("price") == [10_500_000, NULL]
    assert entrance.list("notional") == [NULL, NULL]


def test_a_reported_notional_stands_and_is_rounded_half_even():
    entrance = Entrance([ROW | {"notional": "7.00005"}, ROW | {"notional": None}, ROW | {"notional": "1.00015"}])
    assert entrance.list("notional") == [70_000, 315_000, 10_002]
    assert entrance.list("notional_basis") == [1, 2, 1]


def test_a_trade_with_a_notional_needs_no_quantity():
    assert Entrance([ROW | {"quantity": None, "notional": "5"}]).list("notional") == [50_000]


def test_notional_depends_on_the_asset_class():
    classes = ["equity", "fixed_income", "derivative", "derivative", None]
    rows = [ROW | {"asset_class": name, "multiplier": "5" if at == 3 else None} for at, name in enumerate(classes)]
    assert Entrance(rows).list("notional") == [315_000, 3_150, 315_000, 1_575_000, 315_000]


def test_reference_data_fills_what_the_feed_leaves_null_and_no_more():
    reference = Reference(
        {"A1": {"capacity": "house", "desk": "D1", "beneficial_owner": "O1"}},
        {"IBM": {"asset_class": "derivative", "band": "illiquid", "price_scale": "2", "multiplier": "50"}},
    )
    rows = [
        ROW | {"capacity": "client", "currency": None},
        ROW | {"capacity": None, "currency": None},
        ROW | {"account": "A2", "instrument": "MSFT"},
    ]
    entrance = Entrance(rows, reference=reference)
    assert entrance.list("capacity") == [Capacity.CLIENT, Capacity.HOUSE, 0]
    assert entrance.texts("desk") == ["D1", "D1", None]
    assert entrance.texts("beneficial_owner") == ["O1", "O1", None]
    assert entrance.list("price") == [1_050, 1_050, 10_500_000]
    assert entrance.list("notional") == [15_750_000, 15_750_000, 315_000]
    terms = [entrance.dictionaries.terms.rows[code] for code in entrance.list("terms")]
    assert terms == [(3, 3, 2, 6, 0, 50 * 10**6), (3, 3, 2, 6, 0, 50 * 10**6), (0, 0, 6, 6, 0, 10**6)]


def test_money_in_another_currency_has_no_base_notional():
    entrance = Entrance([ROW | {"currency": "EUR"}, ROW | {"currency": None}, ROW | {"currency": "GBP"}], base="GBP")
    assert entrance.list("base_notional") == [NULL, NULL, 315_000]


def test_only_the_fields_asked_for_are_read_beyond_those_that_decide():
    row = ROW | {"trader": "T1", "order": "o1", "desk": "D1"}
    entrance = Entrance([row], fields={"trader"})
    assert set(entrance.door.columns) == {"time", "kind", "side", "price", "quantity", "trader"}
    assert entrance.batch.texts == {}
    assert {"desk", "order", "account"} <= entrance.door.fields_present


def test_the_field_of_a_column_that_is_not_there_is_not_present():
    entrance = Entrance([ROW])
    assert "trader" not in entrance.door.fields_present
    assert "base_notional" not in entrance.door.fields_present
    assert {"notional", "notional_basis", "terms", "trading_day"} <= entrance.door.fields_present


ABIDES = {
    "time_ns": 1_612_517_400_000_000_000,
    "event": "NEW",
    "order_id": 5,
    "account_id": "A1",
    "symbol": "ABM",
    "side": "SELL",
    "qty": 100,
    "limit_price": 10_002,
    "fill_price": None,
    "trade_id": None,
}


def test_the_abides_profile_reads_the_simulators_audit_trail():
    rows = [
        ABIDES,
        ABIDES | {"event": "ACK"},
        ABIDES | {"event": "FILL", "fill_price": 10_001.0, "trade_id": 9, "qty": 40},
        ABIDES | {"event": "CANCEL_REQ"},
        ABIDES | {"event": "CANCELLED", "qty": 60},
    ]
    entrance = Entrance(rows, "abides")
    assert entrance.list("kind") == [Kind.ORDER, Kind.TRADE, Kind.CANCEL]
    assert entrance.list("position") == [0, 2, 4]
    assert entrance.list("price") == [10_002, 10_001, 10_002]
    assert entrance.list("quantity") == [100, 40, 60]
    assert entrance.list("base_notional") == [100_020_000, 40_004_000, 60_012_000]
    assert entrance.list("time")[0] - ABIDES["time_ns"] == 5 * 3600 * 10**9
    assert entrance.texts("currency") == ["USD"] * 3
    assert entrance.batch.texts["trade"].to_pylist() == [None, "9", None]
    assert entrance.batch.texts["order"].to_pylist() == ["5"] * 3
    assert entrance.door.counts.filtered == 2


def test_two_filters_filter_by_their_own_values(tmp_path):
    path = tmp_path / "two.yaml"
    path.write_text(
        "format: 1\nname: two\ntitle: two\ncolumns: {time: time, kind: kind, quantity: quantity}\n"
        "skip: [{a: [x]}, {b: [1]}]\n",
        encoding="utf-8",
    )
    row = {"time": T, "kind": "trade", "quantity": "1", "a": "", "b": 0}
    rows = [row | {"a": "x"}, row | {"a": "1"}, row | {"b": 1}, row | {"kind": "junk", "a": "x"}, row]
    entrance = Entrance(rows, load_profile(path))
    assert entrance.list("position") == [1, 4]
    assert entrance.rejects == []
    assert entrance.door.counts.filtered == 3


def profile_of(tmp_path, text):
    path = tmp_path / "ours.yaml"
    path.write_text("format: 1\nname: ours\ntitle: ours\n" + text, encoding="utf-8")
    return load_profile(path)


def test_values_match_whatever_their_case_if_the_profile_says_so(tmp_path):
    profile = profile_of(
        tmp_path,
        "columns: {time: t, quantity: q, kind: {column: k, ignore_case: true, values: {Fill: trade}},"
        " venue: {column: v, values: {N: XNYS}}}\n",
    )
    row = {"t": T, "q": "1", "v": "N"}
    rows = [row | {"k": "FILL"}, row | {"k": "fill"}, row | {"k": "fil"}, row | {"k": "Fill", "v": "Q"}]
    entrance = Entrance(rows, profile)
    assert entrance.list("kind") == [Kind.TRADE] * 2
    assert entrance.texts("venue") == ["XNYS"] * 2
    assert [reject["field"] for reject in entrance.rejects] == ["kind", "venue"]


def test_prices_may_be_negative_if_the_profile_says_so(tmp_path):
    profile = profile_of(
        tmp_path,
        "columns: {time: t, kind: k, price: p, quantity: q}\nallow_negative_price: true\nscales: {price: 2}\n",
    )
    rows = [{"t": T, "k": "trade", "p": price, "q": 2} for price in ("-1.25", "0", "1.25")]
    entrance = Entrance(rows, profile)
    assert entrance.list("price") == [-125, 0, 125]
    assert entrance.list("notional") == [25_000, 0, 25_000]


def test_a_field_is_null_for_the_kinds_whose_column_is_missing():
    entrance = Entrance([{name: value for name, value in ABIDES.items() if name != "fill_price"}] * 2, "abides")
    assert entrance.list("price") == [10_002, 10_002]
    filled = {name: value for name, value in ABIDES.items() if name != "fill_price"} | {"event": "FILL"}
    assert Entrance([filled], "abides").list("price") == [NULL]


def test_what_is_rejected_does_not_depend_on_the_fields_asked_for():
    changes = [{}, {"price": "x"}, {"side": "b"}, {"currency": "USD", "notional": "-1"}, {"time": "x"}, {"kind": "x"}]
    rows = [ROW | change for change in changes]
    everything, little = Entrance(rows), Entrance(rows, fields=set())
    assert little.rejects == everything.rejects
    assert len(little.rejects) == 5


def test_a_multiplier_that_nobody_knows_leaves_the_notional_of_derivatives_null(tmp_path):
    profile = profile_of(
        tmp_path, "columns: {time: time, kind: kind, price: price, quantity: quantity, asset_class: asset_class}\n"
    )
    rows = [ROW | {"asset_class": "derivative"}, ROW | {"asset_class": "equity"}]
    assert Entrance(rows, profile).list("notional") == [NULL, 315_000]


def test_text_that_is_not_utf8_is_rejected_wherever_it_stands():
    entrance = Entrance([ROW, ROW])
    columns = {name: pa.array([ROW[name]] * 2) for name in ROW}
    columns["account"] = pa.array([b"\xff", b"A1"], pa.binary())
    entrance.door.convert(RawBlock(columns, np.arange(2), lambda _: (0, "")))
    assert entrance.codes() == ["bad-utf8"]


def test_ids_that_are_not_utf8_are_rejected():
    row = ROW | {"order": "o"}
    entrance = Entrance([row])
    columns = {name: pa.array([row[name]] * 2) for name in row}
    columns["order"] = pa.array([b"o1", b"\xff"], pa.binary())
    batch = entrance.door.convert(RawBlock(columns, np.arange(2), lambda _: (0, "")))
    assert entrance.codes() == ["bad-utf8"]
    assert batch.texts["order"].to_pylist() == ["o1"]


@pytest.mark.parametrize(
    "account",
    [
        pa.array([7, None, 7]),
        pa.array([7.0, None, 7.0]),
        pa.array([7.0, float("nan"), 7.0], pa.float32()),
        pa.array(["7", None, "7"]).dictionary_encode(),
        pa.array(["7", "", "7"], pa.large_string()),
        pa.array(["x", "7", None, "7"]).slice(1),
        pa.array(["x", "7", None, "7"]).dictionary_encode().slice(1),
    ],
    ids=str,
)
def test_codes_are_made_of_texts_and_numbers_alike(account):
    entrance = Entrance([ROW])
    columns = {name: pa.array([ROW[name]] * 3) for name in ROW} | {"account": account}
    batch = entrance.door.convert(RawBlock(columns, np.arange(3), lambda _: (0, "")))
    codes = batch.columns["account"].tolist()
    assert [entrance.dictionaries["account"].text(code) for code in codes] == ["7", None, "7"]
