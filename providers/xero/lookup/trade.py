"""Finding invoices and bills, both of Xero's collection ``Invoices``.

Invoices have no room for a mark that their readers would not see. So an invoice is ours when
our app made it, and it has a number of its own, or our number and contact; or, where Xero gives
the numbers, what makes ours its own is in its reference. One that came otherwise is another
one, though number, amount and date be the same. A bill's number is not unique, so it is ours
when it carries our mark, or, where Xero did not keep that, has our contact, number and total.

Source: Xero developer page "Invoices", read 2026-09; ``Reference`` on bills is documented for
sales invoices only.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

from providers.base import External, Result, Write, Written
from providers.keys import folded_key, same_key
from providers.naming import own_suffix
from providers.wire import Record
from providers.xero.client import XeroClient
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

_MADE_BY_US: Final = {"createdByMyApp": "true"}
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
    """Find invoices by number, first among those that our app made.

    Those that Xero numbers are found by what stands in their reference, one call each.
    """
    asked = [write.keys for write, _ in pairs if write.keys.sent]
    made = await _numbered(client, [n for keys in asked for n in keys.all], **_MADE_BY_US)
    absent = [keys.sent for keys in asked if not any(folded_key(n) in made for n in keys.all)]
    others = await _numbered(client, absent)
    return [
        _invoice(write, invoice, made, others)
        if write.keys.sent
        else await _referenced(client, invoice)
        for write, invoice in pairs
    ]


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
            by_number[folded_key(element.get("InvoiceNumber"))].append(element)
    return by_number


async def _bills(client: XeroClient, number: str) -> Sequence[Record]:
    if is_quotable(number):
        where = f'Type=="{bills.TYPE}" AND InvoiceNumber=="{number}"'
        found = await _summaries(client, where=where)
    else:
        found = await _summaries(client, searchTerm=number)
    return [e for e in found if e.get("Type") == bills.TYPE and _has_number(e, number)]


async def _referenced(client: XeroClient, invoice: Invoice) -> Result | None:
    """Find an invoice that Xero has numbered, whatever the platform's number is by now."""
    mark = own_suffix(invoice)
    found = await _summaries(client, searchTerm=mark, **_MADE_BY_US)
    ours = [e for e in found if e.get("Type") == invoices.TYPE and mark in _reference(e)]
    return INVOICES.read(_living(ours) or ours[0]) if ours else None


async def _summaries(client: XeroClient, **params: str) -> Sequence[Record]:
    return await client.pages(INVOICES, summaryOnly=_SUMMARY, **params)


def _invoice(write: Write, invoice: Invoice, made: Numbered, others: Numbered) -> Result | None:
    own = made.get(folded_key(write.keys.own), ())
    if own:
        return INVOICES.read(_living(own) or own[0])
    contact_id = _contact_id(write, DocumentType.CUSTOMER, invoice.customer_id)
    for number in filter(None, (write.keys.sent, write.keys.plain)):
        ours = _living(made.get(folded_key(number), ()))
        if ours is not None and _has_contact(ours, contact_id):
            return INVOICES.read(ours)
    sent = folded_key(write.keys.sent)
    return _taken(write.keys.sent, contact_id, made.get(sent, ()), others.get(sent, ()))


def _taken(
    number: str, contact_id: str, made: Sequence[Record], others: Sequence[Record]
) -> Result | None:
    """Return whose the number is that no invoice of ours for this contact has."""
    found = [*made, *others]
    if not found:
        return None
    living = _living(found)
    if living is None:
        by = "an invoice that is void or deleted there"
    elif not _has_contact(living, contact_id):
        by = "an invoice for another contact"
    else:
        by = "an invoice for the same contact that we did not make"
    return number_taken(number, by, (living or found[0])["InvoiceID"], foreign=not made)


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


def _has_number(element: Record, number: str) -> bool:
    return same_key(element.get("InvoiceNumber") or "", number)


def _reference(element: Record) -> str:
    return str(element.get("Reference") or "")
