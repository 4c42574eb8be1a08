"""Taking one record out of the books, and what it means when Xero refuses that.

Source: Xero developer pages "Invoices" and "Payments", read 2026-09: an approved document is
voided, one that is not approved yet is deleted, and so is a payment.
"""

from typing import Final
from uuid import uuid5

from providers.base import External, Result, Write, Written
from providers.errors import Gone, NeedsPerson, ProviderError, Rejected
from providers.xero.client import API, XeroClient
from providers.xero.lookup.finder import find
from providers.xero.lookup.trade import is_draft
from providers.xero.mapping.catalogue import INVOICES, resource_of
from providers.xero.reasons import documents, records
from providers.xero.requests import Entry, Request
from providers.xero.write import send_all

# How a void of what is void, or still a draft, is refused: for its status, or in words that no
# rule of ours knows.
_MAY_BE_OVER: Final = frozenset({records.STATUS_FORBIDS.code, documents.REFUSED.code})


async def settled_void(client: XeroClient, write: Write, result: Result) -> Result:
    """Return what a void came to, by the state that the record is in where it was refused.

    A refused void costs a read, which tells a record that is void already, and a draft that
    must be deleted instead, from one that can't be voided.
    """
    external = write.external
    if external is None or not _may_be_over(result):
        return result
    try:
        (now,) = await find(client, [write])
        if isinstance(now, Written) and now.voided:
            return now
        if resource_of(write) is INVOICES and await is_draft(client, external):
            return await _deleted_draft(client, write, external)
    except ProviderError as error:
        return error
    return result


async def _deleted_draft(client: XeroClient, write: Write, external: External) -> Result:
    body = {"InvoiceID": external.id, "Status": "DELETED"}
    # A key of its own: Xero remembers the refused void under the write's.
    entry = Entry(0, body, uuid5(write.idempotency_key, "draft"))
    request = Request("POST", f"{API}/{INVOICES.collection}", INVOICES, (entry,))
    return (await send_all(client, [request]))[0]


def _may_be_over(result: Result) -> bool:
    """Return whether a void was refused in a way that a void or draft record would be."""
    if isinstance(result, Gone):
        return True
    return isinstance(result, NeedsPerson | Rejected) and result.reason.code in _MAY_BE_OVER
