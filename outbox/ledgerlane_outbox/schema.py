"""Creates, upgrades and removes the tables and functions of the outbox.

All of it runs inside the caller's transaction and commits nothing, so that it fits into a
migration of any tool.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, text

if TYPE_CHECKING:  # importing it needs greenlet, which synchronous services need not have
    from sqlalchemy.ext.asyncio import AsyncConnection

SCHEMA_VERSION: Final = 3

_INSTALLED: Final = text("SELECT to_regprocedure('ledgerlane_outbox_version()') IS NOT NULL")
_VERSION: Final = text("SELECT ledgerlane_outbox_version()")
_SCHEMA_AND_PATH: Final = text("""
    SELECT quote_ident(nspname), current_setting('search_path')
      FROM pg_proc JOIN pg_namespace AS n ON n.oid = pronamespace
     WHERE pg_proc.oid = to_regprocedure('ledgerlane_outbox_version()')
""")
_SET_PATH: Final = text("SELECT set_config('search_path', :path, true)")

# One installer at a time: services that start together may all install the outbox.
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext('ledgerlane_outbox_install'))")

_REPLACES: Final = "CREATE OR REPLACE FUNCTION"

# A relay that reads the log makes the publication and the table of its cursor. A publication is
# not in any schema, so it may belong to the outbox of another one.
_DROP: Final = (
    """
    DO $$
    BEGIN
        IF 'ledgerlane_outbox'::regclass = ALL (
            SELECT prrelid FROM pg_publication_rel JOIN pg_publication AS p ON p.oid = prpubid
             WHERE pubname = 'ledgerlane_outbox')
        THEN
            DROP PUBLICATION IF EXISTS ledgerlane_outbox;
        END IF;
    END
    $$
    """,
    "DROP TABLE IF EXISTS ledgerlane_outbox_wal_cursor",
    "DROP FUNCTION ledgerlane_outbox_version()",
    "DROP FUNCTION ledgerlane_emit",
    "DROP FUNCTION ledgerlane_append",
    "DROP FUNCTION ledgerlane_outbox_check_size",
    "DROP TABLE ledgerlane_outbox_parked",
    "DROP TABLE ledgerlane_outbox_cursor",
    "DROP TABLE ledgerlane_outbox",
    "DROP FUNCTION ledgerlane_outbox_shard(text, text, integer)",
    "DROP FUNCTION ledgerlane_outbox_notify()",
    "DROP FUNCTION ledgerlane_outbox_check_attributes",
)


class SchemaMismatch(RuntimeError):
    """The outbox in the database has a version that this release does not know."""


def install_sync(connection: Connection) -> None:
    """Create the outbox in the first schema of the search path, or upgrade an older one.

    An upgrade keeps every row. It waits for open transactions that have appended, and appends
    wait for it. While a relay reads the outbox it fails, with SQLSTATE 55006. A current outbox
    is left as it is.

    Raises:
        SchemaMismatch: install the release of `ledgerlane-outbox` that made the tables.
    """
    connection.execute(_LOCK)
    version = _version(connection)
    if version is None:
        _execute(connection, _statements("ddl.sql"))
    elif version != SCHEMA_VERSION:
        with _in_its_schema(connection):
            _upgrade(connection, version)


def uninstall_sync(connection: Connection) -> None:
    """Remove the outbox with all of its rows, published or not, if it is installed.

    The table and the publication of a relay that reads the log are removed as well; its
    replication slot is not, as that is part of no transaction.

    Raises:
        SchemaMismatch: install the release of `ledgerlane-outbox` that made the tables.
    """
    connection.execute(_LOCK)
    version = _version(connection)
    if version is not None:
        with _in_its_schema(connection):
            if version != SCHEMA_VERSION:
                _upgrade(connection, version)
            _execute(connection, _DROP)


async def install(connection: AsyncConnection) -> None:
    """Do what :func:`install_sync` does, for asynchronous SQLAlchemy."""
    await connection.run_sync(install_sync)


async def uninstall(connection: AsyncConnection) -> None:
    """Do what :func:`uninstall_sync` does, for asynchronous SQLAlchemy."""
    await connection.run_sync(uninstall_sync)


def _upgrade(connection: Connection, version: int) -> None:
    if not 1 <= version < SCHEMA_VERSION:
        raise SchemaMismatch(
            f"the outbox in this database has version {version}, this package knows "
            f"{SCHEMA_VERSION}: install the matching release of ledgerlane-outbox"
        )
    refuse_beside_relays, *add_columns = _statements("upgrade_3.sql")
    _execute(connection, [refuse_beside_relays])
    if version == 1:
        _execute(connection, _statements("upgrade_2.sql"))
    # A constraint on the new columns calls one of the functions.
    _execute(connection, [one for one in _statements("ddl.sql") if _REPLACES in one])
    _execute(connection, add_columns)


@contextmanager
def _in_its_schema(connection: Connection) -> Iterator[None]:
    """Set the search path to the schema of the outbox, which need not be the first on it."""
    schema, path = connection.execute(_SCHEMA_AND_PATH).one()
    connection.execute(_SET_PATH, {"path": schema})
    yield
    connection.execute(_SET_PATH, {"path": path})


def _version(connection: Connection) -> int | None:
    if not connection.scalar(_INSTALLED):
        return None
    return int(connection.scalar(_VERSION) or 0)


def _execute(connection: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def _statements(file: str) -> list[str]:
    return files("ledgerlane_outbox").joinpath(file).read_text("utf-8").split("\n\n")
