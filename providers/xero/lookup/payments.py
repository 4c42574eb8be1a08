"""Finding payments: by our mark, among the payments of the invoices that they settle.

What settles no invoice is looked for among the overpayments of the customer. A deleted payment
of ours is found as void: a person removed it, and it must not come back.

Source: Xero developer pages "Payments", "Batch Payments" and "Overpayments", read 2026-09. The
filter ``Invoice.InvoiceID`` is optimised and takes OR. Whether lists have deleted payments is
not documented.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from providers.base import External, Result, Write, Written
from providers.wire import Record
from providers.xero.client import XeroClient
from providers.xero.lookup.one_by_one import one_by_one
from providers.xero.mapping.catalogue import (
    BATCH_PAYMENTS,
    OVERPAYMENTS,
    PAYMENTS,
    resource_of_payment,
)
from providers.xero.mapping.payment import OVERPAYMENT_TYPE, is_batch
from providers.xero.markers import is_marked
from providers.xero.query import any_of, chunks
from providers.xero.results import VOID_STATUSES, both, in_bank_currency, payment_link
from schemas.documents.document import DocumentType, Reference
from schemas.documents.payment import Payment


async def by_links(client: XeroClient, links: Sequence[External]) -> Sequence[Written | None]:
    """Read linked payments, batch payments and overpayments, one call each."""
    return [await _linked(client, link) for link in links]


async def _linked(client: XeroClient, external: External) -> Written | None:
    link = payment_link(external)
    settled = advance = None
    if link.payment_id:
        resource = resource_of_payment(link.is_batch)
        settled = resource.written(await client.one(resource, link.payment_id))
    if link.overpayment_id:
        advance = OVERPAYMENTS.written(await client.one(OVERPAYMENTS, link.overpayment_id))
    return both(settled, advance) if settled and advance else settled or advance


async def find_payments(
    client: XeroClient, pairs: Sequence[tuple[Write, Payment]]
) -> Sequence[Result | None]:
    """Find payments by the invoices that they settle, their customer, and our mark."""
    paid = {i for write, payment in pairs for i in _invoice_ids(write, payment)}
    elements = await _payments_of(client, sorted(paid))
    return await one_by_one(pairs, partial(_found, client, elements))


async def _found(
    client: XeroClient, elements: Sequence[Record], write: Write, payment: Payment
) -> Written | None:
    settled = await _payment(client, payment, elements)
    if settled and write.settled_currency:
        settled = await _with_bank_amount(client, settled)
    # An older version may have left more of the payment over than this one does.
    if settled and settled.figures and settled.figures.total == payment.amount:
        return settled
    advance = OVERPAYMENTS.written(await overpayment_of(client, write, payment))
    return _whole(payment, settled, advance)


async def overpayment_of(client: XeroClient, write: Write, payment: Payment) -> Record | None:
    """Return the overpayment with our mark, a live one before a void one."""
    contact = write.links[Reference(DocumentType.CUSTOMER, payment.customer_id)].id
    where = f'Contact.ContactID==guid("{contact}")'
    found = await client.pages(OVERPAYMENTS, where=where)
    overpaid = [e for e in found if e.get("Type") == OVERPAYMENT_TYPE]
    ours = [e for e in overpaid if _is_ours(e, payment)]
    return min(ours, key=lambda e: e.get("Status") in VOID_STATUSES, default=None)


def _is_ours(overpayment: Record, payment: Payment) -> bool:
    return any(is_marked(mark(overpayment), payment.id) for mark in OVERPAYMENTS.marks)


def _whole(
    payment: Payment, settled: Written | None, advance: Written | None
) -> Written | None:
    """Return what was found as one; partial where a part of the payment is not there."""
    found = both(settled, advance) if settled and advance else settled or advance
    if found is None or found.voided:
        return found
    missing = (payment.allocations and not settled) or (payment.unallocated and not advance)
    return replace(found, partial=bool(missing))


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


async def _with_bank_amount(client: XeroClient, settled: Written) -> Written:
    """Read a payment anew, with what the bank received."""
    record = await client.one(PAYMENTS, settled.external.id)
    return in_bank_currency(settled, record) if record else settled


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
