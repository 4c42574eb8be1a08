"""The states of invoices and credit notes, and what may change in each. Pure.

Source: Xero Invoices page, read 2026-09.
"""

from collections.abc import Mapping
from typing import Any, Final

from providers.simulators.xero.wire.errors import ElementRejected

CREATABLE: Final = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED"})
_TRANSITIONS: Final[Mapping[str, frozenset[str]]] = {
    "DRAFT": CREATABLE | {"DELETED"},
    "SUBMITTED": CREATABLE | {"DELETED"},
    "AUTHORISED": frozenset({"AUTHORISED", "VOIDED"}),
    "PAID": frozenset({"PAID"}),
    "VOIDED": frozenset(),
    "DELETED": frozenset(),
}
OPEN: Final = frozenset({"AUTHORISED", "PAID"})
"""The states in which a document is in the ledger."""
DEAD: Final = frozenset({"VOIDED", "DELETED"})
_HEADER_AFTER_PAYMENT: Final = frozenset(
    {"Reference", "DueDate", "InvoiceNumber", "BrandingThemeID", "Url", "Contact"}
)
_LINE_AFTER_PAYMENT: Final = frozenset(
    {"LineItemID", "Description", "AccountCode", "AccountID", "Tracking"}
)
_COMPUTED: Final = frozenset({"UpdatedDateUTC", "SentToContact"})

NOT_MODIFIABLE: Final = "Invoice not of valid status for modification"
HAS_PAYMENTS: Final = (
    "This document cannot be edited as it has a payment or credit note allocated to it."
)


def check_new(status: str) -> None:
    """Refuse a status that no document starts in.

    Raises:
        ElementRejected: anything but DRAFT, SUBMITTED and AUTHORISED.
    """
    if status not in CREATABLE:
        raise ElementRejected("Invoice not of valid status for creation")


def check_transition(document: Mapping[str, Any], status: str) -> None:
    """Refuse a step that the state machine doesn't have.

    Raises:
        ElementRejected: no such step, or a void of what has payments or credits.
    """
    if status == "VOIDED" and has_settlements(document):
        raise ElementRejected(
            "Invoice not of valid status for modification",
            "A status of VOIDED cannot be applied as the document has payments or credit notes "
            "allocated to it",
        )
    if status not in _TRANSITIONS[document["Status"]]:
        raise ElementRejected(NOT_MODIFIABLE)


def has_settlements(document: Mapping[str, Any]) -> bool:
    """Return whether payments or credits are applied."""
    applied = ("AmountPaid", "AmountCredited", "AppliedAmount", "RefundedAmount")
    return any(document.get(name) for name in applied)


def check_edit(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Refuse changes that payments or credits on a document forbid.

    A bill with a payment can't change at all; a sales invoice in what moves no money.

    Raises:
        ElementRejected: such a change.
    """
    if not has_settlements(before):
        return
    changed = {
        name
        for name in after
        if name not in _COMPUTED and name != "LineItems" and after[name] != before.get(name)
    }
    allowed = _HEADER_AFTER_PAYMENT if before["Type"] == "ACCREC" else frozenset()
    # A credit belongs to the contact, so the invoice must stay with it.
    if before.get("AmountCredited"):
        allowed -= {"Contact"}
    if not changed <= allowed or not _lines_may_change(before, after, bool(allowed)):
        raise ElementRejected(NOT_MODIFIABLE, HAS_PAYMENTS)


def _lines_may_change(
    before: Mapping[str, Any], after: Mapping[str, Any], descriptive: bool
) -> bool:
    old, new = before["LineItems"], after["LineItems"]
    ignored = _LINE_AFTER_PAYMENT if descriptive else frozenset({"LineItemID"})
    return len(old) == len(new) and all(
        a[name] == b[name]
        for a, b in zip(old, new, strict=True)
        for name in a
        if name not in ignored
    )
