"""What Xero has and the simulator has not, so that it can be told apart from a mistake.

Source: the paths of Xero-OpenAPI xero_accounting.yaml 16.1.0.
"""

from collections.abc import Sequence
from typing import Final

_RESOURCES: Final = (
    *("BankTransfers", "BrandingThemes", "Budgets", "ContactGroups", "Employees"),
    *("ExpenseClaims", "InvoiceReminders", "Journals", "LinkedTransactions"),
    *("ManualJournals", "PaymentServices", "PurchaseOrders", "Quotes", "Receipts"),
    *("RepeatingInvoices", "Reports", "Setup", "Users"),
)
_NAMES: Final = {name.lower(): name for name in _RESOURCES}
_PARTS: Final = frozenset(
    {"actions", "attachments", "cissettings", "email", "history", "onlineinvoice", "pdf"}
)


def unoffered(path: Sequence[str]) -> str | None:
    """Return what a path asks for, if Xero has it and no one here."""
    name = _NAMES.get(path[0].lower())
    if name is not None:
        return name
    part = next((one for one in path[1:] if one.lower() in _PARTS), None)
    return None if part is None else f"{part} of {path[0]}"
