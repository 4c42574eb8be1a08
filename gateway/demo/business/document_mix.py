"""The mix of a business: the number of documents of each type, and of each later change."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.demo.business.seeded_random import SeededRandom

LEAST: Final = 18  # documents of one tenant: its chart, and one or two of everything else


class BusinessStep(StrEnum):
    """One step of a business."""

    CUSTOMER = "customer"
    WALK_IN = "walk-in"  # a new customer and the first invoice, which is announced before
    INVOICE = "invoice"
    INVOICE_DRAFT = "draft of an invoice"
    BILL = "bill"
    BILL_DRAFT = "draft of a bill"
    PAYMENT = "payment"
    RENAME = "rename"
    NEW_EMAIL = "new e-mail"
    AMEND = "amend"
    APPROVE_BILL = "approve bill"
    VOID_INVOICE = "void invoice"
    VOID_PAYMENT = "void payment"
    VOID_BILL = "void bill"


CREATING: Final = frozenset(
    {
        *(
            BusinessStep.CUSTOMER,
            BusinessStep.WALK_IN,
            BusinessStep.INVOICE,
            BusinessStep.INVOICE_DRAFT,
        ),
        *(BusinessStep.BILL, BusinessStep.BILL_DRAFT, BusinessStep.PAYMENT),
    }
)


@dataclass(frozen=True, slots=True)
class DocumentMix:
    """The number of documents of each type that a tenant has, without its accounts."""

    customers: int
    vendors: int
    items: int
    invoices: int
    bills: int
    payments: int


def document_mix(documents: int, *, accounts: int) -> DocumentMix:
    """Return the mix of one tenant; with its accounts it adds up to ``documents``."""
    rest = documents - accounts
    customers = max(2, rest * 14 // 100)
    vendors = max(1, rest * 6 // 100)
    items = max(1, rest * 8 // 100)
    bills = max(2, rest * 16 // 100)
    payments = max(2, rest * 16 // 100)
    invoices = rest - customers - vendors - items - bills - payments
    return DocumentMix(customers, vendors, items, invoices, bills, payments)


def steps_of(mix: DocumentMix, rng: SeededRandom) -> list[BusinessStep]:
    """Return the steps after accounts, items, vendors and first customers, shuffled."""
    early, walk_ins = first_customers(mix), -(-mix.customers // 4)
    drafts, bill_drafts = mix.invoices // 12, mix.bills // 2
    counts = {
        BusinessStep.CUSTOMER: mix.customers - early - walk_ins,
        BusinessStep.WALK_IN: walk_ins,
        BusinessStep.INVOICE: mix.invoices - drafts - walk_ins,
        BusinessStep.INVOICE_DRAFT: drafts,
        BusinessStep.BILL: mix.bills - bill_drafts,
        BusinessStep.BILL_DRAFT: bill_drafts,
        BusinessStep.PAYMENT: mix.payments,
        BusinessStep.RENAME: -(-mix.customers // 5),
        BusinessStep.NEW_EMAIL: -(-mix.customers // 5),
        BusinessStep.AMEND: -(-mix.invoices // 6),
        BusinessStep.APPROVE_BILL: -(-bill_drafts * 2 // 3),
        BusinessStep.VOID_INVOICE: -(-mix.invoices // 15),
        BusinessStep.VOID_PAYMENT: -(-mix.payments // 8),
        BusinessStep.VOID_BILL: -(-mix.bills // 10),
    }
    return rng.shuffled([step for step, count in counts.items() for _ in range(count)])


def first_customers(mix: DocumentMix) -> int:
    """Return the number of customers that a tenant begins with."""
    return -(-mix.customers // 3)
