"""Migrations: bring the database to a revision, and check at which one it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database.engine import open_database
from gateway.errors import NotMigrated

NEWEST: Final = "head"
NOTHING: Final = "base"
_SCRIPTS: Final = Path(__file__).parents[1] / "migrations"

# Roles start together, and every one of them may migrate.
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(hashtext('ledgerlane_migrate'))")

_IN_USE: Final = "55006"
"""The SQLSTATE by which the outbox refuses to be changed beside a relay."""

_NO_RIGHT: Final = "42501"

_WHY: Final = {
    _IN_USE: "relays still read the outbox of this database; stop every relay, each finishes "
    "what is under way, then migrate again",
    _NO_RIGHT: "the login lacks a right ({said}); it must own the database, and either have "
    "CREATEROLE or find the roles of docs/runbooks/database-roles.md made by an administrator",
}

Step = Callable[[Config, str], None]


async def upgrade(url: str, revision: str = NEWEST) -> None:
    """Bring a database up to a revision; a database that is there already stays as it is.

    One transaction: a revision that fails changes nothing. Several processes may do it at once.

    Raises:
        DatabaseUnreachable: there is no answer.
        NotMigrated: there is no such revision, or a relay reads an outbox that it changes.
    """
    await _migrate(url, command.upgrade, revision)


async def downgrade(url: str, revision: str) -> None:
    """Take a database back to a revision; the data of later revisions is lost.

    Raises:
        DatabaseUnreachable: there is no answer.
        NotMigrated: there is no such revision, or a relay reads an outbox that it changes.
    """
    await _migrate(url, command.downgrade, revision)


async def revision_of(engine: AsyncEngine) -> str:
    """Return the revision that a database is at."""
    async with engine.connect() as connection:
        return await connection.run_sync(_revision)


async def check_migrated(engine: AsyncEngine) -> None:
    """Check that the database is at this program's revision.

    Raises:
        NotMigrated: it is not.
    """
    found = await revision_of(engine)
    wanted = ScriptDirectory.from_config(_config()).get_current_head() or NOTHING
    if found != wanted:
        raise NotMigrated(
            f"the database is at revision {found}, this program needs {wanted}: "
            "run `ledgerlane migrate`"
        )


async def _migrate(url: str, step: Step, revision: str) -> None:
    def run(connection: Connection) -> None:
        connection.execute(_ONE_AT_A_TIME)
        config = _config()
        config.attributes["connection"] = connection
        step(config, revision)

    try:
        async with open_database(url) as engine, engine.begin() as connection:
            await connection.run_sync(run)
    except CommandError as exc:
        raise NotMigrated(f"cannot migrate to {revision}: {exc}") from exc
    except DBAPIError as exc:
        why = _WHY.get(getattr(exc.orig, "sqlstate", ""))
        if why is None:
            raise
        said = str(exc.orig).partition("\n")[0]
        raise NotMigrated(f"cannot migrate to {revision}: {why.format(said=said)}") from exc


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def _revision(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or NOTHING
