"""Records as Xero shows them: which fields, in which order, how much of what they refer to.

Fields without a value are left out, as the official SDK refuses null lists and dates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from providers.simulators.xero.books.credits import CREDIT_KINDS, credit_of, kind_of
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.books.totals import ZERO, to_places
from providers.simulators.xero.wire.dates import to_date_string, to_utc_string

_CONTACT_PAGED_ONLY = frozenset(
    {
        "ContactPersons",
        "PaymentTerms",
        "BatchPayments",
        "SalesDefaultLineAmountType",
        "PurchasesDefaultLineAmountType",
        "MergedToContactID",
    }
)
_CONTACT_SUMMARY_DROPS = _CONTACT_PAGED_ONLY | {
    "Addresses",
    "ContactGroups",
    "IsCustomer",
    "IsSupplier",
    "SalesDefaultAccountCode",
    "PurchasesDefaultAccountCode",
}
_INVOICE_SUMMARY_DROPS = frozenset({"Payments", "HasAttachments", "LineItems"})
_INTERNAL = frozenset({"ClientID", "RefundedAmount"})


Detail: TypeAlias = Literal["single", "paged", "unpaged", "summary"]


@dataclass(frozen=True, slots=True)
class View:
    """How much of a record is shown.

    Attributes:
        detail: For one record, a page, an unpaged list, or a list with ``summaryOnly``.
        unit_places: Decimals of unit prices: 2, or 4 with ``unitdp=4``.
    """

    detail: Detail = "single"
    unit_places: int = 2

    @property
    def lines(self) -> bool:
        """Whether line items are shown."""
        return self.detail in {"single", "paged"}


def _compact(record: Mapping[str, Any], without: Iterable[str] = ()) -> Record:
    dropped = _INTERNAL.union(without)
    return {k: v for k, v in record.items() if v is not None and k not in dropped}


def _pick(record: Mapping[str, Any], *names: str) -> Record:
    return {name: record[name] for name in names if record.get(name) is not None}


def contact_stub(contact: Record) -> Record:
    """Return what documents show of their contact."""
    return _pick(contact, "ContactID", "Name")


def render_contact(org: OrganisationBooks, contact: Record, view: View) -> Record:
    """Return a contact; balances only when it is asked for alone."""
    dropped: frozenset[str] = frozenset()
    if view.detail == "unpaged":
        dropped = _CONTACT_PAGED_ONLY
    elif view.detail == "summary":
        dropped = _CONTACT_SUMMARY_DROPS
    shown = {"ContactGroups": [], "HasAttachments": False, "HasValidationErrors": False}
    return _compact(contact | shown, dropped)


def with_balances(org: OrganisationBooks, contact: Record, shown: Record) -> Record:
    """Return a shown contact with what it owes and is owed; walks its documents."""
    documents = list(org.invoices.found("contact.contactid", contact["ContactID"]))
    return shown | {
        "Balances": {
            "AccountsReceivable": _balance(org, documents, "ACCREC"),
            "AccountsPayable": _balance(org, documents, "ACCPAY"),
        }
    }


def _balance(org: OrganisationBooks, documents: Iterable[Record], kind: str) -> Record:
    today = org.today()
    due = [d for d in documents if d["Type"] == kind and d["Status"] == "AUTHORISED"]
    return {
        "Outstanding": sum((d["AmountDue"] for d in due), ZERO),
        "Overdue": sum((d["AmountDue"] for d in due if d["DueDate"] < today), ZERO),
    }


def render_invoice(org: OrganisationBooks, invoice: Record, view: View) -> Record:
    """Return an invoice or bill, with lines where the view has them."""
    shown = _compact(invoice) | _date_strings(invoice, "Date", "DueDate")
    shown |= {
        "Contact": contact_stub(invoice["Contact"]),
        "LineItems": _lines(invoice, view) if view.lines else [],
        "Payments": [_payment_stub(p) for p in _live_payments(org, invoice)],
        **_credit_stubs(org, invoice),
        "IsDiscounted": invoice["TotalDiscount"] > 0,
        "HasErrors": False,
        "UpdatedDateUTCString": to_utc_string(invoice["UpdatedDateUTC"]),
    }
    if not invoice["TotalDiscount"]:
        del shown["TotalDiscount"]
    return _compact(shown, _INVOICE_SUMMARY_DROPS if view.detail == "summary" else ())


def _date_strings(document: Record, *names: str) -> Record:
    return {f"{n}String": to_date_string(document[n]) for n in names if document.get(n)}


def _lines(document: Record, view: View) -> list[Record]:
    return [_line(line, view) for line in document["LineItems"]]


def _line(line: Record, view: View) -> Record:
    shown = _compact(line)
    shown["UnitAmount"] = to_places(line["UnitAmount"], view.unit_places)
    if line["DiscountRate"] is not None:
        shown["DiscountEnteredAsPercent"] = True
    return shown


def _live_payments(org: OrganisationBooks, invoice: Record) -> list[Record]:
    found = org.payments.found("invoice.invoiceid", invoice["InvoiceID"])
    return [payment for payment in found if payment["Status"] == "AUTHORISED"]


def _payment_stub(payment: Record) -> Record:
    names = ("PaymentID", "BatchPaymentID", "Date", "Amount", "Reference", "CurrencyRate")
    return _pick(payment, *names) | {"HasAccount": True, "HasValidationErrors": False}


def _credit_stubs(org: OrganisationBooks, invoice: Record) -> dict[str, list[Record]]:
    """Return what was allocated to an invoice, by kind of credit."""
    found = list(org.allocations.found("invoice", invoice["InvoiceID"]))
    return {
        kind.plural: [_credit_stub(a) for a in found if kind.name in a] for kind in CREDIT_KINDS
    }


def _credit_stub(allocation: Record) -> Record:
    credit = credit_of(allocation)
    id_field = kind_of(credit).id_field
    shown = _pick(credit, id_field, "CreditNoteNumber", "Total")
    return shown | {
        "ID": credit[id_field],
        "AppliedAmount": allocation["Amount"],
        "Date": allocation["Date"],
        "DateString": to_date_string(allocation["Date"]),
        "HasErrors": False,
    }


def _invoice_stub(invoice: Record) -> Record:
    names = ("Type", "InvoiceID", "InvoiceNumber", "AmountDue", "AmountPaid", "CurrencyCode")
    shown = _pick(invoice, *names)
    return shown | {
        "Contact": contact_stub(invoice["Contact"]),
        "LineItems": [],
        "HasErrors": False,
        "IsDiscounted": False,
    }


def render_payment(org: OrganisationBooks, payment: Record, view: View) -> Record:
    """Return a payment, with its document in its present state."""
    shown = _compact(payment)
    shown["Account"] = _pick(payment["Account"], "AccountID", "Code")
    if "Invoice" in payment:
        shown["Invoice"] = _invoice_stub(payment["Invoice"])
    else:
        credit = credit_of(payment)
        kind = kind_of(credit)
        names = ("Type", kind.id_field, "CreditNoteNumber", "RemainingCredit", "CurrencyCode")
        shown[kind.name] = _pick(credit, *names)
    return shown | {
        "HasAccount": True,
        "HasValidationErrors": False,
        "UpdatedDateUTCString": to_utc_string(payment["UpdatedDateUTC"]),
    }


def render_batch(org: OrganisationBooks, batch: Record, view: View) -> Record:
    """Return a batch payment with its members."""
    members = [
        _pick(m, "PaymentID", "Amount", "BankAmount", "Reference", "Details")
        | {"Invoice": _pick(m["Invoice"], "InvoiceID", "InvoiceNumber", "Type")}
        for m in org.payments_of_batch(batch)
    ]
    return (
        _compact(batch)
        | _date_strings(batch, "Date")
        | {
            "Account": _pick(batch["Account"], "AccountID", "Code", "CurrencyCode"),
            "Payments": members,
        }
    )


def render_credit_note(org: OrganisationBooks, note: Record, view: View) -> Record:
    """Return a credit note with its allocations and refunds."""
    return _credit(org, note, view) | {"HasErrors": False}


def render_advance(org: OrganisationBooks, advance: Record, view: View) -> Record:
    """Return an overpayment or prepayment with its allocations and refunds."""
    shown = _credit(org, advance, view)
    # Seen with a value only once something was allocated; left out otherwise.
    if not advance["AppliedAmount"]:
        del shown["AppliedAmount"]
    return shown


def _credit(org: OrganisationBooks, credit: Record, view: View) -> Record:
    return (
        _compact(credit)
        | _date_strings(credit, "Date", "DueDate")
        | {
            "ID": credit[kind_of(credit).id_field],
            "Contact": contact_stub(credit["Contact"]),
            "LineItems": _lines(credit, view) if view.lines else [],
            "Allocations": [render_allocation(a) for a in org.allocations_of(credit)],
            "Payments": [_payment_stub(p) for p in org.refunds_of(credit)],
            "UpdatedDateUTCString": to_utc_string(credit["UpdatedDateUTC"]),
        }
    )


def render_allocation(allocation: Record) -> Record:
    """Return one use of a credit."""
    return _pick(allocation, "AllocationID", "Amount", "Date") | {
        "Invoice": _pick(allocation["Invoice"], "InvoiceID", "InvoiceNumber")
    }


def render_bank_transaction(org: OrganisationBooks, transaction: Record, view: View) -> Record:
    """Return money spent or received."""
    account = _pick(transaction["BankAccount"], "AccountID", "Code", "Name")
    return (
        _compact(transaction, ("TotalDiscount",))
        | _date_strings(transaction, "Date")
        | {
            "Contact": contact_stub(transaction["Contact"]),
            "BankAccount": account,
            "LineItems": _lines(transaction, view) if view.lines else [],
        }
    )


def render_item(org: OrganisationBooks, item: Record, view: View) -> Record:
    """Return an item; prices to the places asked for."""
    shown = _compact(item)
    for side in ("SalesDetails", "PurchaseDetails"):
        details = dict(item[side])
        if "UnitPrice" in details:
            details["UnitPrice"] = to_places(details["UnitPrice"], view.unit_places)
        shown[side] = details
    return shown


def render_plain(org: OrganisationBooks, record: Record, view: View) -> Record:
    """Return a record as it is kept."""
    return _compact(record)


def render_without_stamp(org: OrganisationBooks, record: Record, view: View) -> Record:
    """Return a record of a kind that Xero shows no stamp of."""
    return _compact(record, ("UpdatedDateUTC",))
