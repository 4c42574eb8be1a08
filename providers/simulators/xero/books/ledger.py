"""An organisation's books as tests and people compare them: counts, sums, documents."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from providers.simulators.xero.books.credits import credit_of, kind_of
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.books.totals import ZERO

RESOURCE_OF_SECTION: Final = {
    "Contacts": "contacts",
    "Invoices": "invoices",
    "Bills": "invoices",
    "CreditNotes": "creditnotes",
    "Payments": "payments",
    "BatchPayments": "batchpayments",
    "BankTransactions": "banktransactions",
    "Overpayments": "overpayments",
    "Prepayments": "prepayments",
    "Items": "items",
    "Accounts": "accounts",
}
"""The sections of a ledger, and the resources whose records they show."""

_Describe = Callable[[Record], Record]
_DEAD: Final = frozenset({"VOIDED", "DELETED"})
_SUMS: Final = ("total", "tax", "balance")


def describe_ledger(org: OrganisationBooks, *, documents: bool = True) -> dict[str, Any]:
    """Return what the books hold, by kind of record; voided and deleted ones aren't summed.

    ``balance`` is what is still due, or left of a credit note. The sums add up amounts of every
    currency.
    """
    kinds: Mapping[str, tuple[Iterable[Record], _Describe]] = {
        "Contacts": (org.contacts, _contact),
        "Invoices": (_of_type(org, "ACCREC"), _invoice),
        "Bills": (_of_type(org, "ACCPAY"), _invoice),
        "CreditNotes": (org.credit_notes, _credit_note),
        "Payments": (org.payments, _payment),
        "BatchPayments": (org.batch_payments, partial(_batch, org)),
        "BankTransactions": (org.bank_transactions, _bank_transaction),
        "Overpayments": (org.overpayments, _advance),
        "Prepayments": (org.prepayments, _advance),
        "Items": (org.items, _item),
        "Accounts": (org.accounts, _account),
    }
    return {
        "realm": org.tenant_id,
        "name": org.name,
        "currency": org.base_currency,
        "entities": {
            kind: _section(*found, documents=documents) for kind, found in kinds.items()
        },
    }


def _of_type(org: OrganisationBooks, kind: str) -> Iterable[Record]:
    return (invoice for invoice in org.invoices if invoice["Type"] == kind)


def _section(records: Iterable[Record], describe: _Describe, *, documents: bool) -> Record:
    lines = [describe(record) for record in records]
    live = [line for line in lines if line["status"] not in _DEAD]
    section = {"count": len(lines), "live": len(live)} | {n: _sum(live, n) for n in _SUMS}
    return section | ({"documents": lines} if documents else {})


def _sum(lines: Iterable[Record], name: str) -> Decimal:
    return sum((line[name] for line in lines), ZERO)


def _line(record: Record, *, record_id: str, label: str, status: str, **more: Any) -> Record:
    """Return one document under the names that all sections share."""
    return {
        "id": record_id,
        "label": label,
        "status": status,
        "total": ZERO,
        "tax": ZERO,
        "balance": ZERO,
        "updated_at": record["UpdatedDateUTC"].isoformat(),
        **{name: v.isoformat() if isinstance(v, date) else v for name, v in more.items()},
    }


def _contact(record: Record) -> Record:
    return _line(
        record,
        record_id=record["ContactID"],
        label=record["Name"],
        status=record["ContactStatus"],
        name=record["Name"],
        contact_number=record.get("ContactNumber"),
    )


def _invoice(record: Record) -> Record:
    return _line(
        record,
        record_id=record["InvoiceID"],
        label=record["InvoiceNumber"] or record["Reference"],
        status=record["Status"],
        total=record["Total"],
        tax=record["TotalTax"],
        balance=record["AmountDue"],
        number=record["InvoiceNumber"],
        reference=record["Reference"],
        date=record["Date"],
        currency=record["CurrencyCode"],
        **_of_contact(record["Contact"]),
    )


def _credit_note(record: Record) -> Record:
    return _line(
        record,
        record_id=record["CreditNoteID"],
        label=record["CreditNoteNumber"] or record["Reference"],
        status=record["Status"],
        total=record["Total"],
        tax=record["TotalTax"],
        balance=record["RemainingCredit"],
        type=record["Type"],
        number=record["CreditNoteNumber"],
        reference=record["Reference"],
        date=record["Date"],
        **_of_contact(record["Contact"]),
    )


def _of_contact(contact: Record) -> Record:
    return {
        "contact_id": contact["ContactID"],
        "contact_name": contact["Name"],
        "contact_number": contact.get("ContactNumber"),
    }


def _payment(record: Record) -> Record:
    document = record.get("Invoice") or credit_of(record)
    number = document.get("InvoiceNumber") or document.get("CreditNoteNumber")
    return _line(
        record,
        record_id=record["PaymentID"],
        label=record["Reference"] or number or "",
        status=record["Status"],
        total=record["Amount"],
        currency=document["CurrencyCode"],
        type=record["PaymentType"],
        reference=record["Reference"],
        document_id=document.get("InvoiceID") or document[kind_of(document).id_field],
        document_number=number,
        batch_payment_id=record.get("BatchPaymentID"),
        account_code=record["Account"]["Code"],
        date=record["Date"],
    )


def _batch(org: OrganisationBooks, record: Record) -> Record:
    member, *_ = org.payments_of_batch(record)
    return _line(
        record,
        record_id=record["BatchPaymentID"],
        label=record.get("Reference", ""),
        status=record["Status"],
        total=record["TotalAmount"],
        currency=member["Invoice"]["CurrencyCode"],
        type=record["Type"],
        reference=record.get("Reference", ""),
        date=record["Date"],
    )


def _bank_transaction(record: Record) -> Record:
    return _line(
        record,
        record_id=record["BankTransactionID"],
        label=record["Reference"],
        status=record["Status"],
        total=record["Total"],
        tax=record["TotalTax"],
        type=record["Type"],
        reference=record["Reference"],
        date=record["Date"],
        **_of_contact(record["Contact"]),
    )


def _advance(record: Record) -> Record:
    return _line(
        record,
        record_id=record[kind_of(record).id_field],
        label="",
        status=record["Status"],
        total=record["Total"],
        tax=record["TotalTax"],
        balance=record["RemainingCredit"],
        type=record["Type"],
        date=record["Date"],
        currency=record["CurrencyCode"],
        **_of_contact(record["Contact"]),
    )


def _item(record: Record) -> Record:
    return _line(
        record,
        record_id=record["ItemID"],
        label=record["Code"],
        status="ACTIVE",
        code=record["Code"],
        name=record["Name"],
    )


def _account(record: Record) -> Record:
    return _line(
        record,
        record_id=record["AccountID"],
        label=record["Name"],
        status=record["Status"],
        code=record["Code"],
        name=record["Name"],
        type=record["Type"],
    )
