"""The days that everything is measured on, made once and kept in the data folder.

Made in processes of their own: what a command seems to take at its peak includes what the process that started it
held.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parent.parent
SEED = 7


def day(folder: Path, events: int) -> Path:
    """Return the folder of a simulated day."""
    return _made("day", folder / f"day-{events}", events)


def window_columns(day_folder: Path) -> Path:
    """Return the folder of `make_window_columns`."""
    return _made("window_columns", day_folder / "window", 0)


def transactions(folder: Path, rows: int) -> Path:
    """Return the file of `make_transactions`."""
    return _made("transactions", folder / f"transactions-{rows}.csv", rows)


def _made(what: str, out: Path, size: int) -> Path:
    if not out.exists():
        print(f"making {out}", flush=True)
        part = out.with_name(out.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        subprocess.run([sys.executable, __file__, what, part, str(size)], check=True)
        part.rename(out)
    return out


def make_day(out: Path, events: int) -> None:
    """Simulate a day."""
    from surveillance.simulator import SimulationConfig, simulate_to

    simulate_to(out, SimulationConfig(seed=SEED, events=events))


THREE: Final = ("layering", "notional-burst", "wash-churn")
"""Rules of three kinds: a sequence, one window, several aggregates."""


TWENTY: Final = (
    "excess-cancellation", "order-to-trade", "quote-stuffing", "ping-orders", "momentum-ignition",  # order flow
    "spoofing", "quote-spoofing", "off-market-price",  # a book
    "layering", "amend-following", "front-running",  # sequences
    "notional-burst", "ramping", "marking-close", "wash-self", "wash-churn", "matched-orders", "painting-tape",
    "pump-and-dump", "dominance",
)  # fmt: skip
"""A mix of the catalogue: five over order flow, three over a book, three sequences, and trades and owners."""


def rules(folder: Path, *names: str) -> Path:
    """Return a rulebook with some rules of the shipped one; without names, the shipped one."""
    if not names:
        return ROOT / "rules"
    out = folder / ("rules-" + ("-".join(names) if len(names) < len(TWENTY) else str(len(names))))
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    shutil.copy(ROOT / "rules" / "rulebook.yaml", out)
    for name in names:
        (found,) = (ROOT / "rules").glob(f"*/{name}.yaml")
        (out / found.parent.name).mkdir(exist_ok=True)
        shutil.copy(found, out / found.parent.name)
    return out


def called(names: Sequence[str]) -> str:
    """Return what a rulebook of these rules is called in tables."""
    if not names:
        files = [path.read_text(encoding="utf-8") for path in (ROOT / "rules").glob("*/*.yaml")]
        return f"all {sum('status: retired' not in text for text in files)} shipped rules"
    return "one rule" if len(names) == 1 else f"{len(names)} rules"


def make_window_columns(out: Path, _events: int) -> None:
    """Write what a window over a trader's trades needs, as Parquet and as bare arrays.

    The engine's windows end at a row and see earlier peers only; SQL's RANGE and Polars' rolling_by also see later
    rows of an equal time. So that all answer the same question no two rows have the same time: one that has is
    moved on by ns.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    out.mkdir()
    names = ["time", "kind", "trader", "price", "quantity"]
    table = pq.read_table(out.parent / "events.parquet", columns=names).combine_chunks()
    row = np.arange(len(table))
    time = table["time"].cast(pa.int64()).to_numpy()
    time = np.maximum.accumulate(time - row) + row
    price, quantity = (_ten_thousandths(table[name]) for name in ("price", "quantity"))
    notional = price // 100 * quantity // 100
    kinds = table["kind"].unify_dictionaries().combine_chunks()
    traders = table["trader"].unify_dictionaries().combine_chunks()
    kind, trader = (column.indices.fill_null(-1).to_numpy(zero_copy_only=False) for column in (kinds, traders))
    trades = (kind == kinds.dictionary.index("trade").as_py()).astype(np.int8)
    time.tofile(out / "time.i64")
    notional.tofile(out / "notional.i64")
    (trader + 1).astype(np.int32).tofile(out / "trader.i32")
    trades.tofile(out / "trade.i8")
    columns = {"time": time, "kind": kinds, "trader": traders, "notional": notional}
    pq.write_table(pa.table(columns), out / "window.parquet", compression="zstd", row_group_size=131_072)
    (out / "size.json").write_text(json.dumps({"rows": len(table), "traders": int(trader.max()) + 1}))


def _ten_thousandths(column):
    import numpy as np
    import pyarrow as pa

    whole = column.fill_null(0).cast(pa.decimal128(24, 4)).combine_chunks()
    return np.frombuffer(whole.buffers()[1], np.int64)[::2].copy()


def make_transactions(out: Path, rows: int) -> None:
    """Write orders, cancellations and trades as CSV: few large accounts, many small ones, two kinds of abuse."""
    chance = random.Random(SEED)
    pairs = [
        (f"ACC{int(20_000 * chance.random() ** 3):05d}", f"P{int(500 * chance.random() ** 2):03d}")
        for _ in range(max(rows // 6, 1))
    ]
    step = 23_400_000_000 // rows
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write("timestamp,account_id,product_id,side,price,quantity,event_type\n")
        plan: list[tuple[str, str]] = []
        for row in range(rows):
            if not plan:
                plan = _plan(chance)
                account, product = chance.choice(pairs)
            side, kind = plan.pop(0)
            at = 34_200_000_000 + row * step
            clock = (
                f"{at // 3_600_000_000:02d}:{at // 60_000_000 % 60:02d}:{at // 1_000_000 % 60:02d}.{at % 1_000_000:06d}"
            )
            price, quantity = chance.randrange(1_000, 50_000), chance.randrange(1, 60) * 100
            file.write(
                f"2026-03-16T{clock}Z,{account},{product},{side},{price // 100}.{price % 100:02d},{quantity},{kind}\n"
            )


def _plan(chance: random.Random) -> list[tuple[str, str]]:
    """Return the next few rows of one account: ordinary ones, or rarely layers or a churn."""
    side, other = chance.choice([("BUY", "SELL"), ("SELL", "BUY")])
    kind = chance.random()
    if kind < 0.0001:
        return [(side, "ORDER_PLACED")] * 4 + [(other, "TRADE_EXECUTED")] + [(side, "ORDER_CANCELLED")] * 4
    if kind < 0.0002:
        return [(side, "TRADE_EXECUTED"), (other, "TRADE_EXECUTED")] * 4
    return [(side, "ORDER_PLACED"), (side, chance.choice(["ORDER_CANCELLED", "TRADE_EXECUTED"]))]


if __name__ == "__main__":
    make = {"day": make_day, "window_columns": make_window_columns, "transactions": make_transactions}
    make[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
