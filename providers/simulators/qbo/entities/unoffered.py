"""What QuickBooks has and the simulator has not, so that it can be told apart from a mistake.

Source: Intuit Accounting API, list of all entities, and the paths of the v3 schema, as of 2026.
"""

from typing import Final

_ENTITIES: Final = (
    *("Attachable", "Budget", "CompanyCurrency", "CreditCardPayment", "CreditCardPaymentTxn"),
    *("CustomerType", "Deposit", "Entitlements", "Estimate", "ExchangeRate"),
    *("InventoryAdjustment", "JournalCode", "OLBStatus", "OLBTransaction", "Purchase"),
    *("PurchaseOrder", "RecurringTransaction", "RefundReceipt", "ReimburseCharge"),
    *("StatementCharge", "SyncActivity", "TaxClassification", "TaxPayment", "TaxReturn"),
    *("TaxService", "Template", "TimeActivity", "Transfer", "UserInfo", "VendorCredit"),
    "VendorType",
)
_PATHS: Final = frozenset({"download", "reports", "resource", "upload"})
_ACTIONS: Final = frozenset({"pdf"})
_NAMES: Final = {name.lower(): name for name in _ENTITIES}


def unoffered_entity(name: str) -> str | None:
    """Return the name of a real entity that is not simulated, written in any case."""
    return _NAMES.get(name.lower())


def unoffered_path(parts: tuple[str, ...]) -> str | None:
    """Return what a path below a company asks for, if QuickBooks has it and no one here."""
    if not parts:
        return None
    if parts[0].lower() in _PATHS:
        return "/".join(parts[:2])
    if parts[-1].lower() in _ACTIONS:
        return f"{parts[0]} as {parts[-1]}"
    return unoffered_entity(parts[0])
