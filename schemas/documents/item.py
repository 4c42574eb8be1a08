"""The document ``item.v1``."""

from enum import StrEnum

from schemas.documents.document import (
    Document,
    DocumentType,
    Reference,
    unique,
)
from schemas.documents.numbers import Price
from schemas.documents.texts import DocumentId, LongText, Name, Number


class ItemKind(StrEnum):
    """Whether an item is a service or goods; stock is not counted."""

    SERVICE = "service"
    GOODS = "goods"


class Item(Document):
    """A product or service that is sold or bought.

    Attributes:
        code: The code, unique within the tenant.
        name: The name in the ledger.
        description: The description for lines; may be empty.
        kind: Whether it is a service or goods.
        sales_price: The price at which it is sold; None if it is not fixed.
        purchase_price: The price at which it is bought; None if it is not fixed.
        income_account_id: The account for sales; the connection's setting if absent.
        expense_account_id: The account for purchases; the connection's setting if absent.
        active: Whether it is in use; False makes it inactive in the ledger.
    """

    code: Number
    name: Name
    description: LongText = ""
    kind: ItemKind = ItemKind.SERVICE
    sales_price: Price | None = None
    purchase_price: Price | None = None
    income_account_id: DocumentId | None = None
    expense_account_id: DocumentId | None = None
    active: bool = True

    def references(self) -> tuple[Reference, ...]:
        """Return the accounts that the item uses."""
        ids = (self.income_account_id, self.expense_account_id)
        return unique([Reference(DocumentType.ACCOUNT, i) for i in ids if i])
