"""Which scope opens what. Pure.

Source: Xero "Scopes" and "Granular Scopes FAQ", read 2026-09. The broad
``accounting.transactions`` is being retired; apps made since March 2026 can't ask for it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

_BASES: Final = (
    *("accounting.invoices", "accounting.payments", "accounting.banktransactions"),
    *("accounting.manualjournals", "accounting.settings", "accounting.contacts"),
    "accounting.attachments",
)
_PLAIN: Final = frozenset({"openid", "profile", "email", "offline_access"})
_READ_ONLY: Final = frozenset({"accounting.journals.read", "accounting.budgets.read"})
_REPORTS: Final = frozenset(
    f"accounting.reports.{name}.read"
    for name in (
        *("aged", "balancesheet", "banksummary", "budgetsummary", "executivesummary"),
        *("profitandloss", "trialbalance", "taxreports", "tenninetynine"),
    )
)
GRANULAR: Final = (
    _PLAIN | _READ_ONLY | _REPORTS | {*_BASES, *(f"{base}.read" for base in _BASES)}
)
BROAD: Final = frozenset(
    {"accounting.transactions", "accounting.transactions.read", "accounting.reports.read"}
)
_TRANSACTIONS: Final = frozenset(_BASES[:4])


def is_askable(scopes: Iterable[str], *, broad: bool) -> bool:
    """Return whether an app may ask for all of these."""
    return set(scopes) <= (GRANULAR | BROAD if broad else GRANULAR)


def opens(granted: frozenset[str], bases: Sequence[str], *, write: bool) -> bool:
    """Return whether a consent lets its holder read, or write, what any of ``bases`` opens."""
    names = {*bases}
    if not _TRANSACTIONS.isdisjoint(names):
        names.add("accounting.transactions")
    if not write:
        names |= {f"{name}.read" for name in names}
    return not names.isdisjoint(granted)
