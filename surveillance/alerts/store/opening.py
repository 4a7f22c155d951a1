"""Opens a store: its URL becomes a database at the newest migration, with settings that keep what was written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from surveillance.alerts.store.tables import HEAD
from surveillance.errors import InputError, Location, Problem

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 7_126_554_391
"""Number of the lock under which PostgreSQL lets one writer in at a time; any that nobody else uses."""

_BUSY_MS: Final = 30_000
_HOW: Final = "write sqlite:///alerts.db, a path such as alerts.db, or postgresql://user@host/database"


def open_store(where: str, *, write: bool) -> Engine:
    """Open a store.

    Parameters
    ----------
    where : str
        A URL, or the path of an SQLite file.
    write : bool
        Whether the database is made and brought up to date; a reader expects both.

    Raises
    ------
    InputError
        There is no such store, it cannot be reached, or it is of another version.
    """
    url = _read_url(where)
    shown = url.render_as_string(hide_password=True)
    file = url.database if url.get_backend_name() == "sqlite" else None
    if file and not write and not Path(file).is_file():
        hint = "surveil detect --store makes one"
        raise InputError(Problem("no-store", "there is no store", Location(file), hint))
    engine = _engine(url, write=write)
    try:
        if write:
            with engine.begin() as connection:
                _bring_up_to_date(connection)
        else:
            with engine.connect() as connection:
                _check(connection, shown)
    except InputError:
        engine.dispose()
        raise
    except (DBAPIError, sqlite3.Error) as error:
        engine.dispose()
        raise InputError(_unusable(error, shown)) from error
    return engine


@contextmanager
def opened_store(where: str, *, write: bool) -> Iterator[Engine]:
    """Open a store for as long as it is used; see `open_store`."""
    engine = open_store(where, write=write)
    try:
        yield engine
    finally:
        engine.dispose()


def shown_url(where: str) -> str:
    """Return a URL as it may be shown, without its password."""
    return _read_url(where).render_as_string(hide_password=True)


def _unusable(error: Exception, shown: str) -> Problem:
    cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    return Problem("bad-store", f"the store cannot be used: {cause}", Location(shown), _HOW)


def _read_url(where: str) -> URL:
    try:
        url = make_url(where) if "://" in where else URL.create("sqlite", database=where)
    except ArgumentError as error:
        raise InputError(Problem("bad-store", "is no URL of a store", Location(where), _HOW)) from error
    backend = url.get_backend_name()
    if backend not in ("sqlite", "postgresql", "postgres"):
        what = f"{backend} is not a kind of store"
        raise InputError(Problem("bad-store", what, Location(url.render_as_string(hide_password=True)), _HOW))
    return url if backend == "sqlite" else url.set(drivername="postgresql+psycopg")


def _engine(url: URL, *, write: bool) -> Engine:
    try:
        engine = create_engine(url)
    except ModuleNotFoundError as error:
        hint = "pip install 'trade-surveillance[postgres]'"
        raise InputError(Problem("no-driver", f"PostgreSQL needs the package {error.name}", hint=hint)) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_writing if write else _begin_reading)
    elif write:
        event.listen(engine, "begin", _one_writer)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -65536")


def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _one_writer(connection: Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def _check(connection: Connection, shown: str) -> None:
    version = _version(connection)
    if version == HEAD:
        return
    what = "holds no alerts" if version is None else f"is of version {version}, and this program reads {HEAD}"
    hint = "the next surveil detect --store brings it up to date" if version is None or version < HEAD else ""
    raise InputError(Problem("store-version", f"the store {what}", Location(shown), hint))


def _bring_up_to_date(connection: Connection) -> None:
    version = _version(connection)
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        what = f"the store is of version {version}, which is newer than {HEAD}"
        raise InputError(Problem("store-version", what, hint="use the program that wrote it, or a newer one"))
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
