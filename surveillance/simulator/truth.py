"""What was played: the labels of the episodes, and the reference data of the participants."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from surveillance.events.schema import Capacity
from surveillance.simulator.book import CANCEL, ORDER, TRADE
from surveillance.simulator.clock import SECOND
from surveillance.simulator.market import Market
from surveillance.simulator.population import Population
from surveillance.simulator.script import COUNTERPARTY


@dataclass(frozen=True, slots=True)
class Label:
    """One line of ``truth.csv``: an episode as it really happened on the tape.

    Parameters
    ----------
    episode_id : str
        Numbered by start, so that it says nothing about the typology.
    typology : str
        Id of the detector that is to find it, or the name of the lawful behaviour.
    is_abuse : bool
    instrument, accounts, traders : str
        Texts of the tape, several joined by ``;``; without accounts that are mere counterparties.
    start, end : str
        Times of the first and the last event of the episode's own orders, ISO 8601 UTC with nanoseconds.
    orders, cancels, trades : int
        Rows that the episode's own orders made.
    roles : str
        What each account did, counterparties included, as ``account=role`` joined by ``;``.
    params : str
        What was drawn, as JSON.
    """

    episode_id: str
    typology: str
    is_abuse: bool
    instrument: str
    accounts: str
    traders: str
    start: str
    end: str
    orders: int
    cancels: int
    trades: int
    roles: str
    params: str


def iso(time: int) -> str:
    """Return a time in ns since 1970-01-01 UTC as ISO 8601 with nine digits."""
    seconds, rest = divmod(time, SECOND)
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def labels(market: Market) -> list[Label]:
    """Return the labels of a day that has been played to its end."""
    people, found = market.population, []
    for number, (episode, seen) in enumerate(zip(market.episodes, market.sightings, strict=True), start=1):
        density = round(market.density(episode.instruments, seen.first, seen.last), 3)
        accounts = [one for one, role in episode.roles.items() if role != COUNTERPARTY]
        found.append(
            Label(
                episode_id=f"E{number:04d}",
                typology=episode.typology,
                is_abuse=episode.is_abuse,
                instrument=";".join(people.instruments[one].name for one in episode.instruments),
                accounts=";".join(people.account_ids[one] for one in accounts),
                traders=";".join(dict.fromkeys(people.trader_ids[people.trader[one]] for one in accounts)),
                start=iso(seen.first),
                end=iso(seen.last),
                orders=seen.kinds.get(ORDER, 0),
                cancels=seen.kinds.get(CANCEL, 0),
                trades=seen.kinds.get(TRADE, 0),
                roles=";".join(f"{people.account_ids[one]}={role}" for one, role in episode.roles.items()),
                params=json.dumps({**episode.params, "density": density}, sort_keys=True),
            )
        )
    return found


def write_truth(found: list[Label], path: Path) -> None:
    """Write labels as CSV."""
    rows = (
        [str(value).lower() if isinstance(value, bool) else value for value in asdict(one).values()] for one in found
    )
    _write(path, [field.name for field in fields(Label)], rows)


def write_reference(population: Population, folder: Path) -> list[Path]:
    """Write ``accounts.csv`` and ``instruments.csv`` into a folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    accounts = sorted(
        [
            name,
            Capacity(population.capacity[n]).name.lower(),
            population.owner_ids[population.owner[n]],
            population.trader_ids[population.trader[n]],
            population.desk_ids[population.desk[n]],
        ]
        for n, name in enumerate(population.account_ids)
    )
    instruments = sorted(
        [
            one.name,
            one.asset_class.name.lower(),
            one.band.name.lower(),
            one.price_scale,
            one.quantity_scale,
            one.multiplier,
            f"{Decimal(one.tick).scaleb(-one.price_scale):f}",
            one.currency,
            one.venue,
        ]
        for one in population.instruments
    )
    paths = [folder / "accounts.csv", folder / "instruments.csv"]
    _write(paths[0], ["account_id", "capacity", "beneficial_owner", "trader", "desk"], accounts)
    header = [
        "instrument",
        "asset_class",
        "band",
        "price_scale",
        "quantity_scale",
        "multiplier",
        "tick_size",
        "currency",
        "venue",
    ]
    _write(paths[1], header, instruments)
    return paths


def _write(path: Path, header: list[str], rows: Iterable[list[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
