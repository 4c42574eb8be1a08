"""Creating and changing one record in QuickBooks.

Source: Intuit Accounting API, "Update/sparse update" and ``requestid``, read 2026-11.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from providers.base import External, Write, Written
from providers.errors import Duplicate, Gone, NeedsPerson, Rejected, Taken
from providers.parts import Body, create_body, update_body
from providers.qbo.client import QboClient
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.catalogue import ENTITIES, parts_of
from providers.qbo.mapping.party import clash_name
from providers.qbo.parties import refuse_currency, refuse_party_change
from providers.qbo.preflight_errors import (
    has_payments,
    name_taken,
    number_taken,
    reference_gone,
)
from providers.qbo.query import ACTIVE_OR_NOT, equals, exactly, where
from providers.qbo.reasons.records import REPEATED_REQUEST
from providers.qbo.results import to_written
from providers.qbo.settled import refuse_more_than_is_open
from schemas.documents.document import Document
from schemas.documents.trade import TradeDocument


class Writer:
    """Writes the records of one company."""

    def __init__(self, client: QboClient) -> None:
        self._client = client

    async def create(self, write: Write, books: QboBooks) -> Written:
        """Make a new record, once for each idempotency key.

        Raises:
            Duplicate: its number or name is in use.
            NeedsPerson: what it names is gone or out of use.
        """
        body = create_body(parts_of(write.document, books))
        try:
            record = await self._post(write, body)
        except Gone as exc:
            raise reference_gone() from exc
        except NeedsPerson as exc:
            await refuse_currency(self._client, write, books, exc)
            raise
        except Rejected:
            await refuse_more_than_is_open(self._client, write, body)
            raise
        return to_written(write.document, record)

    async def update(self, write: Write, books: QboBooks) -> Written:
        """Change what differs, and leave every other field alone.

        A change that QuickBooks says it has had before is read instead.

        Raises:
            Stale: the record has another version by now.
            Gone: the record is no longer there.
            NeedsPerson: its new number or name is in use, what it names is gone, it is paid and
                its amounts would change, or QuickBooks would do else than it is told.
        """
        await refuse_party_change(self._client, write, books)
        external = await self.fresh(write)
        body = version(external) | update_body(parts_of(write.document, books), write.changed)
        if "Line" in body and isinstance(write.document, TradeDocument):
            # Between this read and the write a payment may still arrive: QuickBooks has no
            # write that is refused for it. The read narrows the gap to one call.
            await self._refuse_if_paid(write)
        try:
            record = await self._post(write, body)
        except Duplicate as exc:
            if exc.reason.code == REPEATED_REQUEST.code:
                return await self.read(write)
            raise _taken(write, body, exc) from exc
        except Gone as exc:
            await self.read(write)
            raise reference_gone() from exc
        except NeedsPerson as exc:
            await refuse_currency(self._client, write, books, exc)
            raise
        except Rejected:
            await refuse_more_than_is_open(self._client, write, body)
            raise
        return to_written(write.document, record)

    async def fresh(self, write: Write) -> External:
        """Return the link with a sync token, read where none is known."""
        external = linked(write)
        return external if external.sync_token else (await self.read(write)).external

    async def read(self, write: Write) -> Written:
        """Read the record that a write is linked to.

        Raises:
            Gone: it is no longer there.
        """
        record = await self._client.read(ENTITIES[write.document_type], linked(write).id)
        return to_written(write.document, record)

    async def _refuse_if_paid(self, write: Write) -> None:
        """Look for payments first: QuickBooks would change the amounts under them.

        Raises:
            Blocked: the document is paid, in part or in full.
        """
        if is_paid(write.document, await self.read(write)):
            raise has_payments(write.document_type, "changed")

    async def _post(self, write: Write, body: Body) -> Mapping[str, Any]:
        """Write a record, under another name where the other kind of party has this one."""
        entity = ENTITIES[write.document_type]
        try:
            return await self._client.post(entity, body, write.idempotency_key)
        except Duplicate:
            # Customers, vendors and employees share one set of names, so a clash may be with
            # a record of another kind, which is no duplicate of ours.
            if write.renamed or "DisplayName" not in body:
                raise
            if await self._has_name(entity, body):
                raise
        renamed = {**body, "DisplayName": clash_name(body["DisplayName"], entity)}
        return await self._client.post(entity, renamed, _key_of_renamed(write.idempotency_key))

    async def _has_name(self, entity: str, body: Body) -> bool:
        """Return whether the name belongs to another record of the same kind."""
        name = body["DisplayName"]
        condition = where(equals("DisplayName", name), ACTIVE_OR_NOT)
        same = exactly(await self._client.query(entity, condition), "DisplayName", name)
        return any(record["Id"] != body.get("Id") for record in same)


def linked(write: Write) -> External:
    """Return the ledger's record of a write that changes one.

    Raises:
        ValueError: only a create may come without it.
    """
    if write.external is None:
        msg = f"{write.document_type} {write.document.id} has no record to change"
        raise ValueError(msg)
    return write.external


def is_paid(document: Document, found: Written) -> bool:
    """Return whether payments or credits stand against a document, in part or in full."""
    figures = found.figures if isinstance(document, TradeDocument) else None
    return figures is not None and figures.balance != figures.total


def version(external: External) -> Body:
    """Return what every sparse update carries."""
    return {"Id": external.id, "SyncToken": external.sync_token, "sparse": True}


def _key_of_renamed(key: UUID) -> UUID:
    """Derive the key of the second try: QuickBooks wants one for each different body."""
    return uuid5(key, "renamed")


def _taken(write: Write, body: Body, error: Duplicate) -> Taken:
    """Return that a change runs into another record; looking it up would not help."""
    if "DocNumber" in body:
        return number_taken(body["DocNumber"], write.document_type, error.external_id)
    name = body.get("DisplayName") or body.get("Name", "")
    by = f"another record (id {error.external_id or 'not told'})"
    return name_taken(name, by, error.external_id)
