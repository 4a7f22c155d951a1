"""Damaged files of every format: each is read to its end, or refused as a whole, and every record is accounted for.

By hand, for longer than the tests do: make fuzz
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import json
import random
import tempfile
import time
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from fix_messages import message

from surveillance.errors import InputError
from surveillance.events.dictionary import Dictionaries
from surveillance.events.profile import Profile, load_profile
from surveillance.feeds.ahead import ReadAhead
from surveillance.feeds.content import StoredFile
from surveillance.feeds.guessing import guess_profile
from surveillance.feeds.source import open_sources

NAMES = ("time", "kind", "side", "price", "quantity", "account", "order")
_GUESSED = 0.05
FORMATS = ("csv", "ndjson", "json", "parquet", "fix")
PACKINGS = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": lambda data: pa.Codec("zstd").compress(data, asbytes=True),
    ".bz2": bz2.compress,
}
PIECES = [b"\x00", b"\xff", b'"', b"\n", b"\r", b",", b"{", b"}", b"[", b"]", b"\\", b":", b"\\u", b"null", b"1e999"]
PIECES += [b"-", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"9" * 40, b'""', b'"\n"', b",,,", b"[" * 300, b" " * 5000]


def rows(random_: random.Random, count: int) -> list[dict[str, str]]:
    """Return records that are good."""
    return [
        {
            "time": f"2025-10-27T09:30:{number % 60:02d}.{random_.randrange(10**6)}Z",
            "kind": random_.choice(["order", "trade", "cancel"]),
            "side": random_.choice(["buy", "sell"]),
            "price": str(random_.randrange(1, 10**6) / 100),
            "quantity": str(random_.randrange(1, 1000)),
            "account": random_.choice(["A1", "Ä2", 'A"3', "A,4", "A\n5"]),
            "order": f"o{number}",
        }
        for number in range(count)
    ]


def written(form: str, found: list[dict[str, str]]) -> bytes:
    """Return records as the bytes of a file."""
    if form == "parquet":
        out = io.BytesIO()
        pq.write_table(pa.table({name: [row[name] for row in found] for name in NAMES}), out)
        return out.getvalue()
    if form == "fix":
        return "".join(map(_message, found)).encode()
    if form == "csv":
        quoted = [",".join('"' + row[name].replace('"', '""') + '"' for name in NAMES) for row in found]
        return "\n".join([",".join(NAMES), *quoted, ""]).encode()
    lines = [json.dumps(row, ensure_ascii=len(found) % 2 == 0) for row in found]
    return ("\n".join([*lines, ""]) if form == "ndjson" else "[" + ",\n".join(lines) + "]").encode()


def _message(row: dict[str, str]) -> str:
    time_ = row["time"].replace("-", "").replace("T", "-")[:21]
    account, side = row["account"].replace("\n", " "), "12"[row["side"] == "sell"]
    fields = f"37=X{row['order']} 11={row['order']} 55=IBM 54={side} 38={row['quantity']} 60={time_}"
    if row["kind"] == "trade":
        what = f"35=8 17=e{row['order']} 150=F 39=1 32={row['quantity']} 31={row['price']} 151=0 14=1"
    else:
        what = f"35=8 17=e{row['order']} 150={'0' if row['kind'] == 'order' else '4'} 39=0 151=1 14=0 44={row['price']}"
    return message([*what.split(), *fields.split(), f"1={account}"], sender="BROKER", target="CLIENT") + "\n"


def damaged(data: bytes, random_: random.Random) -> bytes:
    """Return data with a few bits flipped, pieces put in, cut out or doubled, or its end cut off."""
    found = bytearray(data)
    for _ in range(random_.randrange(1, 6)):
        if not found:
            break
        place = random_.randrange(len(found))
        match random_.randrange(6):
            case 0:
                found[place] ^= 1 << random_.randrange(8)
            case 1:
                found[place:place] = random_.choice(PIECES)
            case 2:
                del found[place : place + random_.randrange(1, 40)]
            case 3:
                found[place:place] = found[place : place + random_.randrange(1, 200)]
            case 4:
                found[place : place + 4] = random_.randbytes(4)
            case _:
                if random_.random() < 0.3:
                    del found[place:]
    return bytes(found)


@cache
def profile_for(path: Path) -> Profile:
    """Return the profile that the files of a format have."""
    return load_profile("fix" if path.suffix == ".fix" else "canonical")


def outcome(path: Path, *, block_rows: int = 131_072, encoding: str = "utf-8") -> tuple[str, dict[str, int]]:
    """Read a file through the door; raise AssertionError if a record is not accounted for.

    Returns "read" or the code of the error for which the file was refused, and rejects by reason.
    """
    rejects: list[dict[str, object]] = []
    profile = replace(profile_for(Path("day" + path.suffixes[0])), encoding=encoding)
    ahead = ReadAhead()
    try:
        (source,) = open_sources(
            [path], profile, dictionaries=Dictionaries(), on_reject=rejects.append, block_rows=block_rows
        )
        positions = [place for batch in source.batches(ahead) for place in batch.columns["position"].tolist()]
    except InputError as error:
        for problem in error.problems:
            if problem.location.file != str(path) or "\n" in problem.message:
                raise AssertionError(f"not one clear line: {problem}") from error
        return error.problems[0].code, {}
    finally:
        ahead.close()
    counts = source.counts
    assert counts.rows_read + counts.added == counts.events + counts.rejected + counts.filtered + counts.duplicates
    assert (counts.events, counts.rejected) == (len(positions), len(rejects))
    used = sorted([*positions, *(reject["position"] for reject in rejects)])
    assert len(set(used)) == len(used) == counts.rows_read - counts.filtered
    assert all(0 <= place < counts.rows_read for place in used)
    assert all(reject["code"] and reject["reason"] and reject["source"] for reject in rejects)
    assert path.suffix == ".parquet" or all(reject["line"] for reject in rejects)
    json.dumps(rejects).encode()
    return "read", dict(counts.reasons)


def guessed(path: Path) -> str:
    """Guess a profile for a file; return whether there is one, or the code of the error."""
    try:
        proposal = guess_profile(StoredFile(path))
    except InputError as error:
        return error.problems[0].code
    counts = proposal.trial.counts
    assert counts["rows_read"] + counts["added"] == sum(
        counts[name] for name in ("events", "rejected", "filtered", "duplicates")
    )
    return "a profile"


def campaign(seconds: float, seed: int) -> Counter[tuple[str, str]]:
    """Read damaged files for some time; what happens is counted by format, and the file of a failure is kept."""
    random_ = random.Random(seed)
    seen: Counter[tuple[str, str]] = Counter()
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            form, packing = random_.choice(FORMATS), random_.choice(["", "", *PACKINGS])
            if form == "parquet":
                packing = ""
            data = written(form, rows(random_, random_.choice([1, 3, 40])))
            if random_.random() < 0.7:
                data = PACKINGS[packing](damaged(data, random_))
            else:
                data = damaged(PACKINGS[packing](data), random_)
            if random_.random() < 0.05:
                data = random_.randbytes(random_.randrange(1, 3000))
            encoding = random_.choice(["utf-8"] * 6 + ["latin-1", "cp1252", "utf-16", "shift_jis", "utf-7", "ascii"])
            path = Path(folder) / f"fuzzed.{form}"
            path.write_bytes(data)
            try:
                if random_.random() < _GUESSED:
                    seen[form, f"guessed: {guessed(path)}"] += 1
                large = outcome(path, encoding=encoding)
                small = outcome(path, block_rows=random_.choice([1, 2, 7]), encoding=encoding)
                assert large == small, f"{large} in one block, {small} in small ones"
            except BaseException:
                kept = Path(tempfile.gettempdir()) / f"fuzzed-{seed}.{form}"
                kept.write_bytes(data)
                print(f"kept {kept}, encoding {encoding}, after {seen.total()} files")
                raise
            seen[form, large[0]] += 1
            for reason in large[1]:
                seen[form, f"a reject: {reason}"] += 1
    return seen


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for (form, what), times in sorted(campaign(given.seconds, given.seed).items()):
        print(f"{form:8} {what:32} {times:>8,}")
