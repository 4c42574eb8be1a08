"""What a customer and a vendor have in common."""

from typing import Annotated

from pydantic import EmailStr, StringConstraints

from schemas.documents.document import Address, Currency, Document, Name, ShortText


class Party(Document):
    """Somebody the tenant trades with; ``active=False`` takes it out of use in the ledger."""

    name: Name
    company_name: ShortText = ""
    given_name: Annotated[str, StringConstraints(max_length=100)] = ""
    family_name: Annotated[str, StringConstraints(max_length=100)] = ""
    email: EmailStr | None = None
    phone: Annotated[str, StringConstraints(max_length=30)] = ""
    address: Address = Address()
    currency: Currency | None = None
    active: bool = True
