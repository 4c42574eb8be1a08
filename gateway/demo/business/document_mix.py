"""What business is made of: how many of each kind of document and of each later change."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.demo.business.seeded_random import Dice

LEAST: Final = 18  # documents of one tenant: its chart, and one or two of everything else


class Card(StrEnum):
    """One thing that happens in the course of business."""

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
        *(Card.CUSTOMER, Card.WALK_IN, Card.INVOICE, Card.INVOICE_DRAFT),
        *(Card.BILL, Card.BILL_DRAFT, Card.PAYMENT),
    }
)


@dataclass(frozen=True, slots=True)
class Mix:
    """How many documents of each kind a tenant has, its chart of accounts apart."""

    customers: int
    vendors: int
    items: int
    invoices: int
    bills: int
    payments: int


def mix_of(documents: int, *, accounts: int) -> Mix:
    """Share the documents of one tenant out; together with its accounts they come to it."""
    rest = documents - accounts
    customers = max(2, rest * 14 // 100)
    vendors = max(1, rest * 6 // 100)
    items = max(1, rest * 8 // 100)
    bills = max(2, rest * 16 // 100)
    payments = max(2, rest * 16 // 100)
    invoices = rest - customers - vendors - items - bills - payments
    return Mix(customers, vendors, items, invoices, bills, payments)


def deck_of(mix: Mix, dice: Dice) -> list[Card]:
    """Give what happens once accounts, items, vendors and the first customers are there."""
    early, walk_ins = first_customers(mix), -(-mix.customers // 4)
    drafts, bill_drafts = mix.invoices // 12, mix.bills // 2
    counts = {
        Card.CUSTOMER: mix.customers - early - walk_ins,
        Card.WALK_IN: walk_ins,
        Card.INVOICE: mix.invoices - drafts - walk_ins,
        Card.INVOICE_DRAFT: drafts,
        Card.BILL: mix.bills - bill_drafts,
        Card.BILL_DRAFT: bill_drafts,
        Card.PAYMENT: mix.payments,
        Card.RENAME: -(-mix.customers // 5),
        Card.NEW_EMAIL: -(-mix.customers // 5),
        Card.AMEND: -(-mix.invoices // 6),
        Card.APPROVE_BILL: -(-bill_drafts * 2 // 3),
        Card.VOID_INVOICE: -(-mix.invoices // 15),
        Card.VOID_PAYMENT: -(-mix.payments // 8),
        Card.VOID_BILL: -(-mix.bills // 10),
    }
    return dice.shuffled([card for card, count in counts.items() for _ in range(count)])


def first_customers(mix: Mix) -> int:
    """Say how many customers are there from the start."""
    return -(-mix.customers // 3)
