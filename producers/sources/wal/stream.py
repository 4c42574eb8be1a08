"""The replication connection: libpq's COPY BOTH on asyncio, without a thread.

libpq, through psycopg's binding, provides connections, TLS and every method of authentication.
psycopg itself does not support the mode in which both sides copy at once.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from producers.errors import LeaseTaken, SourceUnavailable
from producers.sources.wal.cursor import lsn_text
from producers.sources.wal.pgoutput import encode_status

_CONNECT_TIMEOUT_S: Final = 5
_ANSWER_TIMEOUT_S: Final = 5.0
_FAREWELL_TIMEOUT_S: Final = 2.0
_IN_USE: Final = b"55006"

# `streaming` stays off: the server sends a transaction once it is committed, and keeps a large
# one on its own disk until then.
_START: Final = (
    'START_REPLICATION SLOT "{slot}" LOGICAL {lsn} '
    "(proto_version '2', publication_names '\"{publication}\"', "
    "binary 'true', messages 'true')"
)
_CREATE: Final = "CREATE_REPLICATION_SLOT \"{slot}\" LOGICAL pgoutput (SNAPSHOT 'nothing')"


@asynccontextmanager
async def open_stream(dsn: str, *, silence_s: float) -> AsyncIterator["WalStream"]:
    """Open a replication connection and close it at the end; the slot is free then.

    Args:
        dsn: The address in the form that libpq understands.
        silence_s: The time in seconds after which the server ends the connection of a silent
            client and frees its slot.

    Raises:
        SourceUnavailable: the database is away, or does not let us replicate.
    """
    with _stream_errors():
        connection = await AsyncConnection.connect(dsn, **_parameters(dsn, silence_s))
    connection.pgconn.nonblocking = 1
    stream = WalStream(connection)
    try:
        yield stream
    finally:
        await stream.close()


def _parameters(dsn: str, silence_s: float) -> dict[str, Any]:
    # No `tcp_user_timeout`: it also ends a connection whose reader is alive but slow.
    options = conninfo_to_dict(dsn).get("options") or ""
    patience = f"-c wal_sender_timeout={round(silence_s * 1000)}"
    return {
        "replication": "database",
        "autocommit": True,
        "application_name": "ledgerlane-relay",
        "client_encoding": "utf8",
        "connect_timeout": _CONNECT_TIMEOUT_S,
        "options": f"{options} {patience}".strip(),
    }


class WalStream:
    """A connection that first may make a slot and then reads from one."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._reading = False

    def begin_to_create(self, slot: str) -> None:
        """Start making a slot, which waits until all transactions open now have ended."""
        with _stream_errors():
            self._pgconn.send_query(_CREATE.format(slot=slot).encode())

    def has_created(self) -> bool:
        """Return whether the slot is made.

        Raises:
            SourceUnavailable: the server could not make it.
        """
        with _stream_errors():
            self._pgconn.flush()
            self._pgconn.consume_input()
            if self._pgconn.is_busy():
                return False
            _check(self._pgconn.get_result(), ExecStatus.TUPLES_OK)
            self._pgconn.get_result()
        return True

    async def start(self, slot: str, lsn: int, publication: str) -> None:
        """Start reading with the first transaction that committed at ``lsn`` or later.

        Raises:
            LeaseTaken: another connection reads from the slot.
            SourceUnavailable: the server can't start at that place.
        """
        statement = _START.format(slot=slot, lsn=lsn_text(lsn), publication=publication)
        with _stream_errors():
            self._pgconn.send_query(statement.encode())
            _check(await self._result(), ExecStatus.COPY_BOTH)
        self._reading = True

    def receive(self) -> memoryview | None:
        """Return the next message that has arrived; None if there is none.

        Raises:
            SourceUnavailable: the server ended the stream.
        """
        # No context manager here: it would cost more time than the rest of this method.
        try:
            size, data = self._pgconn.get_copy_data(1)
            if not size:
                self._pgconn.consume_input()
                size, data = self._pgconn.get_copy_data(1)
            if size < 0:
                _check(self._pgconn.get_result(), ExecStatus.COPY_BOTH)
        except (psycopg.Error, OSError) as exc:
            raise _unavailable(exc) from exc
        return memoryview(data) if size else None

    async def readable(self, within_s: float) -> bool:
        """Wait ``within_s`` seconds at most; return whether something has arrived."""
        loop = asyncio.get_running_loop()
        arrived = loop.create_future()
        with _stream_errors():
            socket = self._pgconn.socket
        loop.add_reader(socket, _set, arrived)
        try:
            async with asyncio.timeout(within_s):
                await arrived
        except TimeoutError:
            return False
        finally:
            loop.remove_reader(socket)
        return True

    def report(self, lsn: int) -> None:
        """Report that this client lives, and that log before ``lsn`` may be removed."""
        with _stream_errors():
            self._pgconn.put_copy_data(encode_status(lsn))
            self._pgconn.flush()

    async def close(self) -> None:
        """Free the slot and disconnect; may be called again."""
        try:
            async with asyncio.timeout(_FAREWELL_TIMEOUT_S):
                await self._end_reading()
        except (psycopg.Error, SourceUnavailable, OSError):
            pass  # closing the connection frees the slot as well, a little later
        finally:
            self._reading = False
            await self._connection.close()

    async def _end_reading(self) -> None:
        """End the copy mode, and wait until the server has released the slot."""
        if not self._reading:
            return
        self._pgconn.put_copy_end()
        self._pgconn.flush()
        while (size := self._pgconn.get_copy_data(1)[0]) >= 0:
            if not size:
                await self.readable(_FAREWELL_TIMEOUT_S)
                self._pgconn.consume_input()
        while await self._result() is not None:
            pass

    async def _result(self) -> PGresult | None:
        self._pgconn.flush()
        while self._pgconn.is_busy():
            if not await self.readable(_ANSWER_TIMEOUT_S):
                raise SourceUnavailable(f"no answer in {_ANSWER_TIMEOUT_S:g} s")
            self._pgconn.consume_input()
        return self._pgconn.get_result()


def _set(arrived: "asyncio.Future[None]") -> None:
    if not arrived.done():
        arrived.set_result(None)


def _check(result: PGresult | None, expected: ExecStatus) -> None:
    if result is not None and result.status == expected:
        return
    if result is None or result.status != ExecStatus.FATAL_ERROR:
        raise SourceUnavailable("the server ended the stream")
    message = (result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b"").decode()
    if result.error_field(DiagnosticField.SQLSTATE) == _IN_USE:
        raise LeaseTaken(message)
    raise SourceUnavailable(message)


@contextmanager
def _stream_errors() -> Iterator[None]:
    """Translate the driver's errors into ours, with their cause."""
    try:
        yield
    except (psycopg.Error, OSError) as exc:
        raise _unavailable(exc) from exc


def _unavailable(exc: Exception) -> SourceUnavailable:
    return SourceUnavailable(f"{type(exc).__name__}: {str(exc).strip()}")
