"""One Xero organisation's books. See :class:`providers.base.Ledger`."""

from collections.abc import Sequence
from uuid import uuid5

from providers.base import Operation, Profile, Result, Write, Written
from providers.errors import Duplicate, Gone, NeedsPerson, ProviderError, Rejected
from providers.http import RealmSession
from providers.xero import profile
from providers.xero.client import Reader
from providers.xero.company import Company
from providers.xero.lookup import trade
from providers.xero.lookup.finder import find
from providers.xero.mapping.catalogue import INVOICES, resource_of
from providers.xero.mapping.trade import void
from providers.xero.preflight_errors import clash
from providers.xero.requests import Entry, Request, requests_for
from providers.xero.wire import API
from providers.xero.write import Results, send_all


class XeroLedger:
    """Writes to and reads from the realm of a session."""

    def __init__(self, session: RealmSession) -> None:
        self._session = session
        self._reader = Reader(session)
        self._company = Company.of(session.realm)

    async def write(self, operation: Operation, writes: Sequence[Write]) -> Sequence[Result]:
        """See :meth:`Ledger.write`.

        A refused void costs a read, which tells a record that is void already, and a draft
        that must be deleted instead, from one that can't be voided.
        """
        requests, refusals = requests_for(operation, writes, self._company)
        results: Results = {**refusals, **await send_all(self._session, requests)}
        return [
            await self._settled(operation, write, results[position])
            for position, write in enumerate(writes)
        ]

    async def find(self, writes: Sequence[Write]) -> Sequence[Result | None]:
        """See :meth:`Ledger.find`."""
        return await find(self._reader, writes)

    async def describe(self) -> Profile:
        """See :meth:`Ledger.describe`."""
        return await profile.read(self._reader)

    async def _settled(self, operation: Operation, write: Write, result: Result) -> Result:
        if operation is Operation.VOID:
            return await self._settled_void(write, result)
        if operation is Operation.UPDATE and isinstance(result, Duplicate):
            return clash(result)
        return result

    async def _settled_void(self, write: Write, result: Result) -> Result:
        """Say what a refused void comes to, by the state that the record is in."""
        if write.external is None or not _may_be_over(result):
            return result
        try:
            (now,) = await self.find([write])
            if isinstance(now, Written) and now.voided:
                return now
            if resource_of(write) is INVOICES and await trade.is_draft(
                self._reader, write.external
            ):
                return await self._deleted_draft(write)
        except ProviderError as error:
            return error
        return result

    async def _deleted_draft(self, write: Write) -> Result:
        entry = Entry(0, void(write, "DELETED"), uuid5(write.idempotency_key, "draft"))
        request = Request("POST", f"{API}/{INVOICES.collection}", INVOICES, (entry,))
        return (await send_all(self._session, [request]))[0]


def _may_be_over(result: Result) -> bool:
    """Whether a void was refused in a way that a void or draft record would be."""
    if isinstance(result, Gone):
        return True
    return isinstance(result, NeedsPerson | Rejected) and result.reason.code in {
        "status_forbids",
        "refused",
    }
