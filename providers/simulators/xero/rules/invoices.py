"""Sales invoices (ACCREC) and bills (ACCPAY).

Source: Xero Invoices page, read 2026-09; overwriting by number as reported (xeroizer 121).
"""

import uuid
from typing import Any

from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.books.totals import ZERO
from providers.simulators.xero.rules import documents, statuses
from providers.simulators.xero.rules.contacts import contact_of
from providers.simulators.xero.rules.documents import SavedRecord, WriteOptions
from providers.simulators.xero.rules.lines import LineRules
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

_TYPES = frozenset({"ACCREC", "ACCPAY"})
_TEXTS = {"InvoiceNumber": 255, "Reference": 255, "BrandingThemeID": 36, "Url": 2000}
_DATES = ("Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate")
SENT_TOO_EARLY = "SentToContact can only be set on approved invoices"


def create_invoice(
    org: OrganisationBooks, payload: Payload, options: WriteOptions
) -> SavedRecord:
    """Add an invoice or a bill.

    Raises:
        ElementRejected: a rule is broken; "Invoice # must be unique." for a known sales number.
    """
    kind = fields.text(payload, "Type")
    if kind not in _TYPES:
        raise ElementRejected("Invoice not of valid type for creation")
    status = fields.text(payload, "Status") or "DRAFT"
    statuses.check_new(status)
    blank: Record = {
        "Type": kind,
        "InvoiceID": str(uuid.uuid4()),
        "InvoiceNumber": "",
        "Reference": "",
        "Date": org.today(),
        "DueDate": None,
        "SentToContact": False,
        "AmountPaid": ZERO,
        "AmountCredited": ZERO,
        "FullyPaidOnDate": None,
        "HasAttachments": False,
        "ClientID": options.client_id,
    }
    if fields.parts(payload, "LineItems") is None and status != "DRAFT":
        raise ElementRejected("One or more line items must be specified")
    return _save(org, blank, None, payload, options=options)


def update_invoice(
    org: OrganisationBooks, invoice: Record, payload: Payload, options: WriteOptions
) -> SavedRecord:
    """Change what was sent of an invoice; lines, where sent, replace the set.

    Raises:
        ElementRejected: the state, its payments or a lock date forbid it.
    """
    status = fields.text(payload, "Status") or invoice["Status"]
    statuses.check_transition(invoice, status)
    if invoice["Status"] in statuses.OPEN:
        documents.check_lock(org, invoice["Date"], adviser=options.adviser)
    if status in statuses.DEAD:
        return SavedRecord(_end(org, invoice, status))
    return _save(org, dict(invoice), invoice, payload, options=options)


def _end(org: OrganisationBooks, invoice: Record, status: str) -> Record:
    ended = {"Status": status, "AmountDue": ZERO, "UpdatedDateUTC": org.now()}
    return org.invoices.put({**invoice, **ended})


def _save(
    org: OrganisationBooks,
    invoice: Record,
    kept: Record | None,
    payload: Payload,
    *,
    options: WriteOptions,
) -> SavedRecord:
    kind = fields.text(payload, "Type") or invoice["Type"]
    # An invoice can't become a bill, even under the same id.
    if kind != invoice["Type"]:
        raise ElementRejected("Invoice not of valid type for modification")
    invoice |= _header(payload)
    invoice["Status"] = fields.text(payload, "Status") or invoice.get("Status", "DRAFT")
    types = documents.line_amount_types(
        payload, kept["LineAmountTypes"] if kept else "Exclusive"
    )
    invoice["LineAmountTypes"] = types
    invoice |= documents.currency(org, payload, kept)
    invoice["LineItems"] = _lines(org, invoice, kept, payload, options=options)
    invoice |= documents.totals_of(org, invoice, invoice["LineItems"])
    invoice["InvoiceNumber"] = _number(org, invoice, kept)
    _check(org, invoice, kept, payload, options=options)
    warnings = _sent_to_contact(invoice, payload)
    if kept is None or payload.get("Contact") is not None:
        invoice["Contact"] = contact_of(org, payload, kept=kept)
        # Checked before without the contact, and now with it: only a sent contact can change
        # it.
        if kept is not None:
            statuses.check_edit(kept, invoice)
    if invoice["Type"] == "ACCREC" and not invoice["InvoiceNumber"]:
        invoice["InvoiceNumber"] = org.next_invoice_number()
    invoice["AmountDue"] = invoice["Total"] - invoice["AmountPaid"] - invoice["AmountCredited"]
    invoice["UpdatedDateUTC"] = org.now()
    _mark_contact(invoice)
    return SavedRecord(org.invoices.put(invoice), warnings)


def _header(payload: Payload) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: fields.text(payload, name, at_most=n) for name, n in _TEXTS.items()
    }
    values |= {name: fields.day(payload, name) for name in _DATES}
    return {name: value for name, value in values.items() if value is not None}


def _number(org: OrganisationBooks, invoice: Record, kept: Record | None) -> str:
    """Return the number that was sent or kept: unique on sales, free on bills; may be empty."""
    number = str(invoice["InvoiceNumber"])
    # The number of a bill is the supplier's: it may be empty and may repeat.
    if invoice["Type"] == "ACCPAY":
        return number
    if not number:
        return kept["InvoiceNumber"] if kept else ""
    if not number.isascii() or not number.isprintable():
        raise ElementRejected("Invoice # must be printable ASCII.")
    other = org.invoices.first("unique_number", number)
    if other is not None and other["InvoiceID"] != invoice["InvoiceID"]:
        raise ElementRejected("Invoice # must be unique.")
    return number


def _lines(
    org: OrganisationBooks,
    invoice: Record,
    kept: Record | None,
    payload: Payload,
    *,
    options: WriteOptions,
) -> list[Record]:
    # Lines that can't change must keep their ids, which making them anew would not.
    if kept and statuses.has_settlements(kept) and fields.parts(payload, "LineItems") is None:
        lines: list[Record] = kept["LineItems"]
        return lines
    sales = invoice["Type"] == "ACCREC"
    rules = LineRules(
        side="sales" if sales else "purchases",
        line_amount_types=invoice["LineAmountTypes"],
        complete=invoice["Status"] != "DRAFT",
        discounts=sales,
        tax_override=True,
        unit_places=options.unit_places,
        unit=org.unit(invoice["CurrencyCode"]),
    )
    return documents.lines_of(org, payload, kept, rules)


def _check(
    org: OrganisationBooks,
    invoice: Record,
    kept: Record | None,
    payload: Payload,
    *,
    options: WriteOptions,
) -> None:
    if invoice["Status"] != "DRAFT" and invoice["DueDate"] is None:
        raise ElementRejected(
            "The DueDate field is mandatory for submitted and approved invoices"
        )
    if invoice["Status"] != "DRAFT" and not invoice["LineItems"]:
        raise ElementRejected("One or more line items must be specified")
    if invoice["Total"] < 0:
        raise ElementRejected("The invoice total cannot be negative")
    documents.check_client_total(org, payload, invoice["Total"])
    if invoice["Status"] in statuses.OPEN:
        documents.check_lock(org, invoice["Date"], adviser=options.adviser)
    if kept is not None:
        statuses.check_edit(kept, invoice)


def _sent_to_contact(invoice: Record, payload: Payload) -> tuple[str, ...]:
    sent = fields.flag(payload, "SentToContact")
    if sent is None:
        return ()
    # A warning, not an error: the rest of the invoice is saved.
    if sent and invoice["Status"] not in statuses.OPEN:
        return (SENT_TOO_EARLY,)
    invoice["SentToContact"] = sent
    return ()


def _mark_contact(invoice: Record) -> None:
    """Make the contact a customer or a supplier; its stamp doesn't move."""
    mark = "IsCustomer" if invoice["Type"] == "ACCREC" else "IsSupplier"
    invoice["Contact"][mark] = True


def match_invoice(org: OrganisationBooks, payload: Payload) -> Record | None:
    """Return the invoice that a POST without an id overwrites: the one with its number."""
    number = fields.text(payload, "InvoiceNumber")
    if not number:
        return None
    if fields.text(payload, "Type") != "ACCPAY":
        return org.invoices.first("unique_number", number)
    if org.switches.bill_post_with_known_number == "create":
        return None
    bills = org.invoices.found("invoicenumber", number.casefold())
    return next((bill for bill in bills if bill["Type"] == "ACCPAY"), None)


def find_invoice(org: OrganisationBooks, key: str) -> Record | None:
    """Return an invoice by id or by number."""
    by_number = org.invoices.first("invoicenumber", key.casefold())
    return org.invoices.get(key) or by_number
