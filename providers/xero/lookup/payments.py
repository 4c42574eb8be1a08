"""Finding payments: by our mark, among the payments of the invoices that they settle.

A deleted payment of ours is found as void: a person removed it, and it must not come back.

Source: Xero developer pages "Payments" and "Batch Payments", read 2026-09. The filter
``Invoice.InvoiceID`` is optimised and takes OR. Whether lists have deleted payments is not
documented.
"""

from collections.abc import Iterable, Iterator, Sequence

from providers.base import External, Result, Write, Written
from providers.wire import Record
from providers.xero.client import XeroClient
from providers.xero.mapping.catalogue import BATCH_PAYMENTS, PAYMENTS
from providers.xero.mapping.payment import is_batch
from providers.xero.markers import is_marked
from providers.xero.query import any_of, chunks
from providers.xero.results import BATCH
from schemas.documents.document import DocumentType, Reference
from schemas.documents.payment import Payment


async def by_links(client: XeroClient, links: Sequence[External]) -> Sequence[Written | None]:
    """Read linked payments and batch payments, one call each."""
    results = []
    for link in links:
        resource = BATCH_PAYMENTS if link.code == BATCH else PAYMENTS
        results.append(resource.written(await client.one(resource, link.id)))
    return results


async def find_payments(
    client: XeroClient, pairs: Sequence[tuple[Write, Payment]]
) -> Sequence[Result | None]:
    """Find payments by the invoices that they settle, and our mark."""
    paid = {i for write, payment in pairs for i in _invoice_ids(write, payment)}
    elements = await _payments_of(client, sorted(paid))
    return [await _payment(client, payment, elements) for _, payment in pairs]


async def _payments_of(client: XeroClient, invoice_ids: Sequence[str]) -> Sequence[Record]:
    found: list[Record] = []
    for chunk in chunks(f'Invoice.InvoiceID==guid("{i}")' for i in invoice_ids):
        found.extend(await client.pages(PAYMENTS, where=any_of(chunk)))
    return found


async def _payment(
    client: XeroClient, payment: Payment, elements: Sequence[Record]
) -> Written | None:
    """Return the payment with our mark; one that is part of a batch stands for the batch."""
    ours = _marked(payment, elements)
    if ours is None:
        return await _batch(client, elements, payment) if is_batch(payment) else None
    batch_id = _batch_id(ours)
    if not batch_id:
        return PAYMENTS.read(ours)
    return BATCH_PAYMENTS.written(await client.one(BATCH_PAYMENTS, batch_id))


async def _batch(
    client: XeroClient, elements: Sequence[Record], payment: Payment
) -> Written | None:
    """Find the batch by its own mark, where its payments do not show it."""
    ids = dict.fromkeys(batch_id for e in elements if (batch_id := _batch_id(e)))
    batches = [await client.one(BATCH_PAYMENTS, batch_id) for batch_id in ids]
    return BATCH_PAYMENTS.written(_marked(payment, filter(None, batches)))


def _marked(payment: Payment, elements: Iterable[Record]) -> Record | None:
    """Return the element with our mark; a live one before a deleted one."""
    ours = [e for e in elements if is_marked(str(e.get("Reference") or ""), payment.id)]
    return min(ours, key=lambda e: e.get("Status") == "DELETED", default=None)


def _batch_id(element: Record) -> str:
    batch = element.get("BatchPayment") or {}
    return str(element.get("BatchPaymentID") or batch.get("BatchPaymentID") or "")


def _invoice_ids(write: Write, payment: Payment) -> Iterator[str]:
    for allocation in payment.allocations:
        yield write.links[Reference(DocumentType.INVOICE, allocation.invoice_id)].id
