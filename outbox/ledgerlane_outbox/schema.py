"""Creates and removes the tables and functions of the outbox.

Both run inside the caller's transaction and commit nothing, so that they fit into a migration
of any tool.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, text

if TYPE_CHECKING:  # importing it needs greenlet, which synchronous services need not have
    from sqlalchemy.ext.asyncio import AsyncConnection

SCHEMA_VERSION: Final = 1

_INSTALLED: Final = text("SELECT to_regprocedure('ledgerlane_outbox_version()') IS NOT NULL")
_VERSION: Final = text("SELECT ledgerlane_outbox_version()")

# One installer at a time: services that start together may all install the outbox.
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext('ledgerlane_outbox_install'))")

_DROP: Final = (
    "DROP FUNCTION ledgerlane_outbox_version()",
    "DROP FUNCTION ledgerlane_emit",
    "DROP FUNCTION ledgerlane_append",
    "DROP TABLE ledgerlane_outbox_parked",
    "DROP TABLE ledgerlane_outbox_cursor",
    "DROP TABLE ledgerlane_outbox",
    "DROP FUNCTION ledgerlane_outbox_shard(text, text, integer)",
    "DROP FUNCTION ledgerlane_outbox_notify()",
)


class SchemaMismatch(RuntimeError):
    """The outbox in the database has a version that this release does not know."""


def install_sync(connection: Connection) -> None:
    """Create the outbox in the first schema of the search path unless it is installed.

    Raises:
        SchemaMismatch: install the release of `ledgerlane-outbox` that made the tables.
    """
    connection.execute(_LOCK)
    version = _version(connection)
    if version is None:
        for statement in _ddl():
            connection.exec_driver_sql(statement)
    elif version != SCHEMA_VERSION:
        raise SchemaMismatch(
            f"the outbox in this database has version {version}, this package knows "
            f"{SCHEMA_VERSION}: install the matching release of ledgerlane-outbox"
        )


def uninstall_sync(connection: Connection) -> None:
    """Remove the outbox with all of its rows, published or not, if it is installed."""
    connection.execute(_LOCK)
    if _version(connection) is not None:
        for statement in _DROP:
            connection.exec_driver_sql(statement)


async def install(connection: AsyncConnection) -> None:
    """Do what :func:`install_sync` does, for asynchronous SQLAlchemy."""
    await connection.run_sync(install_sync)


async def uninstall(connection: AsyncConnection) -> None:
    """Do what :func:`uninstall_sync` does, for asynchronous SQLAlchemy."""
    await connection.run_sync(uninstall_sync)


def _version(connection: Connection) -> int | None:
    if not connection.scalar(_INSTALLED):
        return None
    return int(connection.scalar(_VERSION) or 0)


def _ddl() -> list[str]:
    return files("ledgerlane_outbox").joinpath("ddl.sql").read_text("utf-8").split("\n\n")
