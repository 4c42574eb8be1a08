"""The document ``bill.v1``."""

from schemas.documents.document import DocumentType, Reference
from schemas.documents.texts import DocumentId, Number
from schemas.documents.trade import TradeDocument


class Bill(TradeDocument):
    """An invoice that the tenant received from a vendor.

    Attributes:
        number: The vendor's number of the invoice.
        vendor_id: The id of the vendor.
    """

    number: Number
    vendor_id: DocumentId

    def references(self) -> tuple[Reference, ...]:
        """Return the vendor and what the lines use."""
        return self._references_after(Reference(DocumentType.VENDOR, self.vendor_id))
