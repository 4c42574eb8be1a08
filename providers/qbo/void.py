"""Taking one record out of the books: a transaction is voided, a name made inactive.

Source: Intuit Accounting API, "Void a transaction" and "Delete", read 2026-11.
"""

from collections.abc import Mapping
from typing import Final

from providers.base import External, Write, Written
from providers.errors import Duplicate, Gone, NeedsPerson, ProviderError, Rejected
from providers.parts import Body, update_body
from providers.qbo.client import QboClient
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.catalogue import ENTITIES, parts_of
from providers.qbo.preflight_errors import has_payments
from providers.qbo.results import TRANSACTIONS, to_written, voided
from providers.qbo.write import Writer, is_paid, linked, version
from schemas.documents.document import DocumentType

OPTIONS: Final[Mapping[DocumentType, Mapping[str, str]]] = {
    DocumentType.INVOICE: {"operation": "void"},
    DocumentType.PAYMENT: {"operation": "update", "include": "void"},
    DocumentType.BILL: {"operation": "delete"},
}
"""How each is taken out. A bill can't be voided, so it is deleted."""


class Voider:
    """Takes records of one company out of its books."""

    def __init__(self, client: QboClient, writer: Writer) -> None:
        self._client = client
        self._writer = writer

    async def void(self, write: Write, books: QboBooks) -> Written:
        """Take a record out; one that is void, deleted or inactive already is a success.

        Raises:
            Stale: the record has another version by now.
            NeedsPerson: payments or a bank deposit hold it.
        """
        try:
            if write.document_type in TRANSACTIONS:
                return await self._void(write)
            return await self._deactivate(write, books)
        except Gone:
            return voided(write.document, linked(write).id)
        except (Duplicate, NeedsPerson, Rejected) as error:
            return await self._void_already(write, error)

    async def _void(self, write: Write) -> Written:
        """Void or delete.

        What the answer shows is not relied on: it has been seen short, and with the amounts
        from before.
        """
        external = await self._writer.fresh(write)
        options = OPTIONS[write.document_type]
        body = version(external) if "include" in options else _delete_body(external)
        entity = ENTITIES[write.document_type]
        record = await self._client.post(entity, body, write.idempotency_key, **options)
        return voided(write.document, external.id, record.get("SyncToken", ""))

    async def _deactivate(self, write: Write, books: QboBooks) -> Written:
        external = await self._writer.fresh(write)
        named = update_body(parts_of(write.document, books), frozenset({"active"}))
        body = version(external) | named | {"Active": False}
        entity = ENTITIES[write.document_type]
        record = await self._client.post(entity, body, write.idempotency_key)
        return to_written(write.document, record)

    async def _void_already(self, write: Write, error: ProviderError) -> Written:
        """Look whether what was refused is done already, or what stands in its way.

        Raises:
            NeedsPerson: it is paid, in part or in full.
            ProviderError: the refusal, where it has another reason.
        """
        found = await self._writer.read(write)
        if found.voided:
            return found
        if is_paid(write.document, found):
            raise has_payments(write.document_type, "cancelled") from error
        raise error


def _delete_body(external: External) -> Body:
    """Return what a void or delete operation carries, which is no update."""
    return {"Id": external.id, "SyncToken": external.sync_token}
