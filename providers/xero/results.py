"""What an element of Xero's answer says about a document of ours.

Source: Xero developer pages "Invoices", "Contacts", "Items", "Accounts", "Payments" and "Batch
Payments", read 2026-09.
"""

from decimal import Decimal
from typing import Final
from uuid import UUID

from providers.base import External, Figures, Written
from providers.wire import Record
from providers.xero.dates import milliseconds

NO_ID: Final = str(UUID(int=0))
"""The id of an element that Xero did not save."""

BATCH: Final = "batch"
"""The ``code`` of a link to a batch payment, which Xero keeps apart from payments."""

VOID_STATUSES: Final = frozenset({"VOIDED", "DELETED"})
DRAFT_STATUSES: Final = frozenset({"DRAFT", "SUBMITTED"})
_OUT_OF_USE: Final = frozenset({"ARCHIVED", "GDPRREQUEST"})
_NOTHING: Final = Figures(Decimal(0), Decimal(0), Decimal(0))


def account_written(record: Record) -> Written:
    """Read an account; bank accounts may have no code."""
    return Written(
        external=_external(record, "AccountID", code=record.get("Code") or ""),
        voided=record.get("Status") != "ACTIVE",
    )


def contact_written(record: Record) -> Written:
    """Read a contact."""
    return Written(
        external=_external(record, "ContactID"),
        voided=record.get("ContactStatus") in _OUT_OF_USE,
        known_as=str(record.get("Name") or ""),
    )


def item_written(record: Record) -> Written:
    """Read an item; it is out of use when it is neither sold nor purchased."""
    return Written(
        external=_external(record, "ItemID", code=record["Code"]),
        voided=record.get("IsSold") is False and record.get("IsPurchased") is False,
    )


def trade_written(record: Record) -> Written:
    """Read an invoice or bill, with the figures that Xero worked out; zero when it is void."""
    voided = record.get("Status") in VOID_STATUSES
    return Written(
        external=_external(record, "InvoiceID"),
        figures=_NOTHING if voided else _figures(record),
        voided=voided,
        known_as=str(record.get("InvoiceNumber") or ""),
    )


def payment_written(record: Record) -> Written:
    """Read a payment."""
    return Written(_external(record, "PaymentID"), voided=_is_deleted(record))


def batch_written(record: Record) -> Written:
    """Read a batch payment."""
    external = _external(record, "BatchPaymentID", code=BATCH)
    return Written(external, voided=_is_deleted(record))


def amount(value: object) -> Decimal:
    """Return a number of an answer, whether it came as a number or as text."""
    return Decimal(str(value))


def _external(record: Record, id_field: str, *, code: str = "") -> External:
    """Read an element's own side of a link.

    Xero has no version that a write must name; the stamp of the last change, in milliseconds
    since 1970, stands in its place, for people.
    """
    stamp = record.get("UpdatedDateUTC")
    return External(
        id=record[id_field],
        sync_token=str(milliseconds(stamp)) if stamp else "",
        code=code,
    )


def _figures(record: Record) -> Figures:
    return Figures(
        total=amount(record["Total"]),
        tax=amount(record["TotalTax"]),
        balance=amount(record["AmountDue"]),
    )


def _is_deleted(record: Record) -> bool:
    return bool(record.get("Status") == "DELETED")
