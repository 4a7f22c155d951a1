"""Tests of alerts share helpers that make findings by hand, and the databases that a store can be in."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import postgres
from sqlalchemy import text

from surveillance.alerts.store.opening import open_store

DATABASES = ("sqlite", "postgresql") if postgres.wanted() else ("sqlite",)


@pytest.fixture(scope="session")
def postgres_server():
    with postgres.server() as url:
        yield url


@pytest.fixture(params=DATABASES)
def store_url(request, tmp_path):
    """Return the URL of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'alerts.db'}"
        return
    url = request.getfixturevalue("postgres_server")
    yield url
    engine = open_store(url, write=True)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


@pytest.fixture
def store(store_url):
    """Return an open, empty store."""
    engine = open_store(store_url, write=True)
    yield engine
    engine.dispose()
