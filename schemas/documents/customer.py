"""The document ``customer.v1``."""

from schemas.documents.party import Party


class Customer(Party):
    """A person or company that buys from the tenant."""
