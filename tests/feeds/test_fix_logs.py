import datetime as dt
import random
from pathlib import Path

import pytest
from fix_messages import CANCEL, FILL, NEW, ORDER, SOH, T, message, report

from surveillance.errors import InputError


def log(*messages):
    return "\n".join(messages) + "\n"


@pytest.fixture
def fix(read):
    return lambda text, **options: read(text, "fix", name="orders.log", **options)


def test_an_order_its_fill_and_its_cancellation_are_three_events(fix):
    tape = fix(log(message(ORDER), report(NEW), report(FILL), message("35=F 11=b 41=a"), report(CANCEL)))
    assert tape.list("kind") == ["order", "trade", "cancel"]
    assert tape.list("order") == ["CLIENT/a"] * 3
    assert tape.list("price")[:2] == [10_500_000, 10_250_000]
    assert tape.list("quantity")[:2] == [100_000_000, 40_000_000]
    assert tape.list("quantity")[2] < 0, "what was left is cancelled, and the table of orders knows how much"
    assert tape.list("trade") == [None, "e1", None]
    assert tape.list("account") == ["ACC"] * 3
    assert tape.list("side") == ["buy"] * 3
    assert tape.list("order_type")[0] == "limit"
    assert tape.list("time_in_force")[0] == "day"
    assert tape.list("time")[0] == int(dt.datetime(2025, 3, 3, 10, tzinfo=dt.timezone.utc).timestamp()) * 10**9
    assert (tape.counts["rows_read"], tape.counts["filtered"], tape.rejects) == (5, 2, [])


@pytest.mark.parametrize(
    "first", [[message(ORDER)], [report(NEW)], [message(ORDER), report(NEW)], [report(NEW), message(ORDER)],
              [report(NEW.replace("150=0", "150=A")), report(NEW)], [message(ORDER), message(ORDER + " 97=Y")]]
)  # fmt: skip
def test_an_order_is_on_the_tape_once_from_its_request_or_its_acknowledgement(fix, first):
    tape = fix(log(*first, report(FILL)))
    assert tape.list("kind") == ["order", "trade"]
    assert tape.list("order") == ["CLIENT/a"] * 2
    assert tape.list("quantity") == [100_000_000, 40_000_000]


def test_an_order_keeps_its_id_when_it_is_replaced_and_replaced_again(fix):
    tape = fix(
        log(
            message(ORDER),
            report(NEW),
            message("35=G 11=b 41=a 55=IBM 54=1 38=80 44=10.40"),
            report(f"37=X1 11=b 41=a 17=e3 150=5 39=5 55=IBM 54=1 38=80 44=10.40 151=80 60={T}3"),
            message("35=G 11=c 41=b 55=IBM 54=1 38=70 44=10.30"),
            report(f"37=X2 11=c 41=b 17=e4 150=5 39=5 55=IBM 54=1 38=70 44=10.30 151=30 60={T}4"),
            report(f"37=X2 11=c 17=e5 150=F 39=2 55=IBM 54=1 38=70 32=30 31=10.3 151=0 60={T}5"),
        )
    )
    assert tape.list("kind") == ["order", "amend", "amend", "trade"]
    assert tape.list("order") == ["CLIENT/a"] * 4
    assert tape.list("quantity") == [100_000_000, 80_000_000, 30_000_000, 30_000_000]


def test_an_unsolicited_cancellation_finds_its_order_by_the_id_of_the_venue(fix):
    tape = fix(log(message(ORDER), report(NEW), report(f"37=X1 11=NONE 17=e9 150=4 39=4 55=IBM 54=1 60={T}2")))
    assert tape.list("order") == ["CLIENT/a"] * 2


def test_a_refused_cancellation_leaves_the_order_standing(fix):
    refused = message("35=9 11=b 41=a 37=X1 39=0 102=1", sender="BROKER", target="CLIENT")
    tape = fix(log(message(ORDER), message("35=F 11=b 41=a"), refused))
    assert tape.list("kind") == ["order"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [("150=8 39=8", "reject"), ("150=C 39=C", "expire"), ("150=3 39=3", "expire"), ("150=D 39=0", "amend")],
)
def test_reports_end_or_change_orders(fix, change, kind):
    tape = fix(log(message(ORDER), report(f"37=X1 11=a 17=e9 {change} 55=IBM 54=1 38=100 151=100 60={T}2")))
    assert tape.list("kind") == ["order", kind]


def test_a_business_reject_of_an_order_is_its_end(fix):
    refused = message(f"35=j 45=1 372=D 379=a 380=4 60={T}1", sender="BROKER", target="CLIENT")
    tape = fix(log(message(ORDER), refused))
    assert tape.list("kind") == ["order", "reject"]
    assert tape.list("order") == ["CLIENT/a"] * 2


@pytest.mark.parametrize(
    ("version", "bust", "correct"),
    [("FIX.4.2", "20=1 150=F", "20=2 150=1"), ("FIX.4.4", "150=H", "150=G"), ("FIXT.1.1", "150=H", "150=G")],
)
def test_cancelled_and_corrected_trades_name_the_trade_that_they_revise(fix, version, bust, correct):
    trade = "37=X1 11=a 17=e1 20=0 150=1 39=1 55=IBM 54=1 32=40 31=10.25".replace("150=1", "150=F")
    tape = fix(
        log(
            message(ORDER, version=version),
            report(f"{trade} 60={T}1", version=version),
            report(f"37=X1 11=a 17=e2 19=e1 {correct} 39=1 55=IBM 54=1 32=30 31=10.20 60={T}2", version=version),
            report(f"37=X1 11=a 17=e3 19=e2 {correct} 39=1 55=IBM 54=1 32=20 31=10.20 60={T}3", version=version),
            report(f"37=X1 11=a 17=e4 19=e3 {bust} 39=1 55=IBM 54=1 32=0 31=0 60={T}4", version=version),
        )
    )
    assert tape.list("kind") == ["order", "trade", "correct", "correct", "bust"]
    assert tape.list("trade") == [None, "e1", "e1", "e1", "e1"]
    assert tape.list("quantity")[1:4] == [40_000_000, 30_000_000, 20_000_000]
    assert tape.rejects == []


def test_partial_fills_of_old_versions_are_trades(fix):
    fill = f"37=X1 11=a 17=e1 20=0 150=1 39=1 55=IBM 54=2 32=5 31=1 60={T}1"
    fills = [report(fill.replace("=1 ", f"={number} "), version="FIX.4.2") for number in (1, 2)]
    old = report(fill.replace("150=1 ", ""), version="FIX.4.0")
    assert fix(log(*fills, old)).list("kind") == ["trade"] * 3


def test_no_event_of_an_order_is_before_the_one_logged_before_it(fix):
    late = message(ORDER.replace(f"{T}0.000", f"{T}5.000"))
    other = report(FILL.replace("=a", "=q").replace("X1", "X2"))
    tape = fix(log(late, report(FILL), report(CANCEL), other))
    times = tape.list("time")
    assert times[:3] == [times[0]] * 3
    assert times[3] == times[0] - 4 * 10**9


@pytest.mark.parametrize("separator", [SOH, "|", "^A", " | ", ";", "<SOH>"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("prefix", ["", "2025-03-03 10:00:00.123 [session-1] INFO (IN) ", "20250303-10:00:00.1: "])
def test_logs_may_print_separators_and_prefixes_in_their_own_way(fix, separator, ending, prefix):
    messages = [message(ORDER, separator=separator), report(FILL, separator=separator)]
    tape = fix("".join(f"{prefix}{one}{ending}" for one in messages))
    assert tape.list("kind") == ["order", "trade"]
    assert tape.rejects == []
    assert tape.counts["rows_read"] == 2


def test_messages_may_follow_each_other_without_line_ends(fix):
    tape = fix(message(ORDER) + report(FILL) + report(CANCEL))
    assert tape.list("kind") == ["order", "trade", "cancel"]


def test_the_last_separator_may_be_missing_and_the_last_line_end_too(fix):
    tape = fix(message(ORDER, separator="|").removesuffix("|") + "\n" + report(FILL, separator="|").removesuffix("|"))
    assert tape.list("kind") == ["order", "trade"]
    assert tape.rejects == []


def test_lines_without_a_message_are_counted_as_filtered(fix):
    text = "Log opened\n\n  \n" + message(ORDER) + "\nConnection lost\n" + report(FILL) + " [42 us]\n"
    tape = fix(text)
    assert tape.list("kind") == ["order", "trade"]
    assert tape.counts["rows_read"] == 4
    assert tape.counts["filtered"] == 2


def broken(old, new, separator=SOH):
    return message(ORDER, separator=separator).replace(old, new)


@pytest.mark.parametrize("separator", [SOH, "|", "^A"])
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("44=10.50", "44=10.51", "bad-checksum"),
        ("44=10.50", "44=10.5", "bad-body-length"),
        ("44=10.50", "4x=10.50", "bad-field"),
        ("44=10.50", "=10.50", "bad-field"),
        ("9=", "9=x", "bad-message"),
        ("FIX.4.4", "FIX.4.4\n", "bad-message"),
    ],
)
def test_a_message_that_was_changed_is_rejected_with_its_reason_and_place(fix, old, new, code, separator):
    tape = fix(log("note", broken(old, new, separator), report(FILL)))
    assert tape.list("kind") == ["trade"]
    (reject,) = tape.rejects
    assert (reject["code"], reject["line"], reject["position"]) == (code, 2, 1)
    assert reject["raw"].startswith("8=FIX.4.4")
    counts = tape.counts
    assert counts["rows_read"] == counts["events"] + counts["rejected"] + counts["filtered"]


@pytest.mark.parametrize("separator", [SOH, "|"])
def test_a_message_that_breaks_off_costs_nothing_but_itself(fix, separator):
    cut = message(ORDER, separator=separator)
    for size in range(6, len(cut) - 5):
        tape = fix(log(cut[:size], report(FILL, separator=separator)))
        assert tape.list("kind") == ["trade"], cut[:size]
        assert [reject["line"] for reject in tape.rejects] == [1]
    assert fix(log(report(FILL), cut[:60])).reasons() == [(1, None, "truncated-message")]


def test_a_text_may_hold_line_ends_and_raw_data_may_hold_separators(fix):
    text = [*ORDER.split(), "58=two\nlines", "95=9", f"96=a{SOH}8=FIX{SOH}b", "100=XNYS"]
    tape = fix(log(message(text), report(FILL)))
    assert tape.rejects == []
    assert tape.list("venue") == ["XNYS", None]
    assert tape.list("position") == [0, 1]


def test_repeating_groups_are_read_over(fix):
    parties = "453=3 448=BRK 447=D 452=1 448=TRADER9 447=D 452=12 448=OTHER 447=D 452=12"
    group = f"{ORDER} {parties} 78=2 79=A1 80=5 79=A2 80=6"
    tape = fix(log(message(group), report(FILL)))
    assert tape.list("trader") == ["TRADER9", None]
    assert tape.list("account") == ["ACC", "ACC"]


def test_two_sessions_may_use_the_same_ids(fix):
    tape = fix(log(message(ORDER), message(ORDER, sender="OTHER"), report(FILL)))
    assert tape.list("order") == ["CLIENT/a", "OTHER/a", "CLIENT/a"]


def test_fields_may_be_named_by_number(read):
    profile = """file: {format: fix}
columns:
  time: {column: time, formats: ['%Y%m%d-%H:%M:%S.%f'], zone: UTC}
  kind: event
  quantity: "38"
  account: "5001"
"""
    tape = read(message(ORDER + " 5001=mine 70000=x"), profile)
    assert tape.list("account") == ["mine"]


def test_a_file_without_messages_is_no_fix_log(fix):
    with pytest.raises(InputError, match=r"orders\.log: holds no FIX message"):
        fix("time,kind\n1,2\n")


def test_events_do_not_depend_on_how_the_log_is_cut_into_blocks(fix):
    chance = random.Random(5)
    messages = []
    for number in range(200):
        messages.append(message(ORDER.replace("11=a", f"11=o{number}"), separator=chance.choice([SOH, "|"])))
        messages.append(report(NEW.replace("11=a", f"11=o{number}").replace("X1", f"X{number}")))
        if chance.random() < 0.1:
            messages.append(messages[-1][: chance.randrange(200)])
    text = log(*messages)
    whole = fix(text)
    assert len(whole.rows) == 200
    for rows in (1, 7, 64):
        part = fix(text, block_rows=rows)
        assert part.rows == whole.rows
        assert part.rejects == whole.rejects


def test_a_long_log_is_read_in_pieces(tmp_path):
    from surveillance.feeds.content import Content
    from surveillance.feeds.fix import FixReader

    path = tmp_path / "orders.fix"
    text = log(*[message(ORDER.replace("11=a", f"11=o{number}")) for number in range(500)], "x" * 3000, message(ORDER))
    path.write_text(text)
    counts = []
    for most in (1 << 20, 1024):
        reader = FixReader(Content(path), 1000, max_record=most)
        blocks = list(reader.blocks(["event", "ClOrdID"], set()))
        counts.append(sum(event == "order" for block in blocks for event in block.columns["event"].to_pylist()))
        codes = [one.code for block in blocks for one in block.broken]
        records = sum(len(block) + len(block.broken) for block in blocks)
    assert counts == [501, 501]
    assert (records, codes) == (502, ["over-long-record"])


def test_the_profile_in_the_docs_reads_requests(read):
    page = (Path(__file__).resolve().parents[2] / "docs" / "fix.md").read_text(encoding="utf-8")
    profile = page.split("```yaml\n")[1].split("```")[0].partition("title:")[2].partition("\n")[2]
    tape = read(log(message(ORDER), message(f"35=F 11=b 41=a 52={T}1.0"), report(CANCEL)), profile, name="requests.log")
    assert tape.list("kind") == ["order", "cancel"]
    assert tape.list("order") == ["CLIENT/a", "CLIENT/a"]
