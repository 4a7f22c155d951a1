"""A flow of orders large and small beside each other: detectors that look at size and the book run on it as well."""

from __future__ import annotations

import random

from surveillance.testing.flows import Flow
from surveillance.testing.notation import read_tape


def book_flow() -> Flow:
    """Return forty minutes of two instruments' ordinary orders, with layers, lone large orders, flips and false quotes.

    Some lines leave a field out, some come at equal times, and one order in ten is immediate.
    """
    rng = random.Random(5)
    lines: list[tuple[int, str]] = []
    for instrument in ("I1", "I2"):
        for number in range(500):
            now = rng.randrange(2_400_000)
            side, account = rng.choice(("buy", "sell")), f"B{rng.randrange(1, 9)}"
            price = 100 - rng.randrange(1, 9) / 100 if side == "buy" else 100 + rng.randrange(1, 9) / 100
            size, name = rng.choice((100, 100, 200, 300, 1_500)), f"{instrument}-{number}"
            force = " time_in_force=ioc" if rng.random() < 0.1 else ""
            lines.append((now, f"order {account} {instrument} {side} {size} @ {price:.2f} order={name}{force}"))
            if rng.random() < 0.2:
                lines.append((now + 3_000, f"amend {account} {instrument} {side} {size} @ {price:.2f} order={name}"))
            end = (
                f"cancel {account} {instrument} {side} {size}"
                if number % 3
                else f"trade - - - {size // 2} @ {price:.2f}"
            )
            lines.append((now + rng.randrange(1, 60_000), f"{end} order={name}"))
        for start in range(60_000, 2_300_000, 45_000):
            lines += _abuse(rng, instrument, start)
    lines.sort(key=lambda line: line[0])
    return Flow("orders large and small", *read_tape("\n".join(f"+{time}ms {line}" for time, line in lines)))


def _abuse(rng: random.Random, instrument: str, start: int) -> list[tuple[int, str]]:
    """Return one episode: layers around a fill, some of them amended, then a quote whose owner takes."""
    account, side = f"A{rng.randrange(1, 4)}", rng.choice(("buy", "sell"))
    other, size = "sell" if side == "buy" else "buy", rng.choice((800, 1_200, 3_000))
    price, mine = (
        ("99.95", f"{account} {instrument} {side}") if side == "buy" else ("100.05", f"{account} {instrument} {side}")
    )
    found = []
    for layer in range(rng.randrange(1, 6)):
        name = f"L{instrument}-{start}-{layer}"
        found.append((start + 700 * layer, f"order {mine} {size} @ {price} order={name}"))
        moved = f"amend {mine} {size} @ {price} order={name}"
        found += [(start + 3_600 + 500 * move, moved) for move in range(rng.randrange(6))]
        gone = start + 9_000 + rng.choice((-4_000, 0, 300, 4_000))
        if rng.random() < 0.2:
            found.append((start + 8_000, f"trade {mine} {size // 3} @ {price} order={name}"))
        found.append((gone, f"cancel {mine} order={name}"))
    small = f"S{instrument}-{start}"
    found.append((start + 600, f"order {account} {instrument} {other} 100 @ 100 order={small}"))
    done = start + rng.choice((5_900, 8_500, 9_000, 9_600))
    found.append((done, f"trade {account} {instrument} {other} 100 @ 100 order={small}"))
    better = "99.99" if side == "buy" else "100.01"
    quote, take = f"Q{instrument}-{start}", f"T{instrument}-{start}"
    found.append((start + 20_000, f"order {mine} 50 @ {better} order={quote}"))
    taking = f"{account} {instrument} {other}"
    found += [(start + 23_000, f"order {taking} 600 @ {better} order={take} time_in_force=ioc")]
    found += [(start + 23_000, f"trade {taking} 200 @ {better} order={take} aggressor=taker")] * 3
    return found
