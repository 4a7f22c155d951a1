"""A flow in which accounts deal with each other: detectors of pairs and rings are run on it beside the kit's."""

from __future__ import annotations

import random

from surveillance.testing.flows import Flow
from surveillance.testing.notation import read_tape

_RINGS = (("A1", "A2"), ("B1", "B2", "B3"), ("C1", "C2", "C3", "C4"))


def deal_flow() -> Flow:
    """Return five hours of strangers' deals with a pair, two rings and an owner on both sides.

    Some deals are busted or corrected, on one side or both; rounds go on for longer than a window, rest and come again.
    """
    rng = random.Random(11)
    lines: list[tuple[int, str]] = []
    for instrument, every in (("I1", 9), ("I2", 16)):
        lines.append((0, f"flow {instrument} 100 @ 10 every={every}s until=+5h"))
        for first, last in ((600, 6_500), (11_000, 12_200), (15_500, 17_000)):
            for members in _RINGS:
                now = first + rng.randrange(0, 900)
                while now < last:
                    size = rng.randrange(50, 500)
                    for seller, buyer in zip(members, (*members[1:], members[0]), strict=True):
                        lines.append((now, f"deal {buyer} {seller} {instrument} {size} @ 10 apart={rng.randrange(3)}s"))
                        now += rng.randrange(1, 40)
                    now += rng.randrange(60, 400)
            own = "buyer_owner=O1 seller_owner=O1"
            lines += [
                (now, f"deal S1 S{1 + now % 3} {instrument} {rng.randrange(10, 90)} @ 10 {own}")
                for now in range(first, last, 250)
            ]
    lines.sort(key=lambda line: line[0])
    return Flow("deals", *read_tape("\n".join(f"+{time}s {line}" for time, line in _revised(lines, rng))))


def outside_flow() -> Flow:
    """Return ninety minutes of deals at a maker's prices, some outside, while sides of the book come and go."""
    rng = random.Random(12)
    lines: list[tuple[int, str]] = []
    for instrument in ("I1", "I2"):
        for now in range(0, 5_400, 300):
            for side, price in (("buy", "9.99"), ("sell", "10.01")):
                name, gone = f"{instrument}-{side}-{now}", now + rng.randrange(30, 300)
                lines.append((now, f"order M1 {instrument} {side} 900_000 @ {price} order={name}"))
                lines.append((gone, f"cancel M1 {instrument} {side} order={name}"))
        for now in range(7, 5_400, 11):
            buyer, seller = rng.sample(("A1", "A2", "A3", "A4", "A5"), 2)
            price = rng.choice(("9.99", "10", "10.01", "10.01", "9.99", rng.choice(("9.90", "10.08", "10.5"))))
            lines.append((now, f"deal {buyer} {seller} {instrument} {rng.randrange(50, 500)} @ {price}"))
    lines.sort(key=lambda line: line[0])
    return Flow("deals outside", *read_tape("\n".join(f"+{time}s {line}" for time, line in _revised(lines, rng))))


def _revised(lines: list[tuple[int, str]], rng: random.Random) -> list[tuple[int, str]]:
    """Return the lines with revisions of some deals among them; a deal's id is made from its line."""
    revisions: list[tuple[int, int]] = []
    written: list[tuple[int, str]] = []
    for time, line in lines:
        while revisions and revisions[0][0] <= time:
            at, number = revisions.pop(0)
            what = rng.choice(("bust", "bust - - buy", "correct - - - 77"))
            written.append((at, f"{what} trade=deal-{number}"))
        written.append((time, line))
        if line.startswith("deal") and rng.random() < 0.05:
            revisions.append((time + rng.randrange(0, 3_000), len(written)))
            revisions.sort()
    return written
