"""Reference data that changes: each event is told what held at its time, and nothing that held before or after."""

from __future__ import annotations

from datetime import date, datetime, timezone

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.errors import InputError
from surveillance.events.dictionary import Dictionaries, Dictionary
from surveillance.events.door import Door
from surveillance.events.enrichment import Enrichment
from surveillance.events.profile import load_profile
from surveillance.events.raw import RawBlock
from surveillance.events.reference import Record, Reference, read_reference
from surveillance.events.register import Register
from surveillance.events.tally import unknown_record

DAY = 86_400_000_000_000
MARCH = (date(2026, 3, 1) - date(1970, 1, 1)).days * DAY


def folder(tmp_path, **files):
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


class Entrance:
    """Trades through a door with reference data."""

    def __init__(self, reference, *rows, fields=None):
        event = {"kind": "trade", "side": "buy", "price": "10", "quantity": "3", "instrument": "IBM", "account": "A1"}
        events = [{"time": MARCH} | event | row for row in rows]
        names = list(dict.fromkeys(name for row in events for name in row))
        self.dictionaries = Dictionaries()
        self.door = Door(
            load_profile("canonical"),
            set(names),
            source="events",
            ordinal=0,
            dictionaries=self.dictionaries,
            enrichment=Enrichment(reference, self.dictionaries, "canonical"),
            base_currency="USD",
            fields=fields,
            on_reject=lambda _: None,
        )
        columns = {name: pa.array([row.get(name) for row in events]) for name in self.door.columns}
        self.batch = self.door.convert(RawBlock(columns, np.arange(len(events)), lambda row: (row + 1, "")))

    def texts(self, name):
        return [self.dictionaries[name].text(code) for code in self.batch.column(name).tolist()]

    @property
    def unknown(self):
        return unknown_record([self.door.tally], self.dictionaries)


def at(*times):
    return [{"time": time} for time in times]


def test_an_event_is_told_what_held_at_its_time(tmp_path):
    accounts = (
        "account_id,desk,valid_from,valid_to\nA1,D2,2026-03-02,2026-03-03T12:00:00Z\nA1,D1,,2026-03-02\nA2,D9,,\n"
    )
    reference = read_reference(folder(tmp_path, accounts=accounts))
    noon = MARCH + 2 * DAY + DAY // 2
    entrance = Entrance(reference, *at(0, MARCH + DAY - 1, MARCH + DAY, noon - 1, noon), {"account": "A2"})
    assert entrance.texts("desk") == ["D1", "D1", "D2", "D2", None, "D9"]
    assert entrance.unknown["account"] == {"count": 1, "distinct": 1, "examples": ["A1"]}


def test_between_two_records_nothing_is_known(tmp_path):
    accounts = "account_id,desk,valid_from,valid_to\nA1,D1,,2026-03-02\nA1,D2,2026-03-04,\n"
    entrance = Entrance(
        read_reference(folder(tmp_path, accounts=accounts)), *at(MARCH, MARCH + 2 * DAY, MARCH + 3 * DAY)
    )
    assert entrance.texts("desk") == ["D1", None, "D2"]


def test_days_that_stand_for_ever_are_read(tmp_path):
    accounts = "account_id,desk,valid_from,valid_to\nA1,D1,0001-01-01,9999-12-31\n"
    accounts += "A2,D2,1000-01-01T00:00:00,9999-12-31 23:59:59Z\n"
    reference = read_reference(folder(tmp_path, accounts=accounts))
    assert set(reference.accounts) == {"A1", "A2"}
    assert Entrance(reference, {}, {"account": "A2"}).texts("desk") == ["D1", "D2"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01", MARCH),
        ("2026-03-01T00:00:01", MARCH + 10**9),
        ("2026-03-01 00:00:00.000000001Z", MARCH + 1),
        ("2026-03-01T01:00:00+02:00", MARCH - DAY // 24),
    ],
)
def test_days_and_times_are_utc(tmp_path, text, moment):
    reference = read_reference(folder(tmp_path, accounts=f"account_id,desk,valid_from\nA1,D1,{text}\n"))
    assert Entrance(reference, *at(moment - 1, moment)).texts("desk") == [None, "D1"]


def test_traders_and_owners_are_looked_up_as_well(tmp_path):
    reference = read_reference(
        folder(
            tmp_path,
            accounts="account_id,trader,beneficial_owner,desk\nA1,T1,O1,\nA2,T1,O2,D7\nA3,T2,O9,\n",
            traders="trader,desk\nT1,D1\n",
            owners="beneficial_owner,linked_group\nO1,G1\nO2,\n",
            desks="desk\nD1\n",
        )
    )
    entrance = Entrance(reference, {"account": "A1"}, {"account": "A2"}, {"account": "A3"}, {"account": "A4"})
    assert entrance.texts("trader") == ["T1", "T1", "T2", None]
    assert entrance.texts("desk") == ["D1", "D7", None, None]
    assert entrance.texts("beneficial_owner") == ["G1", "O2", "O9", None]
    assert {name: one["examples"] for name, one in entrance.unknown.items()} == {
        "account": ["A4"],
        "trader": ["T2"],
        "beneficial_owner": ["O9"],
        "desk": ["D7"],
    }


def test_owners_of_one_linked_group_are_one_owner_wherever_the_link_is_known(tmp_path):
    reference = read_reference(
        folder(
            tmp_path,
            accounts="account_id,beneficial_owner,linked_group\nA1,O1,\nA2,,G1\nA3,O1,G3\n",
            owners="beneficial_owner,linked_group,valid_from\nO1,G1,2026-03-01\n",
        )
    )
    given = [{"account": "A1"}, {"account": "A2"}, {"account": "A3"}, {"account": "A9", "beneficial_owner": "O1"}]
    rows = [*given, {"account": "A1", "time": MARCH - 1}]
    entrance = Entrance(reference, *rows)
    assert entrance.texts("beneficial_owner") == ["G1", "G1", "G3", "G1", "O1"]
    assert entrance.texts("linked_owner") == ["O1", None, "O1", "O1", None]  # whose places the groups took


def test_groups_can_have_a_table_of_their_own_with_a_line_for_each_member(tmp_path):
    reference = read_reference(
        folder(
            tmp_path,
            accounts="account_id,beneficial_owner,linked_group\nA1,O1,\nA2,O2,G2\nA3,O3,\nA4,O4,\n",
            linked_groups="linked_group,account_id,beneficial_owner,valid_to\nG1,A1,,2026-03-02\nG1,A2,,\nG3,,O3,\n",
        )
    )
    rows = [{"account": f"A{number}"} for number in (1, 2, 3, 4)] + [{"account": "A1", "time": MARCH + DAY}]
    entrance = Entrance(reference, *rows)
    assert entrance.texts("beneficial_owner") == ["G1", "G2", "G3", "O4", "O1"]
    assert entrance.texts("linked_owner") == ["O1", "O2", "O3", None, None]
    (tmp_path / "alone").mkdir()
    alone = read_reference(folder(tmp_path / "alone", linked_groups="linked_group,account_id\nG1,A1\n"))
    only = Entrance(alone, {"account": "A1"}, {"account": "A2"}, fields={"beneficial_owner"})
    assert only.texts("beneficial_owner") == ["G1", None]
    assert "beneficial_owner" in only.door.fields_present


def test_a_group_with_the_id_of_an_owner_who_is_not_in_it_is_an_error(tmp_path):
    accounts = "account_id,beneficial_owner,linked_group\nA1,SMITH,\nA2,JONES,SMITH\n"
    with pytest.raises(
        InputError, match=r"accounts.csv:3: linked group 'SMITH' has the id of a beneficial owner who is"
    ):
        read_reference(folder(tmp_path, accounts=accounts))
    owners = "beneficial_owner,linked_group\nSMITH,SMITH\nJONES,SMITH\n"
    reference = read_reference(folder(tmp_path, accounts=accounts, owners=owners))
    entrance = Entrance(reference, {"account": "A1"}, {"account": "A2"})
    assert entrance.texts("beneficial_owner") == ["SMITH", "SMITH"]
    assert entrance.texts("linked_owner") == ["SMITH", "JONES"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("G1,A1,O1\n", r"csv:2: needs either account_id or beneficial_owner, and has both"),
        ("G1,,\n", "and has neither"),
        ("G1,A1,\nG2,A1,\n", r"csv:3: account_id 'A1' is there twice, first in line 2"),
    ],
)
def test_a_member_is_one_account_or_owner_in_one_group_at_a_time(tmp_path, lines, message):
    with pytest.raises(InputError, match=message):
        read_reference(folder(tmp_path, linked_groups="linked_group,account_id,beneficial_owner\n" + lines))


def test_identifiers_of_a_feed_become_the_instrument_that_they_meant_at_the_time(tmp_path):
    reference = read_reference(
        folder(
            tmp_path,
            instruments="instrument,venue\nUS1,XNYS\nUS2,XNAS\nUS3,ARCX\n",
            identifiers=(
                "feed,identifier,instrument,valid_from,valid_to\n"
                ",ABC,US1,,2026-03-02\n,ABC,US2,2026-03-02,\n"
                "canonical,XYZ,US3,,\n,XYZ,US1,,\nother,QQQ,US1,,\n"
            ),
        )
    )
    rows = [{"instrument": "ABC"}, {"instrument": "ABC", "time": MARCH + DAY}]
    rows += [{"instrument": name} for name in ("XYZ", "QQQ", "US3")]
    entrance = Entrance(reference, *rows)
    assert entrance.texts("instrument") == ["US1", "US2", "US3", "QQQ", "US3"]
    assert entrance.texts("venue") == ["XNYS", "XNAS", "ARCX", None, "ARCX"]
    assert entrance.unknown == {"instrument": {"count": 1, "distinct": 1, "examples": ["QQQ"]}}


def test_the_scales_of_an_instrument_hold_even_when_nothing_else_does(tmp_path):
    instruments = "instrument,price_scale,venue,valid_from\nIBM,2,XNYS,2026-03-01\n"
    entrance = Entrance(read_reference(folder(tmp_path, instruments=instruments)), *at(MARCH - 1, MARCH))
    assert entrance.batch.columns["price"].tolist() == [1000, 1000]
    assert entrance.texts("venue") == [None, "XNYS"]


def test_the_most_frequent_unknown_ids_are_named(tmp_path):
    reference = read_reference(folder(tmp_path, accounts="account_id\nA1\n"))
    rows = [{"account": f"B{number:02}"} for number in range(30) for _ in range(number // 10)]
    entrance = Entrance(reference, *rows, {"account": None}, {"account": "ZZ", "quantity": "x"})
    assert entrance.unknown == {
        "account": {"count": 30, "distinct": 20, "examples": [f"B{number}" for number in range(20, 30)]}
    }


def test_only_what_is_read_is_looked_up(tmp_path):
    reference = read_reference(folder(tmp_path, accounts="account_id,trader\nA1,T1\n", traders="trader,desk\nT1,D1\n"))
    entrance = Entrance(reference, {}, fields=set())
    assert entrance.unknown == {}
    assert {"trader", "desk"} <= entrance.door.fields_present
    entrance = Entrance(reference, {}, fields={"desk"})
    assert entrance.texts("desk") == ["D1"]


def test_what_hangs_on_an_id_that_the_feed_does_not_have_is_not_there(tmp_path):
    reference = read_reference(folder(tmp_path, traders="trader,desk\nT1,D1\n"))
    assert "desk" not in Entrance(reference, {}).door.fields_present
    assert "desk" in Entrance(reference, {"trader": "T1"}).door.fields_present


def test_parquet_says_the_same_as_csv(tmp_path):
    text, binary = tmp_path / "text", tmp_path / "binary"
    text.mkdir()
    binary.mkdir()
    folder(
        text,
        accounts="account_id,desk,valid_from,valid_to\nA1,D1,2026-03-01,\nA2,,,2026-03-02T12:00:00Z\n",
        instruments="instrument,multiplier,price_scale\nFUT,12.5,2\n",
    )
    until = pa.array([None, datetime(2026, 3, 2, 12, tzinfo=timezone.utc)], pa.timestamp("us", "UTC"))
    since = pa.array([date(2026, 3, 1), None])
    accounts = {"account_id": ["A1", "A2"], "desk": pa.array(["D1", None]).dictionary_encode()}
    pq.write_table(pa.table(accounts | {"valid_from": since, "valid_to": until}), binary / "accounts.parquet")
    futures = pa.table({"instrument": ["FUT"], "multiplier": [12.5], "price_scale": pa.array([2], pa.int8())})
    pq.write_table(futures, binary / "instruments.parquet")
    one, other = read_reference(text), read_reference(binary)
    assert one.histories == other.histories
    assert one.instruments == other.instruments == {"FUT": {"multiplier": "12.5", "price_scale": "2"}}


@given(
    st.lists(st.integers(0, 30), unique=True, min_size=1).map(sorted),
    st.lists(st.booleans(), min_size=30, max_size=30),
    st.lists(st.tuples(st.sampled_from("ABC"), st.integers(-2, 33)), min_size=1),
)
def test_columns_are_told_the_same_as_one_event_at_a_time(edges, kept, asked):
    bounds = [*edges, 31]
    spans = [Record({"v": str(n)}, since, until) for n, (since, until) in enumerate(zip(bounds, bounds[1:]), 1)]  # noqa: B905, RUF007
    history = {"A": [span for span, keep in zip(spans, kept, strict=False) if keep], "B": [Record({"v": "99"})]}
    dictionary = Dictionary()
    register = Register(dictionary, lambda id_: history.get(id_, ()), {"v": ("int32", lambda text: int(text or 0))})
    codes = np.array([dictionary.code(id_) for id_, _ in asked], np.int32)
    records = register.records(codes, np.array([time for _, time in asked], np.int64))
    expected = [
        next((int(one.fields["v"]) for one in history.get(id_, ()) if one.since <= time < one.until), 0)
        for id_, time in asked
    ]
    assert register.values("v", records).tolist() == expected


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"accounts": "account_id,valid_from,valid_to\nA1,2026-03-01,2026-03-03\nA2,,\nA1,2026-03-02,\n"},
            r"accounts.csv:4: account_id 'A1' overlaps line 2 in time",
        ),
        (
            {"accounts": "account_id,valid_to\nA1,\nA1,2026-03-01\n"},
            r"accounts.csv:3: account_id 'A1' overlaps line 2 in time",
        ),
        (
            {"accounts": "account_id,valid_from,valid_to\nA1,2026-03-02,2026-03-02\n"},
            r"accounts.csv:2:15: valid_to is not after valid_from",
        ),
        ({"traders": "trader,valid_from\nT1,9999-12-31\n"}, r"traders.csv:2:4: valid_to is not after valid_from"),
        ({"traders": "trader,valid_from\nT1,1.3.2026\n"}, r"traders.csv:2:4: valid_from '1.3.2026' is neither"),
        ({"traders": "trader,valid_from\nT1,2026-02-30\n"}, r"traders.csv:2:4: valid_from '2026-02-30' is neither"),
        (
            {"instruments": "instrument,price_scale,valid_to\nI,2,2026-03-01\n"}
            | {"desks": "desk,desc\nD1,x\n", "owners": "owner\nO1\n"},
            r"desks.csv:1:6: unknown column 'desc'",
        ),
        (
            {"instruments": "instrument,price_scale,valid_from,valid_to\nI,2,,2026-03-01\nI,3,2026-03-01,\n"},
            r"instruments.csv:3: price_scale of 'I' is 3 here and 2 in line 2",
        ),
        (
            {"instruments": "instrument,quantity_scale,valid_from,valid_to\nI,2,,2026-03-01\nI,,2026-03-01,\n"},
            r"instruments.csv:3: quantity_scale of 'I' is none here and 2 in line 2",
        ),
        (
            {"instruments": "instrument\nUS123\n", "identifiers": "identifier,instrument\nABC,US124\n"},
            r"identifiers.csv:2: identifier 'ABC' stands for 'US124'(?s:.*)Did you mean US123",
        ),
        ({"identifiers": "identifier,instrument\nABC,\n"}, r"identifiers.csv:2:5: instrument is empty"),
        ({"identifiers": "identifier,feed\nABC,x\n"}, r"identifiers.csv:1: there is no column 'instrument'"),
        (
            {"identifiers": "feed,identifier,instrument\nx,ABC,I\n,ABC,J\nx,ABC,K\n"},
            r"identifiers.csv:4: identifier 'ABC' is there twice, first in line 2",
        ),
        (
            {"account": "account_id\nA1\n"},
            r"account.csv: is no table of (?s:.*)Did you mean accounts.csv",
        ),
        ({"accounts": ""}, r"accounts.csv: is empty"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, files, message):
    with pytest.raises(InputError, match=message):
        read_reference(folder(tmp_path, **files))


def test_a_table_in_two_files_is_an_error(tmp_path):
    pq.write_table(pa.table({"desk": ["D1"]}), folder(tmp_path, desks="desk\nD1\n") / "desks.parquet")
    with pytest.raises(InputError, match=r"desks.parquet: there is desks.csv as well"):
        read_reference(tmp_path)


def test_parquet_that_is_none_is_an_error(tmp_path):
    (tmp_path / "desks.parquet").write_text("desk\nD1\n")
    with pytest.raises(InputError, match=r"desks.parquet: cannot be read"):
        read_reference(tmp_path)


def test_mistakes_of_all_tables_are_told_at_once(tmp_path):
    with pytest.raises(InputError) as raised:
        read_reference(folder(tmp_path, accounts="account_id,x\n", traders="trader,desk\n,D1\n", owners="a,b\n"))
    files = [problem.location.file.rpartition("/")[2] for problem in raised.value.problems]
    assert files == ["accounts.csv", "owners.csv", "owners.csv", "owners.csv", "traders.csv"]


def test_a_reference_written_in_code_needs_no_folder():
    reference = Reference({"A1": {"desk": "D1"}}, {"IBM": {"price_scale": "2"}})
    assert reference.tables() == ["accounts", "instruments"]
    assert reference.history("accounts", "A1") == (Record({"desk": "D1"}),)
    assert reference.history("accounts", "A2") == ()
    assert reference.history("traders", "T1") == ()
