"""The document ``item.v1``."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from schemas.documents.document import (
    Document,
    DocumentId,
    DocumentType,
    LongText,
    Price,
    Reference,
    unique,
)


class ItemKind(StrEnum):
    """Whether the item is work or goods; stock is not counted."""

    SERVICE = "service"
    GOODS = "goods"


class Item(Document):
    """Something that is sold or bought, by a ``code`` that is unique within the tenant."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[^:]+$")]
    description: LongText = ""
    kind: ItemKind = ItemKind.SERVICE
    sales_price: Price | None = None
    purchase_price: Price | None = None
    income_account_id: DocumentId | None = None
    expense_account_id: DocumentId | None = None
    active: bool = True

    def references(self) -> tuple[Reference, ...]:
        """See :meth:`Document.references`."""
        ids = (self.income_account_id, self.expense_account_id)
        return unique([Reference(DocumentType.ACCOUNT, i) for i in ids if i])
