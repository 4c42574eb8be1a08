"""A customer as QuickBooks takes it."""

from collections.abc import Sequence

from providers.parts import Part
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.party import party_parts
from schemas.documents.customer import Customer


def customer_parts(customer: Customer, books: QboBooks) -> Sequence[Part]:
    """Return what a customer becomes in QuickBooks."""
    return party_parts(customer, books)
