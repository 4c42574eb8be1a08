"""The document ``customer.v1``."""

from schemas.documents.party import Party


class Customer(Party):
    """Somebody who buys from the tenant."""
