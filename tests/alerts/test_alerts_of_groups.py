"""An alert about a group says whose accounts are the subject's and whose are not."""

from dataclasses import replace

from alert_helpers import SCORING, event, filed

from surveillance.alerts.alert import alert
from surveillance.alerts.filed import Subject
from surveillance.alerts.grouping import Draft


def opening(subject, *members):
    events = tuple(event(place, place, account=account, beneficial_owner=owner) for place, (account, owner) in
                   enumerate(members))  # fmt: skip
    accounts = tuple(sorted({account for account, _ in members}))
    one = replace(filed(), subject=subject, events=events, accounts=accounts)
    made = alert(Draft("a1", (one,)), SCORING, {}, "2026-03-16T12:00:00Z")
    return made["explanation"][0], made["accounts"]


def test_accounts_of_others_are_not_said_to_be_the_owners():
    said, accounts = opening(Subject("beneficial_owner", "B1"), ("A1", "B1"), ("A2", "B2"), ("A3", "B3"))
    assert said.startswith("Owner B1, through account A1, with accounts A2 and A3: ")
    assert accounts == ["A1", "A2", "A3"]


def test_accounts_of_one_owner_are_all_his():
    said, _ = opening(Subject("beneficial_owner", "B1"), ("A1", "B1"), ("A2", "B1"))
    assert said.startswith("Owner B1, through accounts A1 and A2: ")


def test_an_account_without_a_known_owner_deals_with_others():
    said, _ = opening(Subject("account", "A1"), ("A1", None), ("A2", None))
    assert said.startswith("Account A1, with account A2: ")
