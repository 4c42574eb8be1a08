"""The document ``account.v1``."""

from enum import StrEnum

from schemas.documents.document import Document
from schemas.documents.texts import Name, Number


class AccountKind(StrEnum):
    """The purpose of an account, in terms that both ledgers have."""

    BANK = "bank"
    CURRENT_ASSET = "current_asset"
    FIXED_ASSET = "fixed_asset"
    CURRENT_LIABILITY = "current_liability"
    LONG_TERM_LIABILITY = "long_term_liability"
    EQUITY = "equity"
    REVENUE = "revenue"
    OTHER_INCOME = "other_income"
    DIRECT_COST = "direct_cost"
    EXPENSE = "expense"


class Account(Document):
    """One account of the chart of accounts.

    Attributes:
        code: The number of the account in the tenant's chart.
        name: The name of the account.
        kind: The purpose of the account.
        active: Whether it is in use; False makes it inactive in the ledger.
    """

    code: Number
    name: Name
    kind: AccountKind
    active: bool = True
