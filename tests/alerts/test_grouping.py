"""Findings become alerts: whom they are about, how far apart they may be, and that no order of arrival shows."""

from alert_helpers import MINUTE, NOON, filed
from hypothesis import given
from hypothesis import strategies as st

from surveillance.alerts.filed import Subject, subject_of
from surveillance.alerts.grouping import Grouping

END = NOON * 2


def closed(findings, between=lambda _: None):
    grouping = Grouping()
    for one in findings:
        grouping.add(one)
        between(grouping)
    return grouping.close(END)


def ids(drafts):
    return {(draft.alert_id, tuple(one.id for one in draft.members)) for draft in drafts}


def sizes(drafts):
    return sorted(len(draft.members) for draft in drafts)


@st.composite
def findings(draw):
    count = draw(st.integers(1, 9))
    return [
        filed(
            f"f{number}",
            minute=draw(st.integers(0, 240)),
            lasting=draw(st.integers(0, 40)),
            subject=draw(st.sampled_from(["B1", "B2"])),
            groups=draw(st.sets(st.sampled_from(["IBM", "KO", "GE"]), max_size=2)),
            day=draw(st.sampled_from(["2026-03-16", "2026-03-17"])),
        )
        for number in range(count)
    ]


@given(findings(), st.randoms(use_true_random=False), st.booleans())
def test_any_order_of_findings_gives_the_same_alerts_published_meanwhile_or_not(found, random, publish):
    other = list(found)
    random.shuffle(other)
    between = Grouping.revise if publish else lambda _: None
    assert ids(closed(other, between)) == ids(closed(found))


@given(findings())
def test_alerts_are_what_hangs_together_pairwise(found):
    """Against the plain definition: connected components of the relation between two findings."""

    def together(one, other):
        near = one.start - 30 * MINUTE <= other.end and other.start <= one.end + 30 * MINUTE
        shared = (one.groups or {""}) & (other.groups or {""})
        return one.bucket == other.bucket and near and bool(shared)

    parts = []
    for one in found:
        joined = [part for part in parts if any(together(one, other) for other in part)]
        parts = [part for part in parts if part not in joined] + [[one, *(each for part in joined for each in part)]]
    expected = {frozenset(one.id for one in part) for part in parts}
    assert {frozenset(one.id for one in draft.members) for draft in closed(found)} == expected


@given(findings(), st.data())
def test_taking_a_finding_out_leaves_what_there_would_be_without_it(found, data):
    gone = data.draw(st.sampled_from(found))
    grouping = Grouping()
    for one in found:
        grouping.add(one)
    grouping.revise()
    grouping.remove(gone.id)
    assert ids(grouping.close(END)) == ids(closed([one for one in found if one is not gone]))


@given(findings(), st.data())
def test_the_newer_version_of_a_finding_takes_the_place_of_the_older(found, data):
    old = data.draw(st.sampled_from(found))
    new = filed(old.finding["finding_id"], data.draw(st.integers(0, 240)), data.draw(st.integers(0, 40)))
    assert ids(closed([*found, new])) == ids(closed([new if one is old else one for one in found]))


@given(findings(), st.randoms(use_true_random=False))
def test_every_id_that_was_published_leads_to_an_alert(found, random):
    random.shuffle(found)
    grouping, published = Grouping(), set()
    for one in found:
        grouping.add(one)
        published |= {draft.alert_id for draft in grouping.revise()}
    known = {name for draft in grouping.close(END) for name in (draft.alert_id, *draft.aliases)}
    assert published <= known


def test_exactly_half_an_hour_apart_is_one_alert_and_a_nanosecond_more_is_two():
    assert sizes(closed([filed("a", 0, 1), filed("b", 31)])) == [2]
    late = filed("b", 31)
    late = late.__class__(**{**{name: getattr(late, name) for name in late.__slots__}, "start": late.start + 1})
    assert sizes(closed([filed("a", 0, 1), late])) == [1, 1]


def test_another_subject_day_or_instrument_group_is_another_alert():
    assert sizes(closed([filed("a"), filed("b", subject="B2")])) == [1, 1]
    assert sizes(closed([filed("a"), filed("b", day="2026-03-17")])) == [1, 1]
    assert sizes(closed([filed("a"), filed("b", groups=("KO",))])) == [1, 1]


def test_a_finding_in_several_instruments_joins_those_of_each():
    assert sizes(closed([filed("a"), filed("b", groups=("KO",)), filed("c", groups=("IBM", "KO"))])) == [3]


def test_a_finding_that_comes_late_and_bridges_two_alerts_merges_them_and_both_ids_still_lead_there():
    grouping = Grouping()
    grouping.add(filed("b", 60))
    [second] = grouping.revise()
    grouping.add(filed("a", 0))
    [first] = grouping.revise()
    grouping.add(filed("c", 30))
    [merged] = grouping.revise()
    assert merged.alert_id == first.alert_id
    assert merged.aliases == (second.alert_id,)
    assert (first.revision, second.revision, merged.revision) == (1, 1, 2)


def test_an_earlier_finding_that_is_decided_later_gives_the_alert_its_id():
    grouping = Grouping()
    grouping.add(filed("b", 10))
    [before] = grouping.revise()
    grouping.add(filed("a", 0))
    [after] = grouping.revise()
    assert after.alert_id != before.alert_id
    assert after.aliases == (before.alert_id,)


def test_nothing_is_revised_that_did_not_change():
    grouping = Grouping()
    grouping.add(filed("a"))
    assert len(grouping.revise()) == 1
    assert grouping.revise() == []
    [draft] = grouping.close(END)
    assert draft.revision == 1


def test_a_bust_that_takes_all_away_leaves_a_revision_without_findings():
    grouping = Grouping()
    grouping.add(filed("a"))
    [before] = grouping.revise()
    grouping.remove(filed("a").id)
    [after] = grouping.revise()
    assert (after.alert_id, after.members, after.revision) == (before.alert_id, (), 2)
    assert grouping.close(END) == []


def test_an_alert_closes_when_nothing_can_join_it_and_not_before():
    grouping = Grouping()
    grouping.add(filed("a", 0, 1))
    assert grouping.close(NOON + 31 * MINUTE) == []
    assert sizes(grouping.close(NOON + 31 * MINUTE + 1)) == [1]


def test_the_subject_is_the_first_that_is_known():
    key = {"account": "A1", "instrument": "IBM"}
    known = {"beneficial_owner": "B1", "account": "A1", "trader": "T1"}
    assert subject_of(known, key) == Subject("beneficial_owner", "B1")
    assert subject_of({**known, "beneficial_owner": None}, key) == Subject("account", "A1")
    assert subject_of({}, {"trader": "T1"}) == Subject("trader", "T1")
    assert subject_of({}, {"instrument": "IBM"}) == Subject("instrument", "IBM")
    assert subject_of({}, {"venue": "XNYS", "band": "liquid"}) == Subject("key", "band liquid, venue XNYS")


def test_a_rule_may_name_another_subject_which_holds_where_it_is_known():
    known = {"beneficial_owner": "B1", "account": "A1", "trader": "T1", "desk": None}
    assert subject_of(known, {"account": "A1"}, "trader") == Subject("trader", "T1")
    assert subject_of(known, {"account": "A1"}, "desk") == Subject("beneficial_owner", "B1")
