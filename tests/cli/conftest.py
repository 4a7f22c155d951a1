"""A small market day, simulated once for all tests of verbs that read one."""

import pytest

from surveillance.cli.main import run


@pytest.fixture(scope="session")
def market_day(tmp_path_factory):
    folder = tmp_path_factory.mktemp("market") / "day"
    assert run(["simulate", str(folder), "--events", "20000", "--seed", "3", "--quiet"]) == 0
    return folder
