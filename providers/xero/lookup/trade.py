"""Finding invoices and bills, both of Xero's collection ``Invoices``.

Invoices have no room for a mark that their readers would not see. So an invoice is ours when
its number and contact are, and our app made it; one that came otherwise must also agree in
date and total, or it is another one that happens to have the number. A bill's number is not
unique, so it is ours when it carries our mark, or, where Xero did not keep that, has our
contact and total.

Source: Xero developer page "Invoices", read 2026-09; ``Reference`` on bills is documented for
sales invoices only.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

from providers.base import External, Result, Write, Written
from providers.wire import Record
from providers.xero.client import XeroClient
from providers.xero.dates import to_date
from providers.xero.lookup.one_by_one import one_by_one
from providers.xero.mapping import bill as bills, invoice as invoices
from providers.xero.mapping.catalogue import INVOICES
from providers.xero.markers import has_marker, is_marked
from providers.xero.preflight_errors import number_taken
from providers.xero.query import chunks, is_quotable
from providers.xero.results import DRAFT_STATUSES, VOID_STATUSES, amount
from schemas.documents.bill import Bill
from schemas.documents.document import DocumentType, Reference
from schemas.documents.invoice import Invoice
from schemas.documents.trade import TradeDocument

Numbered: TypeAlias = Mapping[str, Sequence[Record]]
"""Invoices by their number in one case of letters."""

_SUMMARY: Final = "true"  # no lines and no payments: Xero charges by the byte


async def by_links(client: XeroClient, links: Sequence[External]) -> Sequence[Written | None]:
    """Read linked invoices and bills."""
    found = await client.by_ids(INVOICES, [link.id for link in links], summaryOnly=_SUMMARY)
    return [INVOICES.written(found.get(link.id.lower())) for link in links]


async def is_draft(client: XeroClient, link: External) -> bool:
    """Return whether Xero has the document, not approved yet."""
    element = await client.one(INVOICES, link.id)
    return element is not None and element.get("Status") in DRAFT_STATUSES


async def find_invoices(
    client: XeroClient, pairs: Sequence[tuple[Write, Invoice]]
) -> Sequence[Result | None]:
    """Find invoices by number, first among those that our app made."""
    numbers = [invoice.number for _, invoice in pairs]
    made = await _numbered(client, numbers, createdByMyApp="true")
    others = await _numbered(client, [n for n in numbers if n.casefold() not in made])
    return [_invoice(write, invoice, made, others) for write, invoice in pairs]


async def find_bills(
    client: XeroClient, pairs: Sequence[tuple[Write, Bill]]
) -> Sequence[Result | None]:
    """Find bills by number, mark, contact and total, one call each."""
    return await one_by_one(pairs, partial(_bill, client))


async def _bill(client: XeroClient, write: Write, bill: Bill) -> Result | None:
    contact_id = _contact_id(write, DocumentType.VENDOR, bill.vendor_id)
    same = [e for e in await _bills(client, bill.number) if _has_contact(e, contact_id)]
    ours = [e for e in same if is_marked(_reference(e), bill.id)]
    if ours:
        return INVOICES.read(_living(ours) or ours[0])
    unmarked = [e for e in same if not has_marker(_reference(e))]
    return INVOICES.written(_living(_worth(unmarked, bill)))


async def _numbered(client: XeroClient, numbers: Sequence[str], **params: str) -> Numbered:
    """Read the sales invoices with these numbers.

    They are read by lists of numbers; one with a comma, which parts a list, is searched for.
    """
    found: list[Record] = []
    for chunk in chunks(n for n in numbers if "," not in n):
        found.extend(await _summaries(client, InvoiceNumbers=",".join(chunk), **params))
    for number in numbers:
        if "," in number:
            found.extend(await _summaries(client, searchTerm=number, **params))
    by_number: defaultdict[str, list[Record]] = defaultdict(list)
    for element in found:
        if element.get("Type") == invoices.TYPE:
            by_number[str(element.get("InvoiceNumber")).casefold()].append(element)
    return by_number


async def _bills(client: XeroClient, number: str) -> Sequence[Record]:
    if is_quotable(number):
        where = f'Type=="{bills.TYPE}" AND InvoiceNumber=="{number}"'
        found = await _summaries(client, where=where)
    else:
        found = await _summaries(client, searchTerm=number)
    return [e for e in found if (e.get("Type"), e.get("InvoiceNumber")) == (bills.TYPE, number)]


async def _summaries(client: XeroClient, **params: str) -> Sequence[Record]:
    return await client.pages(INVOICES, summaryOnly=_SUMMARY, **params)


def _invoice(write: Write, invoice: Invoice, made: Numbered, others: Numbered) -> Result | None:
    number = invoice.number.casefold()
    contact_id = _contact_id(write, DocumentType.CUSTOMER, invoice.customer_id)
    ours = _living(made.get(number, ()))
    if ours is not None and _has_contact(ours, contact_id):
        return INVOICES.read(ours)
    same_number = [*made.get(number, ()), *others.get(number, ())]
    return _other(invoice, contact_id, same_number) if same_number else None


def _other(invoice: Invoice, contact_id: str, same_number: Sequence[Record]) -> Result:
    """Return what an invoice of this number is that we did not make for this contact."""
    living = _living(same_number)
    if living is None:
        return number_taken(invoice.number, "an invoice that is void or deleted there")
    if not _has_contact(living, contact_id):
        return number_taken(invoice.number, "an invoice for another contact")
    if not _worth([living], invoice) or to_date(living["Date"]) != invoice.issued_on:
        return number_taken(invoice.number, "another invoice for the same contact")
    return INVOICES.read(living)


def _living(elements: Iterable[Record]) -> Record | None:
    return next((e for e in elements if e.get("Status") not in VOID_STATUSES), None)


def _worth(elements: Iterable[Record], document: TradeDocument) -> list[Record]:
    total = document.totals().total
    return [e for e in elements if amount(e["Total"]) == total]


def _contact_id(write: Write, document_type: DocumentType, document_id: str) -> str:
    return write.links[Reference(document_type, document_id)].id


def _has_contact(element: Record, contact_id: str) -> bool:
    contact = element.get("Contact") or {}
    return str(contact.get("ContactID", "")).lower() == contact_id.lower()


def _reference(element: Record) -> str:
    return str(element.get("Reference") or "")
