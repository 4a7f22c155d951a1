"""What came of an alert that was made again, for a reader and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from surveillance.audit.replay import JUDGED


@dataclass(frozen=True, slots=True)
class Told:
    """An alert that was made again.

    Parameters
    ----------
    alert_id : str
        Of the alert.
    at : str
        Whose rules judged it.
    proof : str
        Whether it was measured, or judged from its capsule.
    not_measured : sequence of str
        Why it was not measured.
    differences : sequence of str
        What differs, and in which input.
    other_code : sequence of str
        Distributions that are not those that made it.
    made : bytes
        The alert that was made, as JSON.
    following : sequence of str
        Those whose measures follow from the events in its capsule.
    """

    alert_id: str
    at: str
    proof: str
    not_measured: Sequence[str]
    differences: Sequence[str]
    other_code: Sequence[str]
    made: bytes
    following: Sequence[str]

    @property
    def same(self) -> bool:
        """Whether it is the same, byte for byte, from the same inputs."""
        return not self.differences

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {
            "alert_id": self.alert_id,
            "at": self.at,
            "identical": self.same,
            "proof": self.proof,
            "following": list(self.following),
            "not_measured": list(self.not_measured),
            "differences": list(self.differences),
            "other_code": list(self.other_code),
        }


def told_again(content: Mapping[str, Any], at: str, differing: Sequence[str], made: bytes) -> Told:
    """Return what another process told as `Told.as_dict` does; engines of before measured nothing.

    Parameters
    ----------
    content : Mapping
        What it told.
    at : str
        Whose rules judged.
    differing : sequence of str
        What differs beside.
    made : bytes
        The alert that it made.
    """
    said = [*differing, *content["differences"]]
    proof, why = content.get("proof", JUDGED), content.get("not_measured", [])
    following = content.get("following", [])
    return Told(content["alert_id"], at, proof, why, said, content["other_code"], made, following)


def tell(told: Told, *, as_json: bool) -> None:
    """Print it."""
    if as_json:
        click.echo(json.dumps(told.as_dict(), ensure_ascii=False))
        return
    end = "the same, byte for byte" if told.same else "it differs"
    click.echo(f"Alert {told.alert_id} made again at {told.at}, {told.proof}: {end}.")
    for line in told.differences:
        click.echo(f"differs: {line}")
    for line in told.other_code:
        click.echo(f"other code: {line}")
    for line in told.not_measured:
        click.echo(f"not measured: {line}")
