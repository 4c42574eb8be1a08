"""One Xero organisation as a ledger: what goes wrong with a document becomes its result."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import uuid5

from providers.base import Operation, Profile, Result, Write, Written
from providers.errors import Duplicate, ProviderError
from providers.fitting import LEFT_OUT
from providers.http import RealmSession
from providers.naming import NamedDocument, naming_of, settings_for
from providers.xero.client import XeroClient
from providers.xero.lookup.finder import find
from providers.xero.mapping.books import open_books
from providers.xero.naming import as_named, renames
from providers.xero.payment_changes import changed_payment, refuse_void_of_overpayment
from providers.xero.preflight_errors import clash
from providers.xero.profile import read_profile
from providers.xero.reasons.records import ACCOUNT_NUMBER_TAKEN
from providers.xero.requests import books_of, requests_for
from providers.xero.settled import with_what_is_open
from providers.xero.void import settled_void
from providers.xero.write import Results, send_all
from schemas.documents.document import Document, DocumentType
from schemas.documents.payment import Payment
from schemas.documents.vendor import Vendor
from schemas.remarks import remark

_NUMBER: Final = "account_number"


class XeroLedger:
    """The books of a session's realm. Documents of a type go together, in a call of many."""

    def __init__(self, session: RealmSession) -> None:
        self._realm = session.realm
        self._client = XeroClient(session)

    async def write(self, operation: Operation, writes: Sequence[Write]) -> Sequence[Result]:
        """Return one result per write, in order; a refused void is looked at again."""
        documents = self._named(writes)
        fitting = [one.write(write) for write, one in zip(writes, documents, strict=True)]
        results = await self._sent(operation, fitting)
        results |= await self._without_taken_numbers(operation, fitting, results)
        settled = [
            await self._settled(operation, write, results[position])
            for position, write in enumerate(fitting)
        ]
        return [_remarked(*one) for one in zip(settled, documents, strict=True)]

    async def find(self, writes: Sequence[Write]) -> Sequence[Result | None]:
        """Return one result per write, in order."""
        documents = self._named(writes)
        fitting = [one.write(write) for write, one in zip(writes, documents, strict=True)]
        found = await find(self._client, fitting)
        both = zip(found, documents, strict=True)
        return [one and _remarked(one, document) for one, document in both]

    @property
    def naming(self) -> Mapping[str, Any]:
        """What of the settings decides under which name or number a document is sent."""
        return naming_of(self._realm.settings)

    def renames(self, document_type: DocumentType) -> bool:
        """Return whether a name or number that is taken gets a suffix."""
        return renames(document_type, self._realm.settings)

    async def describe(self) -> Profile:
        """Return what the mapping needs to know about the organisation."""
        return await read_profile(self._client)

    def _named(self, writes: Sequence[Write]) -> list[NamedDocument]:
        """Return documents under the names and numbers that they go by."""
        settings = self._realm.settings
        return [as_named(one.document, settings_for(one, settings)) for one in writes]

    async def _sent(self, operation: Operation, writes: Sequence[Write]) -> Results:
        if operation is not Operation.CREATE and isinstance(writes[0].document, Payment):
            return {0: await self._payment(operation, writes[0])}  # one in each call
        requests, refusals = requests_for(operation, writes, self._realm)
        return {**refusals, **await send_all(self._client, requests)}

    async def _payment(self, operation: Operation, write: Write) -> Result:
        """Change a payment or take it out, as far as Xero lets a program do so."""
        try:
            if operation is Operation.UPDATE:
                books = books_of(write, open_books(self._realm, {}))
                return await changed_payment(self._client, write, books)
            if (settled := await refuse_void_of_overpayment(self._client, write)) is not None:
                return settled
        except ProviderError as error:
            return error
        requests, _ = requests_for(operation, [write], self._realm)
        return (await send_all(self._client, requests))[0]

    async def _without_taken_numbers(
        self, operation: Operation, writes: Sequence[Write], results: Results
    ) -> Results:
        """Write vendors again, without an account number that another contact has.

        Two vendors may well have given us the same customer number; Xero keeps it unique.
        """
        taken = [p for p in range(len(writes)) if _has_taken_number(writes[p], results[p])]
        if not taken:
            return {}
        try:
            again = await self._sent(operation, [_without_number(writes[p]) for p in taken])
        except ProviderError:
            return {}  # the refusals stand, and the next try comes here again
        return {p: again[i] for i, p in enumerate(taken)}

    async def _settled(self, operation: Operation, write: Write, result: Result) -> Result:
        if operation is Operation.VOID:
            return await settled_void(self._client, write, result)
        if operation is Operation.UPDATE and isinstance(result, Duplicate):
            return clash(result)
        if operation is Operation.CREATE and isinstance(result, ProviderError):
            return await with_what_is_open(self._client, write, result)
        return result


def _remarked(result: Result, document: NamedDocument) -> Result:
    if isinstance(result, ProviderError):
        return result
    return _without_its_number(document.remarked(result), document.said)


def _without_its_number(written: Written, said: Document) -> Written:
    """Return a result that says so where the contact has no number, and the vendor has one.

    It is told of every write, as the number stays away until it changes.
    """
    if not isinstance(said, Vendor) or not said.account_number or written.account_number != "":
        return written
    others = (one for one in written.remarks if one.field != _NUMBER)
    left_out = remark(LEFT_OUT.code, _NUMBER, said.account_number, "")
    return replace(written, remarks=(*others, left_out))


def _has_taken_number(write: Write, result: Result) -> bool:
    refused = isinstance(result, ProviderError) and result.reason.code
    return isinstance(write.document, Vendor) and refused == ACCOUNT_NUMBER_TAKEN.code


def _without_number(write: Write) -> Write:
    """Return the write without the number, under a key of its own, as its body is another."""
    return replace(
        write,
        document=write.document.model_copy(update={_NUMBER: ""}),
        idempotency_key=uuid5(write.idempotency_key, f"without {_NUMBER}"),
    )
