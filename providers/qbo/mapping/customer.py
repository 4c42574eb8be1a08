"""A customer as QuickBooks takes it."""

from collections.abc import Sequence

from providers.qbo.mapping.books import Books
from providers.qbo.mapping.parts import Part
from providers.qbo.mapping.party import party_parts
from schemas.documents.customer import Customer


def customer_parts(customer: Customer, books: Books) -> Sequence[Part]:
    """Say what a customer becomes in QuickBooks."""
    return party_parts(customer, books)
