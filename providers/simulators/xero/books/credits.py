"""The three kinds of credit that settle invoices: credit notes, overpayments, prepayments.

Source: Xero Credit Notes, Overpayments and Prepayments pages, read 2026-09.
"""

from dataclasses import dataclass
from typing import Final

from providers.simulators.xero.books.table import Record


@dataclass(frozen=True, slots=True)
class CreditKind:
    """A kind of credit.

    Attributes:
        name: What payments and allocations call it, such as ``CreditNote``.
    """

    name: str

    @property
    def id_field(self) -> str:
        """The field that holds its id."""
        return f"{self.name}ID"

    @property
    def plural(self) -> str:
        """The name of its resource, and of the list that an invoice shows."""
        return f"{self.name}s"


CREDIT_NOTE: Final = CreditKind("CreditNote")
OVERPAYMENT: Final = CreditKind("Overpayment")
PREPAYMENT: Final = CreditKind("Prepayment")
CREDIT_KINDS: Final = (CREDIT_NOTE, OVERPAYMENT, PREPAYMENT)


def kind_of(credit: Record) -> CreditKind:
    """Return the kind of a credit."""
    return next(kind for kind in CREDIT_KINDS if kind.id_field in credit)


def credit_of(use: Record) -> Record:
    """Return the credit that an allocation uses, or that a payment refunds."""
    found: Record = next(use[kind.name] for kind in CREDIT_KINDS if kind.name in use)
    return found
