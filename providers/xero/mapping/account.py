"""An account as Xero takes it.

Source: Xero developer page "Accounts", read 2026-09: one account per call, bank accounts
can't be changed, and archiving is a request of its own.
"""

from collections.abc import Sequence
from typing import Final

from providers.parts import Part, part
from providers.wire import Record
from providers.xero.preflight_errors import bank_account_by_hand
from schemas.documents.account import Account, AccountKind

_TYPES: Final = {
    AccountKind.BANK: "BANK",
    AccountKind.CURRENT_ASSET: "CURRENT",
    AccountKind.FIXED_ASSET: "FIXED",
    AccountKind.CURRENT_LIABILITY: "CURRLIAB",
    AccountKind.LONG_TERM_LIABILITY: "TERMLIAB",
    AccountKind.EQUITY: "EQUITY",
    AccountKind.REVENUE: "REVENUE",
    AccountKind.OTHER_INCOME: "OTHERINCOME",
    AccountKind.DIRECT_COST: "DIRECTCOSTS",
    AccountKind.EXPENSE: "EXPENSE",
}
_CLASSES: Final = {
    AccountKind.BANK: "ASSET",
    AccountKind.CURRENT_ASSET: "ASSET",
    AccountKind.FIXED_ASSET: "ASSET",
    AccountKind.CURRENT_LIABILITY: "LIABILITY",
    AccountKind.LONG_TERM_LIABILITY: "LIABILITY",
    AccountKind.EQUITY: "EQUITY",
    AccountKind.REVENUE: "REVENUE",
    AccountKind.OTHER_INCOME: "REVENUE",
    AccountKind.DIRECT_COST: "EXPENSE",
    AccountKind.EXPENSE: "EXPENSE",
}


def account_parts(account: Account) -> Sequence[Part]:
    """Return what an account becomes in Xero.

    Raises:
        NeedsPerson: ``bank_account_by_hand``.
    """
    if account.kind is AccountKind.BANK:
        raise bank_account_by_hand(account.code)
    status = "ACTIVE" if account.active else "ARCHIVED"
    return (
        part(lambda: {"Code": account.code}, "code"),
        part(lambda: {"Name": account.name}, "name"),
        part(lambda: {"Type": _TYPES[account.kind]}, "kind"),
        part(lambda: {"Status": status}, "active", on_create=False),
    )


def is_of_kind(record: Record, kind: AccountKind) -> bool:
    """Return whether Xero's account belongs to the class that the kind belongs to."""
    return bool(record.get("Class") == _CLASSES[kind])
