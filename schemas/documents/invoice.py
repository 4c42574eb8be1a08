"""The document ``invoice.v1``."""

from typing import Annotated

from pydantic import StringConstraints

from schemas.documents.document import DocumentId, DocumentType, Reference
from schemas.documents.trade import TradeDocument


class Invoice(TradeDocument):
    """What a customer owes; ``number`` is unique within the tenant."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[ -~]+$")]
    customer_id: DocumentId

    def references(self) -> tuple[Reference, ...]:
        """See :meth:`Document.references`."""
        return self._references_after(Reference(DocumentType.CUSTOMER, self.customer_id))
