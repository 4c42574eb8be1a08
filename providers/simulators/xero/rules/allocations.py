"""Credits used for invoices: of a credit note, an overpayment or a prepayment.

Source: Xero Credit Notes, Overpayments and Prepayments pages, read 2026-09.
"""

import uuid
from typing import Final

from providers.simulators.minor_units import to_unit
from providers.simulators.xero.books.credits import credit_of, kind_of
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.rules import documents
from providers.simulators.xero.rules.amounts import sent_amount
from providers.simulators.xero.rules.documents import WriteOptions
from providers.simulators.xero.rules.invoices import find_invoice
from providers.simulators.xero.rules.settlement import settle_invoice, use_credit
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

_INVOICE_TYPE: Final = {
    "ACCRECCREDIT": "ACCREC",
    "ACCPAYCREDIT": "ACCPAY",
    "RECEIVE-OVERPAYMENT": "ACCREC",
    "SPEND-OVERPAYMENT": "ACCPAY",
    "RECEIVE-PREPAYMENT": "ACCREC",
    "SPEND-PREPAYMENT": "ACCPAY",
}


def allocate(
    org: OrganisationBooks, credit: Record, payload: Payload, options: WriteOptions
) -> Record:
    """Use some of a credit for an invoice of the same side.

    Raises:
        ElementRejected: either isn't approved, or the amount is more than is left on either.
    """
    sent = fields.part(payload, "Invoice")
    key = str(sent.get("InvoiceID") or sent.get("InvoiceNumber") or "")
    invoice = find_invoice(org, key)
    unit = org.unit(credit["CurrencyCode"])
    amount = sent_amount(org, payload, "Amount", unit=unit)
    if invoice is None or invoice["Type"] != _INVOICE_TYPE[credit["Type"]]:
        raise ElementRejected("The invoice to allocate to could not be found")
    if credit["Status"] != "AUTHORISED" or invoice["Status"] != "AUTHORISED":
        raise ElementRejected("Credits can only be allocated between Authorised documents")
    if amount is None or amount <= 0:
        raise ElementRejected("Allocation amount must be greater than zero")
    amount = to_unit(amount, unit)
    if amount > min(credit["RemainingCredit"], invoice["AmountDue"]):
        raise ElementRejected("Allocation amount exceeds the amount outstanding on a document")
    # Without a date of its own an allocation has that of the younger document.
    allocated_on = fields.day(payload, "Date") or max(credit["Date"], invoice["Date"])
    documents.check_lock(org, allocated_on, adviser=options.adviser)
    use_credit(org, credit, allocated=amount, on=allocated_on)
    settle_invoice(org, invoice, credited=amount, on=allocated_on)
    return org.allocations.put(
        {
            "AllocationID": str(uuid.uuid4()),
            "Amount": amount,
            "Date": allocated_on,
            "Invoice": invoice,
            kind_of(credit).name: credit,
            "UpdatedDateUTC": org.now(),
        }
    )


def unallocate(org: OrganisationBooks, allocation: Record) -> None:
    """Take an allocation back; both documents are open again by its amount."""
    amount, on = allocation["Amount"], allocation["Date"]
    use_credit(org, credit_of(allocation), allocated=-amount, on=on)
    settle_invoice(org, allocation["Invoice"], credited=-amount, on=on)
    org.allocations.remove(allocation["AllocationID"])
