"""One QuickBooks company as a ledger: what goes wrong with a document becomes its result."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from providers.base import Operation, Profile, Result, Write, Written
from providers.errors import Duplicate, Gone, NeedsPerson, ProviderError, Rejected, Stale
from providers.http import RealmSession
from providers.naming import NamedDocument, naming_of, settings_for
from providers.qbo.client import QboClient
from providers.qbo.lookup.finder import find
from providers.qbo.mapping.books import QboBooks, open_books
from providers.qbo.naming import as_named, renames
from providers.qbo.profile import read_profile
from providers.qbo.void import Voider
from providers.qbo.write import Writer
from schemas.documents.document import DocumentType

Answer = TypeVar("Answer")
OF_ONE_DOCUMENT = (Duplicate, Gone, NeedsPerson, Rejected, Stale)


class QboLedger:
    """The books of a session's realm. Writes go one by one: a batch would be metered."""

    def __init__(self, session: RealmSession) -> None:
        self._realm = session.realm
        self._client = QboClient(session)
        self._writer = Writer(self._client)
        self._voider = Voider(self._client, self._writer)

    async def write(self, operation: Operation, writes: Sequence[Write]) -> Sequence[Result]:
        """Return one result per write, in order, each from calls of its own."""
        return [await _as_result(self._write(operation, write)) for write in writes]

    async def find(self, writes: Sequence[Write]) -> Sequence[Result | None]:
        """Return one result per write, in order."""
        return [await _as_result(self._find(write)) for write in writes]

    @property
    def naming(self) -> Mapping[str, Any]:
        """What of the settings decides under which name or number a document is sent."""
        return naming_of(self._realm.settings)

    def renames(self, document_type: DocumentType) -> bool:
        """Return whether a name or number that is taken gets a suffix."""
        return renames(document_type, self._realm.settings)

    async def describe(self) -> Profile:
        """Return what the mapping needs to know about the company."""
        return await read_profile(self._client)

    async def _write(self, operation: Operation, write: Write) -> Written:
        books = open_books(self._realm, write)
        document = self._named(write, books)
        written = await self._written(operation, document.write(write), books)
        return document.remarked(written)

    async def _written(self, operation: Operation, write: Write, books: QboBooks) -> Written:
        match operation:
            case Operation.CREATE:
                return await self._writer.create(write, books)
            case Operation.UPDATE:
                return await self._writer.update(write, books)
            case Operation.VOID:
                return await self._voider.void(write, books)

    async def _find(self, write: Write) -> Written | None:
        settings = settings_for(write, self._realm.settings)
        books = open_books(replace(self._realm, settings=settings), write)
        document = self._named(write, books)
        found = await find(self._client, document.write(write), books)
        return document.remarked(found) if found else None

    def _named(self, write: Write, books: QboBooks) -> NamedDocument:
        return as_named(write.document, books.settings, books.company)


async def _as_result(answer: Awaitable[Answer]) -> Answer | ProviderError:
    try:
        return await answer
    except OF_ONE_DOCUMENT as error:
        return error
