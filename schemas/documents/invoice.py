"""The document ``invoice.v1``."""

from schemas.documents.document import DocumentType, Reference
from schemas.documents.texts import DocumentId, Number
from schemas.documents.trade import TradeDocument


class Invoice(TradeDocument):
    """An invoice to a customer.

    Attributes:
        number: The number of the invoice, unique within the tenant.
        customer_id: The id of the customer.
    """

    number: Number
    customer_id: DocumentId

    def references(self) -> tuple[Reference, ...]:
        """Return the customer and what the lines use."""
        return self._references_after(Reference(DocumentType.CUSTOMER, self.customer_id))
