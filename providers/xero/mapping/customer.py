"""A customer as Xero takes it.

Source: Xero developer page "Contacts", read 2026-09.
"""

from collections.abc import Sequence

from providers.parts import Part
from providers.xero.mapping.party import party_parts
from schemas.documents.customer import Customer
from schemas.documents.document import DocumentType


def customer_parts(customer: Customer) -> Sequence[Part]:
    """Return what a customer becomes in Xero."""
    return party_parts(customer, DocumentType.CUSTOMER)
