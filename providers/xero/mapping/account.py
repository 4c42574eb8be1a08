"""The document ``account.v1`` as Xero's account.

Source: Xero developer page "Accounts", read 2026-09: one account per call, bank accounts
can't be changed, and archiving is a request of its own.
"""

from typing import Final

from providers.base import Write, Written
from providers.xero.mapping.parts import chosen, external, named
from providers.xero.preflight_errors import bank_account_by_hand, not_in_use
from providers.xero.wire import Body, Element
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


def from_account(account: Account, write: Write) -> tuple[Body, ...]:
    """Give the elements that create or change the account, each for a call of its own.

    Raises:
        NeedsPerson: ``bank_account_by_hand``.
        Rejected: ``not_in_use``, it is to be created archived.
    """
    if account.kind is AccountKind.BANK:
        raise bank_account_by_hand(account.code)
    if write.external is None:
        if not account.active:
            raise not_in_use("account")
        return (_fields(account, write),)
    return tuple(body for body in (_fields(account, write), _status(account, write)) if body)


def to_written(element: Element) -> Written:
    """Read an account; bank accounts may have no code."""
    return Written(
        external=external(element, "AccountID", code=element.get("Code") or ""),
        voided=element.get("Status") != "ACTIVE",
    )


def is_of_kind(element: Element, kind: AccountKind) -> bool:
    """Whether Xero's account belongs to the class that the kind belongs to."""
    return bool(element.get("Class") == _CLASSES[kind])


def _fields(account: Account, write: Write) -> Body:
    """Give what changes besides the status; empty where nothing does."""
    changes = chosen(
        write,
        {
            "code": {"Code": account.code},
            "name": {"Name": account.name},
            "kind": {"Type": _TYPES[account.kind]},
        },
    )
    return named(write, "AccountID") | changes if changes else {}


def _status(account: Account, write: Write) -> Body:
    if "active" not in write.changed:
        return {}
    status = "ACTIVE" if account.active else "ARCHIVED"
    return {**named(write, "AccountID"), "Status": status}
