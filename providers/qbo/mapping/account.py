"""An account as QuickBooks takes it.

Source: Intuit Accounting API, Account entity and its enumerations, minor version 75,
read 2026-11.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from providers.parts import ALWAYS, Body, Part, part
from providers.qbo.company import QboCompany
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.text import spaced
from schemas.documents.account import Account, AccountKind


class AccountType(NamedTuple):
    """QuickBooks' type of an account and the plainest of its subtypes."""

    type: str
    subtype: str


TYPES: Final = {
    AccountKind.BANK: AccountType("Bank", "Checking"),
    AccountKind.CURRENT_ASSET: AccountType("Other Current Asset", "OtherCurrentAssets"),
    AccountKind.FIXED_ASSET: AccountType("Fixed Asset", "OtherFixedAssets"),
    AccountKind.CURRENT_LIABILITY: AccountType(
        "Other Current Liability", "OtherCurrentLiabilities"
    ),
    AccountKind.LONG_TERM_LIABILITY: AccountType(
        "Long Term Liability", "OtherLongTermLiabilities"
    ),
    AccountKind.EQUITY: AccountType("Equity", "OwnersEquity"),
    AccountKind.REVENUE: AccountType("Income", "SalesOfProductIncome"),
    AccountKind.OTHER_INCOME: AccountType("Other Income", "OtherMiscellaneousIncome"),
    AccountKind.DIRECT_COST: AccountType("Cost of Goods Sold", "SuppliesMaterialsCogs"),
    AccountKind.EXPENSE: AccountType("Expense", "OfficeGeneralAdministrativeExpenses"),
}


def account_parts(account: Account, books: QboBooks) -> Sequence[Part]:
    """Return what an account becomes in QuickBooks; its name goes with every write."""
    return (
        part(lambda: {"Name": spaced(account.name)}, ALWAYS),
        part(lambda: _number(account, books.company), "code"),
        part(lambda: _type(account), "kind"),
        part(lambda: {"Active": account.active}, "active"),
    )


def _number(account: Account, company: QboCompany) -> Body:
    return {"AcctNum": account.code} if company.uses_account_numbers else {}


def _type(account: Account) -> Body:
    kind = TYPES[account.kind]
    return {"AccountType": kind.type, "AccountSubType": kind.subtype}
