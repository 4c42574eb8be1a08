"""How a write to an organisation is recorded: natural keys, and changes for webhooks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from providers.simulators.xero.books.credits import credit_of, kind_of
from providers.simulators.xero.books.table import Record

CATEGORIES: Final = {
    "InvoiceID": "INVOICE",
    "ContactID": "CONTACT",
    "CreditNoteID": "CREDITNOTE",
}
"""Webhook categories by the id field of their records; Xero announces nothing else."""


@dataclass(frozen=True, slots=True)
class XeroChangeEvent:
    """A change that webhooks announce.

    Attributes:
        tenant_id: Organisation that was changed.
        category: Kind of record, as webhooks name it.
        record_id: Id of the changed record.
        created: Whether the record is new; otherwise it was updated.
        at: Simulated moment of the change, UTC, in milliseconds.
    """

    tenant_id: str
    category: str
    record_id: str
    created: bool
    at: datetime


def natural_key(resource_name: str, record: Record) -> str:
    """Return the natural key of a record: what a person would call it by."""
    return " ".join(str(part) for part in _parts(resource_name, record))


def _parts(resource_name: str, record: Record) -> tuple[Any, ...]:
    match resource_name:
        case "Contacts":
            return (record.get("ContactNumber") or record["Name"],)
        case "Invoices":
            number = record["InvoiceNumber"] or record["Reference"]
            contact = () if record["Type"] == "ACCREC" else (record["Contact"]["ContactID"],)
            return (record["Type"], *contact, number, record["Total"])
        case "CreditNotes":
            return record["Type"], record["CreditNoteNumber"], record["Total"]
        case "Payments":
            return _target_id(record), record["Reference"], record["Date"], record["Amount"]
        case "BatchPayments":
            return record.get("Reference"), record["Date"], record["TotalAmount"]
        case "BankTransactions":
            return record["Type"], record["Reference"], record["Date"], record["Total"]
        case _:
            return (record.get("Code") or record.get("Name"),)


def _target_id(payment: Record) -> str:
    if "Invoice" in payment:
        return str(payment["Invoice"]["InvoiceID"])
    credit = credit_of(payment)
    return str(credit[kind_of(credit).id_field])


def operation_of(record: Record, *, created: bool) -> str:
    """Return the name of a write: created, updated, voided or deleted."""
    if created:
        return "created"
    status = record.get("Status")
    return str(status).lower() if status in {"VOIDED", "DELETED"} else "updated"
