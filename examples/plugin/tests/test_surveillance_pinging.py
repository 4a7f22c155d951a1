"""The detector keeps its promises to the engine, and measures what it says."""

from surveillance_pinging import Pinging

from surveillance.testing import conformance, measured

test_pinging = conformance(Pinging, {"window": "1m"})


def test_what_was_taken_is_set_against_what_was_asked_for():
    tape = """
        +0s order A1 IBM buy 100 @ 10 time_in_force=ioc
        +0s trade A1 IBM buy 25 @ 10 aggressor=taker
        +1s order A1 IBM buy 300 @ 10 time_in_force=ioc
        +2s order A1 IBM buy 900 @ 10 time_in_force=day
    """
    last = measured(Pinging, tape, {"window": "1m"})[-1]
    assert (last["at"], last["pings"], last["largest"], last["taken"]) == ("+1s", 2, 300, 0.0625)
