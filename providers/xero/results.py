"""What an element of Xero's answer says about a document of ours.

Source: Xero developer pages "Invoices", "Contacts", "Items", "Accounts", "Payments", "Batch
Payments" and "Overpayments", read 2026-09.
"""

from dataclasses import dataclass, replace
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
OVERPAYMENT: Final = "overpayment"
"""The ``code`` of a link to an overpayment, where a payment is nothing else."""
_AND: Final = "+"

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
        account_number=str(record.get("AccountNumber") or ""),
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
    """Read a payment, with its amount in the currency of its invoice."""
    figures = _of_payment(record.get("Amount"))
    return Written(_external(record, "PaymentID"), figures, voided=_is_deleted(record))


def batch_written(record: Record) -> Written:
    """Read a batch payment."""
    external = _external(record, "BatchPaymentID", code=BATCH)
    figures = _of_payment(record.get("TotalAmount"))
    return Written(external, figures, voided=_is_deleted(record))


def overpayment_written(record: Record) -> Written:
    """Read an overpayment, or the bank transaction that made it."""
    total = record.get("Total")
    return Written(
        _external(record, "OverpaymentID", code=OVERPAYMENT),
        figures=_of_payment(total, record.get("RemainingCredit", total)),
        voided=record.get("Status") in VOID_STATUSES,
    )


def allocation_written(record: Record) -> Written:
    """Read one use of an overpayment."""
    return Written(External(record["AllocationID"]))


@dataclass(frozen=True, slots=True)
class PaymentLink:
    """What a payment of ours is in Xero: a payment or batch, an overpayment, or both.

    Attributes:
        payment_id: The id of the payment or batch payment; empty where there is none.
        is_batch: Whether it is a batch payment.
        overpayment_id: The id of the overpayment; empty where there is none.
    """

    payment_id: str = ""
    is_batch: bool = False
    overpayment_id: str = ""

    @property
    def code(self) -> str:
        """What tells of a link which records it has: ``batch``, ``+<id>`` and so on."""
        if not self.payment_id:
            return OVERPAYMENT
        kind = BATCH if self.is_batch else ""
        return f"{kind}{_AND}{self.overpayment_id}" if self.overpayment_id else kind


def payment_link(external: External) -> PaymentLink:
    """Read a link."""
    if external.code == OVERPAYMENT:
        return PaymentLink(overpayment_id=external.id)
    kind, _, overpayment_id = external.code.partition(_AND)
    return PaymentLink(external.id, kind == BATCH, overpayment_id)


def both(payment: Written, overpayment: Written) -> Written:
    """Return a payment with the overpayment that is the rest of it; void where both are."""
    link = payment_link(payment.external)
    linked = replace(link, overpayment_id=overpayment.external.id)
    figures = None
    if payment.figures and overpayment.figures:
        total = payment.figures.total + overpayment.figures.total
        figures = _of_payment(total, overpayment.figures.balance)
    external = payment.external
    return Written(
        External(external.id, external.sync_token, linked.code),
        figures=figures,
        voided=payment.voided and overpayment.voided,
    )


def in_bank_currency(written: Written, record: Record) -> Written:
    """Return a payment with what the bank received, where the invoice has another currency."""
    return replace(written, figures=_of_payment(record.get("BankAmount")))


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


def _of_payment(total: object, balance: object = 0) -> Figures | None:
    """Return what a payment comes to; nothing where the answer does not say it."""
    return None if total is None else Figures(amount(total), Decimal(0), amount(balance))


def _figures(record: Record) -> Figures:
    return Figures(
        total=amount(record["Total"]),
        tax=amount(record["TotalTax"]),
        balance=amount(record["AmountDue"]),
    )


def _is_deleted(record: Record) -> bool:
    return bool(record.get("Status") == "DELETED")
