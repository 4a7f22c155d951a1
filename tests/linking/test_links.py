"""Links are suggested where chance explains nothing, and used only after a person has said so."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from surveillance.cli.main import run
from surveillance.errors import InputError
from surveillance.events.reference import read_reference
from surveillance.linking.confirming import add_to, group
from surveillance.linking.meetings import read_meetings
from surveillance.linking.review import read_confirmed
from surveillance.linking.suggesting import suggest, surprise_of

HEAD = "time,kind,side,account,counterparty,beneficial_owner,instrument,price,quantity,order,trade\n"


class Market:
    """Trades of a day, one account with another."""

    def __init__(self, seed=1):
        self.random = np.random.default_rng(seed)
        self.lines = []
        self.count = 0

    def trade(self, second, buyer, seller, quantity, *, apart=60):
        """Let two orders trade, entered so many seconds apart."""
        self.count += 1
        for side, who, other, entered in (("buy", buyer, seller, second - apart), ("sell", seller, buyer, second)):
            order = f"{side[0]}{self.count}"
            rest = f"{side},{who},{{}},O-{who},IBM,10,{quantity},{order},"
            self.lines.append((entered, f"order,{rest.format('')}"))
            self.lines.append((second, f"trade,{rest.format(other)}{self.count}"))

    def crowd(self, trades, accounts=25):
        for second in np.sort(self.random.integers(100, 20_000, trades)).tolist():
            buyer, seller = self.random.choice(accounts, 2, replace=False)
            self.trade(second, f"C{buyer}", f"C{seller}", int(self.random.integers(1, 9)) * 100)
        return self

    def write(self, path):
        def at(second):
            return f"2026-03-16T{10 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"

        path.write_text(HEAD + "".join(f"{at(second)},{line}\n" for second, line in sorted(self.lines)))
        return path


def suggested(market, path):
    return suggest(read_meetings([market.write(path)], "canonical"))


@pytest.mark.parametrize("seed", range(4))
def test_a_crowd_that_trades_at_random_is_not_suggested(seed, tmp_path):
    assert suggested(Market(seed).crowd(2_500), tmp_path / "day.csv") == []


def test_two_who_pass_the_same_back_and_forth_at_once_are(tmp_path):
    market = Market().crowd(1_500)
    for number in range(12):
        pair = ("A1", "A2") if number % 2 else ("A2", "A1")
        market.trade(5_000 + 50 * number, *pair, 700, apart=1)
    (one,) = suggested(market, tmp_path / "day.csv")
    assert (one.accounts, one.meetings, one.days, one.instruments) == (("A1", "A2"), 12, 1, ("IBM",))
    assert (one.flat, one.together, one.ring) == (0, 1, ())
    assert one.expected < 1


def test_a_ring_is_named_with_all_who_are_in_it(tmp_path):
    market = Market().crowd(1_500)
    for lap in range(8):
        for place, pair in enumerate([("A1", "A2"), ("A2", "A3"), ("A3", "A1")]):
            market.trade(5_000 + 90 * lap + 20 * place, *pair, 500)
    found = suggested(market, tmp_path / "day.csv")
    assert {one.accounts for one in found} == {("A1", "A2"), ("A1", "A3"), ("A2", "A3")}
    assert {one.ring for one in found} == {("A1", "A2", "A3")}
    assert all(one.flat == 1 for one in found)


def test_accounts_of_one_owner_are_known_already(tmp_path):
    market = Market().crowd(1_500)
    for number in range(12):
        market.trade(5_000 + 50 * number, "A1", "A2", 700, apart=1)
    path = market.write(tmp_path / "day.csv")
    path.write_text(path.read_text().replace("O-A2", "O-A1"))
    assert suggest(read_meetings([path], "canonical")) == []


def test_parts_of_one_fill_are_one_meeting_and_a_busted_trade_is_none(tmp_path):
    market = Market()
    market.trade(500, "A1", "A2", 100)
    lines = market.write(tmp_path / "day.csv").read_text().splitlines()
    trades = [line for line in lines if ",trade," in line]
    again = [line[: line.rindex(",")] + ",2" for line in trades]
    (tmp_path / "day.csv").write_text("\n".join([*lines, *again]) + "\n")
    assert len(read_meetings([tmp_path / "day.csv"], "canonical")) == 1
    bust = [line.replace(",trade,", ",bust,") for line in trades]
    (tmp_path / "day.csv").write_text("\n".join([*lines, *bust]) + "\n")
    with pytest.raises(InputError, match="names two accounts"):
        read_meetings([tmp_path / "day.csv"], "canonical")


def test_sides_meet_by_the_id_of_their_trade_where_no_counterparty_is_told(tmp_path):
    market = Market()
    market.trade(500, "A1", "A2", 100)
    path = market.write(tmp_path / "day.csv")
    path.write_text(path.read_text().replace(",A2,O-A1", ",,O-A1").replace(",A1,O-A2", ",,O-A2"))
    found = read_meetings([path], "canonical")
    assert [found.accounts[code] for code in (*found.buyer, *found.seller)] == ["A1", "A2"]


def test_surprise_grows_with_meetings_and_falls_with_what_chance_would_have():
    assert surprise_of(3, 3.0) == surprise_of(1, 3.0) == 0
    assert 0 < surprise_of(4, 3.0) < surprise_of(8, 3.0) < surprise_of(8, 1.0)


@pytest.fixture
def review(tmp_path):
    """Write a file for review with decisions, and a folder of reference data."""
    reference = tmp_path / "reference"
    reference.mkdir()
    (reference / "accounts.csv").write_text("account_id,beneficial_owner\nA1,B1\nA2,B2\nA3,B3\nA4,B4\n")

    def write(*rows):
        path = tmp_path / "links.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("account_id", "other_account_id", "evidence", "decision", "reason"), *rows])
        return path, reference

    return write


def confirm(path, reference, *more):
    return run(
        ["links", "confirm", str(path), "--by", "Kim", "--on", "2026-03-17", "--reference", str(reference), *more]
    )


def test_what_is_confirmed_becomes_one_group_and_who_said_so_is_kept(review, capsys):
    path, reference = review(
        ("A1", "A2", "met", "yes", "one household"), ("A2", "A3", "met", "YES", "same"), ("A1", "A4", "met", "no", "")
    )
    assert confirm(path, reference) == 0
    groups = {
        one: read_reference(reference).history("linked_groups.account_id", one) for one in ("A1", "A2", "A3", "A4")
    }
    assert len({records[0].fields["linked_group"] for one, records in groups.items() if one != "A4"}) == 1
    assert groups["A4"] == ()
    who = list(csv.DictReader((reference / "who_confirmed.csv").read_text().splitlines()))
    assert [(one["by"], one["on"], one["reason"], one["evidence"]) for one in who] == [
        ("Kim", "2026-03-17", "one household", "met"),
        ("Kim", "2026-03-17", "same", "met"),
    ]
    before = {path.name: path.read_text() for path in reference.iterdir()}
    assert confirm(path, reference) == 0
    assert {path.name: path.read_text() for path in reference.iterdir()} == before
    assert "2 pairs: 0 accounts added to 1 groups" in capsys.readouterr().out


def test_accounts_join_the_group_of_who_is_in_one_and_two_groups_are_never_merged(review):
    path, reference = review(("A1", "A2", "", "yes", "x"))
    (reference / "linked_groups.csv").write_text("linked_group,beneficial_owner,account_id\nG1,B1,\nG2,B3,")
    grouped = group(read_confirmed(path), read_reference(reference))
    with pytest.raises(InputError, match="there is no column valid_from"):
        add_to(reference, grouped, "Kim", "2026-03-17", "2026-03-01")
    assert confirm(path, reference) == 0
    assert (reference / "linked_groups.csv").read_text().splitlines()[-1] == "G1,,A2"
    path, reference = review(("A2", "A3", "", "yes", "x"))
    with pytest.raises(InputError, match="A2, A3 would join the groups G1 and G2"):
        group(read_confirmed(path), read_reference(reference))


def test_without_reference_data_the_lines_are_printed(review, capsys):
    path, _ = review(("A1", "A2", "", "yes", "x"))
    assert run(["links", "confirm", str(path), "--by", "Kim", "--valid-from", "2026-03-01"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "linked_group,account_id,valid_from"
    assert [line.split(",")[1:] for line in lines[1:]] == [["A1", "2026-03-01"], ["A2", "2026-03-01"]]


def test_nothing_is_used_without_a_decision_and_a_reason(review, capsys):
    path, reference = review(("A1", "A2", "", "", ""))
    assert confirm(path, reference) == 0
    assert "no pair in" in capsys.readouterr().out
    path, _ = review(("A1", "A2", "", "yes", ""), ("A1", "A3", "", "maybe", ""))
    assert confirm(path, reference) == 2
    told = capsys.readouterr().err
    assert "links.csv:2:12: a pair that is confirmed needs a reason" in told
    assert "'maybe' is neither yes nor no" in told
    assert not (reference / "linked_groups.csv").exists()


def test_a_file_with_decisions_is_not_written_over(review, tmp_path, capsys):
    day = Market().crowd(50).write(tmp_path / "day.csv")
    path, _ = review(("A1", "A2", "", "yes", "x"))
    assert run(["links", "suggest", str(day), "--feed", "canonical", "--out", str(path)]) == 2
    assert "holds decisions, and is left as it is" in capsys.readouterr().err
    assert run(["links", "suggest", str(day), "--feed", "canonical", "--out", str(tmp_path / "new.csv")]) == 0
    assert run(["links", "suggest", str(day), "--feed", "canonical", "--out", str(tmp_path / "new.csv")]) == 0
    assert "0 pairs among 50 trades" in capsys.readouterr().out
