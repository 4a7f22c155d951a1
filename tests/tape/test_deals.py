"""Both sides of a trade are brought together by its id, whatever stands between them."""

from __future__ import annotations

import numpy as np
import pytest

from surveillance.engine.engine import SHOWN
from surveillance.tape.deal_kernels import LAST, STANDING
from surveillance.tape.deals import COLUMNS, DealLog
from surveillance.tape.live_orders import LiveOrders
from surveillance.tape.revisions import Revisions
from surveillance.tape.tape import Tape
from surveillance.testing.notation import read_tape

ALL = 1 << 62
ONE = 10**6  # the scale of a quantity of which nobody says one


def deals_of(text, size=None, since=0, until=ALL):
    batch, dictionaries = read_tape(text)
    tape = Tape({*SHOWN, *COLUMNS}, dictionaries)
    revisions = Revisions(tape)
    log, orders = DealLog(tape, revisions), LiveOrders(tape)
    for first in range(0, len(batch), size or len(batch)):
        part = batch.take(slice(first, first + (size or len(batch))))
        tape.append(revisions.prepare(orders.prepare(part)), 0)
    found = log.between(since, until)
    name = dictionaries["account"].text
    return [
        (name(buyer), name(seller), quantity // ONE)
        for buyer, seller, quantity in zip(found.buyer, found.seller, found.quantity, strict=True)
    ], found


def test_the_two_sides_of_a_trade_are_a_deal_whichever_comes_first():
    told, _ = deals_of(
        """
        +1s trade A1 IBM buy  100 @ 10 trade=X1
        +1s trade A2 IBM sell 100 @ 10 trade=X1
        +2s trade A2 IBM sell 300 @ 10 trade=X2
        +2s trade A1 IBM buy  300 @ 10 trade=X2
        """
    )
    assert told == [("A1", "A2", 100), ("A1", "A2", 300)]


def test_sides_find_each_other_across_other_rows_and_batches():
    text = """
        +1s trade A1 IBM buy  100 @ 10 trade=X1
        +1s trade A3 IBM buy  200 @ 10 trade=X2
        +1s order A9 IBM buy  200 @ 10
        +1s trade A4 IBM sell 200 @ 10 trade=X2
        +1s trade A2 IBM sell 100 @ 10 trade=X1
        """
    assert deals_of(text)[0] == deals_of(text, 1)[0] == deals_of(text, 2)[0] == [("A3", "A4", 200), ("A1", "A2", 100)]


def test_rows_that_contradict_each_other_are_no_deal():
    told, _ = deals_of(
        """
        +1s trade A1 IBM buy  100 @ 10 trade=X1
        +1s trade A2 KO  sell 100 @ 10 trade=X1
        +2s trade A1 IBM buy  100 @ 10 trade=X2
        +2s trade A2 IBM sell 101 @ 10 trade=X2
        +3s trade A1 IBM buy  100 @ 10 trade=X3
        +3s trade A2 IBM sell 100 @ 11 trade=X3
        +4s trade A1 IBM buy  100 @ 10 trade=X4
        +4s trade A2 IBM buy  100 @ 10 trade=X4
        +5s trade A1 IBM buy  100 @ 10
        +5s trade A2 IBM sell 100 @ 10
        """
    )
    assert told == []


def test_an_id_that_is_used_for_two_fills_makes_two_deals():
    told, _ = deals_of(
        """
        +1s trade A1 IBM buy  100 @ 10 trade=X1
        +1s trade A2 IBM sell 100 @ 10 trade=X1
        +2s trade A1 IBM buy  100 @ 10 trade=X1
        +2s trade A3 IBM sell 100 @ 10 trade=X1
        """
    )
    assert told == [("A1", "A2", 100), ("A1", "A3", 100)]


def test_a_busted_deal_is_gone_from_when_it_was_busted_and_a_corrected_one_has_its_new_quantity():
    text = """
        +1s trade A1 IBM buy  100 @ 10 trade=X1
        +1s trade A2 IBM sell 100 @ 10 trade=X1
        +2s trade A1 IBM buy  200 @ 10 trade=X2
        +2s trade A2 IBM sell 200 @ 10 trade=X2
        +5s bust  trade=X1
        +6s correct - - - 150 trade=X2
        """
    start = int(read_tape(text)[0].columns["time"][0]) - 10**9
    assert deals_of(text, until=start + 4 * 10**9)[0] == [("A1", "A2", 100), ("A1", "A2", 200)]
    assert deals_of(text, until=start + 5 * 10**9)[0] == [("A1", "A2", 200)]
    assert deals_of(text)[0] == [("A1", "A2", 150)]


def test_a_window_holds_deals_of_both_its_ends():
    text = "+1s deal A1 A2 IBM 1 @ 10\n+2s deal A1 A2 IBM 2 @ 10\n+3s deal A1 A2 IBM 3 @ 10"
    first = int(read_tape(text)[0].columns["time"][0])
    assert [one[2] for one in deals_of(text, since=first, until=first + 10**9)[0]] == [1, 2]


def test_classes_say_how_close_orders_came_and_old_ones_say_nothing():
    _, found = deals_of(
        """
        +1m  deal A1 A2 IBM 100 @ 10
        +2m  deal A1 A2 IBM 100 @ 10 apart=1ms
        +3m  deal A1 A2 IBM 100 @ 10 apart=1s sold_of=110
        +15m deal A1 A2 IBM 100 @ 10 apart=10m1s
        +16m trade A1 IBM buy  100 @ 10 trade=X
        +16m trade A2 IBM sell 100 @ 10 trade=X
        """
    )
    near = found.near.tolist()
    assert near[0] == 0 < near[1] < near[2] < near[3] == near[4] == LAST
    assert found.unlike.tolist()[:2] == [0, 0]
    assert 0 < found.unlike[2] < LAST == found.unlike[3] == found.unlike[4]
    assert len(set(found.size.tolist())) == 1
    assert STANDING == 600 * 10**9


def test_quantities_that_might_not_add_up_are_refused():
    huge = 10**11
    text = "\n".join(f"+{second}s deal A1 A2 IBM {huge} @ 0.01" for second in range(1, 61))
    with pytest.raises(OverflowError, match="64 bits"):
        deals_of(text)


def test_numpy_and_the_log_agree_on_who_dealt_with_whom():
    rng = np.random.default_rng(5)
    pairs = rng.integers(1, 9, (300, 2))
    lines = [f"+{second}s deal A{one} A{two} IBM {second} @ 10" for second, (one, two) in enumerate(pairs.tolist(), 1)]
    told, _ = deals_of("\n".join(lines), 37)
    assert told == [(f"A{one}", f"A{two}", second) for second, (one, two) in enumerate(pairs.tolist(), 1)]
