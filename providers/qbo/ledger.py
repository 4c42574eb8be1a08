"""One QuickBooks company as a ledger: what goes wrong with a document becomes its result."""

from collections.abc import Awaitable, Sequence
from typing import TypeVar

from providers.base import Operation, Profile, Result, Write, Written
from providers.errors import Duplicate, Gone, NeedsPerson, ProviderError, Rejected, Stale
from providers.http import RealmSession
from providers.qbo.client import QboClient
from providers.qbo.lookup.finder import Finder
from providers.qbo.mapping.books import open_books
from providers.qbo.profile import describe
from providers.qbo.void import Voider
from providers.qbo.write import Writer

Answer = TypeVar("Answer")
OF_ONE_DOCUMENT = (Duplicate, Gone, NeedsPerson, Rejected, Stale)


class QboLedger:
    """See :class:`providers.base.Ledger`. Writes go one by one: a batch would be metered."""

    def __init__(self, session: RealmSession) -> None:
        self._realm = session.realm
        self._client = QboClient(session)
        self._writer = Writer(self._client)
        self._voider = Voider(self._client, self._writer)
        self._finder = Finder(self._client)

    async def write(self, operation: Operation, writes: Sequence[Write]) -> Sequence[Result]:
        """See :meth:`providers.base.Ledger.write`."""
        return [await _as_result(self._write(operation, write)) for write in writes]

    async def find(self, writes: Sequence[Write]) -> Sequence[Result | None]:
        """See :meth:`providers.base.Ledger.find`."""
        return [await _as_result(self._find(write)) for write in writes]

    async def describe(self) -> Profile:
        """See :meth:`providers.base.Ledger.describe`."""
        return await describe(self._client)

    async def _write(self, operation: Operation, write: Write) -> Written:
        books = open_books(self._realm, write.links)
        match operation:
            case Operation.CREATE:
                return await self._writer.create(write, books)
            case Operation.UPDATE:
                return await self._writer.update(write, books)
            case Operation.VOID:
                return await self._voider.void(write, books)

    async def _find(self, write: Write) -> Written | None:
        return await self._finder.find(write, open_books(self._realm, write.links))


async def _as_result(answer: Awaitable[Answer]) -> Answer | ProviderError:
    try:
        return await answer
    except OF_ONE_DOCUMENT as error:
        return error
