"""Files of transactions, well and badly written, and what the engine makes of them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import layering_reference as reference

from surveillance.compat.layering import run_pipeline
from surveillance.errors import SurveillanceError

HEADER = "timestamp,account_id,product_id,side,price,quantity,event_type"
FATAL = (b"fatal", b"fatal", 0)


def rows(*lines: str) -> bytes:
    """Return a file with the usual header."""
    return "\n".join([HEADER, *lines, ""]).encode()


def engine(folder: Path, data: bytes) -> tuple[bytes, bytes, int]:
    """Return the two files that the engine writes and how many rows it skipped."""
    source, out = folder / "transactions.csv", folder / "out"
    source.write_bytes(data)
    for name in ("suspicious_accounts.csv", "detections.csv"):
        (out / name).unlink(missing_ok=True)
    try:
        outcome = run_pipeline(source, out, out)
    except SurveillanceError:
        assert not (out / "suspicious_accounts.csv").exists()
        return FATAL
    return (out / "suspicious_accounts.csv").read_bytes(), (out / "detections.csv").read_bytes(), outcome.skipped


def plainly(folder: Path, data: bytes) -> tuple[bytes, bytes, int]:
    """Return the same from the plain reading."""
    source = folder / "plain.csv"
    source.write_bytes(data)
    try:
        return reference.run(source)
    except reference.FatalError:
        return FATAL


_TIMES = (0, 0, 0, 1, 500_000, 1_000_000, 2_000_000, 2_000_001, 3_000_000, 5_000_000, 9_999_999, 10_000_000)
_BAD_TIMES = ("", "2025-10-26T10:00:00z", "1761472807", "10/26/2025 10:00", "2025-10-26T24:00:00Z", "2025-02-30", "x")
_ODD_TIMES = (
    "20251026T100007Z", "2025-W43-7T10:00:07Z", "2025-10-26T10:00:07,5Z", "2025-10-26", "2025-10-26T10",
    "2025-10-26T10:00:07.123456789+00:00", "2025-10-26T10:00:07+02:00:30", "1500-01-01T00:00:00Z",
    "9999-12-31T00:00:00Z", "2025-10-26x10:00:07Z", " 2025-10-26 10:00:07Z ",
)  # fmt: skip
_PRICES = ("100", "100.00", "3.00", "3.03", "0.0001", "99.999999", "250", "1e2", "+5", ".5", "1_000", "7.070", " 7 ")
_ODD_PRICES = ("Infinity", "inf", "0.00000000000000000001", "1e400", "123456789012345", "0.1234567", "1e-400")
_BAD_PRICES = ("0", "-1", "NaN", "sNaN", "-Infinity", "abc", "$5", "", "0x10", "0.000", "1,000.00")
_ODD_QUANTITIES = (" 1000 ", "1_000", "007", "+5", "999999999999999999999999999999", "1000000000000000", "\u0663")
_BAD_QUANTITIES = ("0", "-5", "1000.0", "1e3", "ten", "", "1 000")


class Writer:
    """Writes random small files that hold patterns, near misses and every kind of oddity.

    Parameters
    ----------
    choice : random.Random
        Where chance comes from.
    """

    def __init__(self, choice: random.Random) -> None:
        self._random = choice
        self.oddity = choice.choice((0.0, 0.0, 0.02, 0.1, 0.4))
        self.zones = choice.choice((("Z",), ("+00:00",), ("Z", "+02:00", "-05:30"), ("",), ("Z", ""), ("+02:00", "Z")))
        self.accounts = choice.choice((("A",), ("A", "B"), ("A", "ACC-1", "@x", "Ünï", "C,D", 'q"q', "a b", "=1")))
        self.products = choice.choice((("I",), ("I", "J"), ("I", "P+Q")))

    def file(self) -> bytes:
        """Return a file."""
        chance = self._random
        events = [event for _ in range(chance.randint(0, 5)) for event in self._pattern()]
        mixed = chance.random()
        if mixed < 0.3:
            chance.shuffle(events)
        elif mixed < 0.8:
            events.sort(key=lambda event: event[0])
        lines = [self._line(*event) for event in events]
        if lines and chance.random() < 0.2:
            lines.append(chance.choice(lines))
        if chance.random() < self.oddity:
            lines.insert(chance.randint(0, len(lines)), chance.choice(("", " ", "a,b", "\r", '"', "x" * 50)))
        end = chance.choice(("\n", "\n", "\r\n"))
        names = HEADER + chance.choice(("", "", "", ",venue"))
        text = end.join([names, *lines]) + chance.choice((end, end, ""))
        if chance.random() < self.oddity / 10:
            text = "\ufeff" + text
        data = text.encode()
        if chance.random() < self.oddity / 10:
            place = chance.randint(0, len(data))
            data = data[:place] + chance.choice((b"\xff", b"\xc3", b"\0", b"\r")) + data[place:]
        return data

    def _pattern(self) -> Iterable[tuple[int, str, str, str, int, str]]:
        chance = self._random
        account, product = chance.choice(self.accounts), chance.choice(self.products)
        time = chance.randrange(0, 20) * 1_000_000
        side = chance.choice(("BUY", "SELL"))
        other = "SELL" if side == "BUY" else "BUY"
        if chance.random() < 0.6:
            steps = [(side, "ORDER_PLACED")] * chance.randint(2, 5)
            if chance.random() < 0.3:
                steps.insert(chance.randint(0, 2), (other, chance.choice(("ORDER_PLACED", "TRADE_EXECUTED"))))
            steps += [(side, "ORDER_CANCELLED")] * chance.randint(2, 5)
            steps += [(other, "TRADE_EXECUTED")] * chance.randint(0, 2)
            if chance.random() < 0.3:
                place = chance.randint(0, len(steps))
                steps.insert(
                    place, (chance.choice((side, other)), chance.choice(("ORDER_CANCELLED", "TRADE_EXECUTED")))
                )
            for kind in steps:
                yield time, account, product, kind[0], chance.randint(1, 5) * 100, kind[1]
                time += chance.choice(_TIMES)
        else:
            for _ in range(chance.randint(5, 12)):
                yield time, account, product, side, chance.choice((1000, 1666, 1667, 2000, 5000)), "TRADE_EXECUTED"
                time += chance.choice((0, 1_000_000, 60_000_000, 300_000_000, 360_000_000, 360_000_001))
                side = chance.choice((side, *(("SELL",) if side == "BUY" else ("BUY",)) * 3))

    def _line(self, time: int, account: str, product: str, side: str, quantity: int, kind: str) -> str:
        chance = self._random
        cells = [
            self._stamp(time), account, product, side, chance.choice(_PRICES[:7]), str(quantity), kind,
        ]  # fmt: skip
        if chance.random() < self.oddity:
            place = chance.randrange(7)
            cells[place] = {
                0: lambda: chance.choice(_ODD_TIMES + _BAD_TIMES),
                1: lambda: chance.choice(("", "  ", " A ", "A\tB", "A\0B", "A\nB", "A\r\nB", "\u00a0A")),
                2: lambda: chance.choice(("", " I ", "I\u2003", "I\nJ")),
                3: lambda: chance.choice(("buy", " SELL ", "HOLD", "", "\u017fell")),
                4: lambda: chance.choice(_PRICES + _ODD_PRICES + _BAD_PRICES),
                5: lambda: chance.choice(_ODD_QUANTITIES + _BAD_QUANTITIES),
                6: lambda: chance.choice(("order_placed", " TRADE_EXECUTED", "ORDER-PLACED", "")),
            }[place]()
        if chance.random() < self.oddity / 4:
            cells = cells[: chance.randint(1, 7)] + ["more"] * chance.randint(0, 2)
        return ",".join(self._quoted(cell) for cell in cells)

    def _quoted(self, cell: str) -> str:
        wild = self._random.random() < self.oddity / 20
        if wild:
            return '"' + cell if self._random.random() < 0.5 else cell + '"x'
        if any(mark in cell for mark in ',"\r\n') or self._random.random() < self.oddity / 5:
            return '"' + cell.replace('"', '""') + '"'
        return cell

    def _stamp(self, micros: int) -> str:
        zone = self._random.choice(self.zones)
        shift = {"+02:00": 7200, "-05:30": -19800}.get(zone, 0)
        seconds, fraction = divmod(36_000 + micros // 1_000_000 + shift, 60)[0] * 60, micros % 1_000_000
        seconds += (36_000 + micros // 1_000_000 + shift) % 60
        text = f"2025-10-26T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        if fraction or self._random.random() < 0.2:
            text += f".{fraction:06}" if self._random.random() < 0.8 else f".{fraction:06}000"
        return text + zone
