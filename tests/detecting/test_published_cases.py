"""Cases that regulators and courts have published, rebuilt as tapes: the shipped rules find them.

What a source says is cited where it is used. What no source says (the orders of others, and how many there were) is
made for the test, and said to be.
"""

from __future__ import annotations

import pytest

from surveillance.api import PPM
from surveillance.bundle import rules_folder
from surveillance.detecting.plugins import BUILT_IN, load_detectors
from surveillance.rules import load_rulebook
from surveillance.testing.notation import read_tape
from surveillance.testing.playing import play

RULES = (
    "amend-following", "layering", "layering-standing", "order-flip", "quote-spoofing", "quote-spoofing-habit",
    "quote-spoofing-turn", "spoofing",
)  # fmt: skip


@pytest.fixture(scope="module")
def found_by():
    """Return a function that plays a tape to the shipped rules of the spoofing family."""
    detectors = load_detectors([BUILT_IN])
    book = load_rulebook(rules_folder(), detectors)
    rules = [rule for rule in book.rules if rule.id in RULES]
    assert len(rules) == len(RULES)

    def find(tape):
        batch, dictionaries = read_tape(tape)
        return {rule.id: play(rule, book, detectors, batch, dictionaries).found for rule in rules}

    return find


def sarao():
    """Return the cycle of dynamic layering of 6 May 2010 in the E-mini S&P 500.

    United States v. Sarao, N.D. Ill., criminal complaint of 11 February 2015, affidavit of the FBI: five sell orders
    of 600 lots at 1,156.50 to 1,157.50, nearly at once at 11:17:38.782 (US Central), a sixth of 600 lots at about
    1:13 p.m.; replaced or modified more than 19,000 times; cancelled at about 1:40:12.553 p.m., none of them executed.
    They were 20 to 29 % of the sell side of the book.

    Made for the test: the other orders, 1,100 lots on each of eight levels of the sell side, so that 3,600 lots are
    29 %; each order is amended back and forth by a tick; and a small sale and purchase of his own. That he traded while
    the layers stood, with a profit of 879,018 dollars that day, is in the same complaint.
    """
    begin, end, usual, traded = 38_782, 38_782 + 8_553_771, 7_380_000, 7_800_000  # ms after 11:17; to 13:40:12.553
    lines = [(0, f"order M{level} ES sell 1_100 @ {1_156 + level / 4:.2f} order=M{level}") for level in range(8)]
    lines += [(0, f"order N{level} ES buy 1_100 @ {1_155.75 - level / 4:.2f} order=N{level}") for level in range(8)]
    lines.append((usual, "order T# ES sell 2 @ 1170 order=S# times=400 every=100ms"))
    for number, price in enumerate((1_156.50, 1_156.75, 1_157.00, 1_157.25, 1_157.50, 1_157.50)):
        entered, moves = (begin + number, 1_940) if number < 5 else (6_960_000, 360)  # the sixth at 13:13
        lines.append((entered, f"order SARAO ES sell 600 @ {price:.2f} order=L{number}"))
        for offset, moved in ((2_000, price + 0.25), (4_200, price)):
            what = f"amend SARAO ES sell 600 @ {moved:.2f} order=L{number}"
            lines.append((entered + offset, f"{what} times={moves} every=4400ms"))
        lines.append((end, f"cancel SARAO ES sell 600 order=L{number}"))
    lines += [(traded, "trade SARAO ES sell 40 @ 1152"), (traded + 60_000, "trade SARAO ES buy 40 @ 1150")]
    return "\n".join(f"+{time}ms {line}" for time, line in sorted(lines, key=lambda one: one[0]))


def test_sarao_six_orders_moved_with_the_market_for_two_hours_and_withdrawn_together(found_by):
    tape = sarao()
    assert 19_000 < 2 * (5 * 1_940 + 360) < 21_000
    found = found_by(tape)
    [amended], [standing] = found["amend-following"], found["layering-standing"]
    assert amended.key == standing.key == {"account": "SARAO", "instrument": "ES"}
    measures = amended.measures
    assert measures["amendments"].number == 3_880
    assert measures["lifetime"].number == 8_553_771 * 10**6  # 2 h 22 min 33.771 s
    assert measures["together"].number == 6
    assert measures["unfilled"].number == PPM
    assert standing.measures["together"].number == 6
    assert found["layering"] == []  # they did not come and go within a minute


def coscia(side, first):
    """Return one cycle of the algorithm of Coscia and Panther Energy Trading.

    In the Matter of Panther Energy Trading LLC and Michael J. Coscia, CFTC Docket No. 13-26, order of 22 July 2013: a
    relatively small order to sell, quickly followed by several large buy orders at successively higher prices; the
    small order is filled, the large ones are cancelled, and the sequence is repeated in reverse.

    Made for the test: sizes (5 lots, and three of 50), ticks and milliseconds.
    """
    other = "buy" if side == "sell" else "sell"
    prices = ("85.26", "85.27", "85.28") if side == "sell" else ("85.31", "85.30", "85.29")
    small = f"COSCIA CL {side} 5 @ {'85.29' if side == 'sell' else '85.28'} order=G{first}"
    layers = [f"COSCIA CL {other} 50 @ {price} order=L{first}{n}" for n, price in enumerate(prices)]
    return [
        f"+{first}ms order {small}",
        *(f"+{first + 10 + 5 * n}ms order {layer}" for n, layer in enumerate(layers)),
        f"+{first + 160}ms trade {small}",
        *(f"+{first + 165 + n}ms cancel {layer}" for n, layer in enumerate(layers)),
    ]


def test_coscia_large_layers_that_go_as_the_small_order_fills_and_the_mirror_image(found_by):
    crowd = [
        "+0s order T# CL sell 2 @ 85.40 order=A# times=40 every=20ms",
        "+0s order U# CL buy 3 @ 85.10 times=20 every=30ms",
    ]
    cycles = [*coscia("sell", 5_000), *coscia("buy", 5_600)]
    found = found_by("\n".join([*crowd, *cycles]))
    [cycle] = found["layering"]  # of one account within a minute: one finding
    assert cycle.key == {"account": "COSCIA", "instrument": "CL"}
    assert cycle.hits == 2
    assert cycle.measures["orders"].number == cycle.measures["cancels"].number == 3
    assert cycle.measures["imbalance"].number == 30 * PPM


def test_coscia_the_mirror_image_alone_is_found_as_well(found_by):
    crowd = ["+0s order T# CL sell 2 @ 85.40 order=A# times=40 every=20ms"]
    assert len(found_by("\n".join([*crowd, *coscia("buy", 5_000)]))["layering"]) == 1


def oystacher(delay):
    """Return the flip of 6 January 2014 in the E-mini S&P 500.

    CFTC v. Oystacher and 3 Red Trading, N.D. Ill. 15-cv-9196, complaint of 19 October 2015: at 2:01:47.256 p.m. the
    best bid was 1,823.75 (131 orders for 615 contracts) and the best offer 1,824.00 (9 orders for 34); from 2:01:47.260
    on two orders to sell 921 at 1,824.00; others followed with orders to sell there; the large orders were cancelled
    and flipped into an order to buy at that price, within 5 milliseconds.

    Made for the test: how 921 is split, 300 contracts of others who followed, the half second until the flip, and an
    order that buys these 300.
    """
    flip = 60_760 + delay
    joined = [f"+{60_300 + n}ms order J{n} ES sell 30 @ 1824 order=J{n}" for n in range(10)]
    taken = [
        line
        for n in range(10)
        for line in (
            f"+{flip}ms trade OYSTACHER ES buy 30 @ 1824 order=F aggressor=taker",
            f"+{flip}ms trade J{n} ES sell 30 @ 1824 order=J{n} aggressor=maker",
        )
    ]
    return "\n".join(
        [
            "+0s order B# ES buy 5 @ 1823.75 order=B# times=91 every=100ms",
            "+20s order C# ES buy 4 @ 1823.75 order=C# times=40 every=100ms",
            "+40s order S# ES sell 4 @ 1824 order=S# times=7 every=100ms",
            "+50s order R# ES sell 3 @ 1824 order=R# times=2 every=100ms",
            "+60260ms order OYSTACHER ES sell 500 @ 1824 order=L1",
            "+60264ms order OYSTACHER ES sell 421 @ 1824 order=L2",
            *joined,
            "+60760ms cancel OYSTACHER ES sell 500 order=L1",
            "+60760ms cancel OYSTACHER ES sell 421 order=L2",
            f"+{flip}ms order OYSTACHER ES buy 300 @ 1824 order=F",
            *taken,
        ]
    )


def test_oystacher_large_orders_at_the_best_price_flipped_within_five_milliseconds(found_by):
    [flip] = found_by(oystacher(5))["order-flip"]
    assert flip.key == {"account": "OYSTACHER", "instrument": "ES"}
    assert flip.measures["flip"].number == 5_000_000
    assert flip.measures["behind"].number == 0
    assert flip.measures["flipped"].number == 300 * flip.measures["flipped"].scale


def test_the_same_six_milliseconds_apart_is_no_flip(found_by):
    assert found_by(oystacher(6))["order-flip"] == []
