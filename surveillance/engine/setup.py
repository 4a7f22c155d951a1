"""What a run is made from: rulebook, plugins, feed profile and what is known beside the events."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from surveillance.bundle import rules_folder
from surveillance.detecting.detector import Detector
from surveillance.detecting.plugins import Loaded, load_plugins
from surveillance.engine.withholding import veiled, withholding
from surveillance.errors import InputError, Problem, RulesError
from surveillance.events.profile import Profile, load_profile
from surveillance.events.rates import Rates, read_rates
from surveillance.events.reference import Reference, read_reference
from surveillance.privacy import Pseudonyms, read_key
from surveillance.rules import Rulebook, load_head, load_rulebook


@dataclass(frozen=True, slots=True)
class Setup:
    """What a run is made from.

    Parameters
    ----------
    book : Rulebook
        The rules.
    plugins : dict of str to Loaded
        Detectors by id.
    profile : Profile
        How the feed is read.
    reference : Reference or None
        Accounts, people, instruments, calendars.
    rates : Rates or None
        Exchange rates into the base currency.
    privacy : Pseudonyms or None
        How ids are written, where the rulebook asks for pseudonyms.
    baselines : Path or None
        Folder of what is usual.
    learn : bool
        Whether the run's days are added to it.
    """

    book: Rulebook
    plugins: dict[str, Loaded]
    profile: Profile
    reference: Reference | None
    rates: Rates | None
    privacy: Pseudonyms | None
    baselines: Path | None = None
    learn: bool = True

    @property
    def classes(self) -> dict[str, type[Detector]]:
        """Detector classes by id."""
        return {name: one.detector for name, one in self.plugins.items()}


def set_up(
    feed: str, rules: Path | None, reference: Path | None, rates: Sequence[Path], privacy_key: Path | None
) -> Setup:
    """Load what a run is made from; see `surveillance.engine.run.detect`."""
    folder = rules if rules is not None else rules_folder()
    head, problems = load_head(folder / "rulebook.yaml")
    if head is None:
        raise RulesError(problems)
    plugins = load_plugins(head.plugins)
    book = load_rulebook(folder, {name: one.detector for name, one in plugins.items()})
    privacy = None
    if book.privacy:
        privacy = Pseudonyms(read_key(privacy_key, os.environ))
        book = replace(book, suppressions=tuple(veiled(one, privacy) for one in book.suppressions))
    elif privacy_key is not None:
        hint = "Write `privacy: pseudonymise` into rulebook.yaml; without it ids are written as they are."
        raise InputError(Problem("idle-privacy-key", "the rulebook asks for no pseudonyms", hint=hint))
    profile = load_profile(feed)
    with withholding(privacy):
        known = None if reference is None else read_reference(reference)
        exchange = read_rates(rates, book.base_currency) if rates else None
    return Setup(book, plugins, profile, known, exchange, privacy)
