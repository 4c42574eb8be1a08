"""The document ``bill.v1``."""

from typing import Annotated

from pydantic import StringConstraints

from schemas.documents.document import DocumentId, DocumentType, Reference
from schemas.documents.trade import TradeDocument


class Bill(TradeDocument):
    """What the tenant owes a vendor; ``number`` is the vendor's own."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[ -~]+$")]
    vendor_id: DocumentId

    def references(self) -> tuple[Reference, ...]:
        """See :meth:`Document.references`."""
        return self._references_after(Reference(DocumentType.VENDOR, self.vendor_id))
