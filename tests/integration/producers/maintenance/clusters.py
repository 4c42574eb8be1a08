"""PostgreSQL servers of a test's own that come from another one, as after a disaster."""

import os
import uuid
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.postgres import Postgres
from gateway.embedded.run import Run

# The log that is needed is in the backup.
_RECOVERY: Final = {
    "restore_command": "false",
    "recovery_target": "immediate",
    "recovery_target_action": "promote",
}


def libpq_url(server: Postgres) -> str:
    url = make_url(server.url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


async def run_program(server: Postgres, name: str, *arguments: str | Path) -> None:
    """Run one of PostgreSQL's programs as the server's own user."""
    program = server._binaries / name
    child = ManagedProcess(server._run, name, [program, *arguments], account=server._account)
    await child.start()
    assert await child.wait() == 0, child.log.read_text()


class BackedUp(Postgres):
    """A server on a base backup of another, which is taken at the first start.

    Args:
        arguments: More arguments for `pg_basebackup`.
        recovers: Recover to the end of the backup, which begins a new timeline.
    """

    def __init__(
        self, run: Run, origin: Postgres, *arguments: str, recovers: bool = False
    ) -> None:
        super().__init__(run)
        self._origin = origin
        self._arguments = arguments
        self._recovers = recovers
        self._password = origin._password
        self._folder = run.data / f"backup-{uuid.uuid4().hex}"
        self._data = self._folder / "data"
        if recovers:
            self._settings |= _RECOVERY

    async def _create(self) -> None:
        self._folder.mkdir()
        if self._account is not None:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        self._binaries = self._origin._binaries
        await run_program(
            self._origin,
            "pg_basebackup",
            f"--dbname={libpq_url(self._origin)}",
            f"--pgdata={self._data}",
            "--checkpoint=fast",
            "--no-sync",
            *self._arguments,
        )
        if self._recovers:
            (self._data / "recovery.signal").touch()
