"""Which claims are about which episodes: somebody of both, an instrument of both, at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surveillance.evaluation.claims import Claim
from surveillance.evaluation.truth import Episode


@dataclass(frozen=True, slots=True)
class Matches:
    """Pairs that belong together.

    Parameters
    ----------
    of_claims : tuple of tuple of int
        For each claim the places of its episodes.
    of_episodes : tuple of tuple of int
        For each episode the places of its claims.
    """

    of_claims: tuple[tuple[int, ...], ...]
    of_episodes: tuple[tuple[int, ...], ...]


def match(claims: Sequence[Claim], episodes: Sequence[Episode], tolerance: int = 0) -> Matches:
    """Find for each claim the episodes that it is about.

    Parameters
    ----------
    claims : sequence of Claim
        What a run says.
    episodes : sequence of Episode
        What happened.
    tolerance : int
        How far apart in time they may be, ns.

    Notes
    -----
    A claim is about an episode when they overlap in time, share an account (or trader, or who else it is about) and
    share an instrument. What one of the two does not name is no reason against it.
    """
    of_claims: list[list[int]] = [[] for _ in claims]
    of_episodes: list[list[int]] = [[] for _ in episodes]
    of_runs: dict[int, list[int]] = {}
    for place in sorted(range(len(episodes)), key=lambda place: episodes[place].start):
        of_runs.setdefault(episodes[place].run, []).append(place)
    for number, claim in enumerate(claims):
        for place in of_runs.get(claim.run, ()):
            episode = episodes[place]
            if episode.start > claim.end + tolerance:
                break
            if episode.end + tolerance >= claim.start and _same(claim, episode):
                of_claims[number].append(place)
                of_episodes[place].append(number)
    return Matches(tuple(tuple(sorted(one)) for one in of_claims), tuple(tuple(one) for one in of_episodes))


def _same(claim: Claim, episode: Episode) -> bool:
    people = not claim.actors or not episode.actors or bool(claim.actors & episode.actors)
    where = not claim.instruments or not episode.instruments or bool(claim.instruments & episode.instruments)
    return people and where
