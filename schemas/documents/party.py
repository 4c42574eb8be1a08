"""The fields that a customer and a vendor have in common."""

from schemas.documents.document import Address, Document
from schemas.documents.numbers import Currency
from schemas.documents.texts import Name, ShortText


class Party(Document):
    """A person or company that the tenant trades with.

    Attributes:
        name: The name by which the ledger lists it.
        company_name: The name of the company; may be empty.
        given_name: The given name of a person; may be empty.
        family_name: The family name of a person; may be empty.
        email: The e-mail address, or several as the platform wrote them; None if there is
            none.
        phone: The telephone number; may be empty.
        address: The postal address.
        currency: The currency of its documents; None for the ledger's own.
        active: Whether it is in use; False makes it inactive in the ledger.
    """

    name: Name
    company_name: ShortText = ""
    given_name: ShortText = ""
    family_name: ShortText = ""
    email: ShortText | None = None
    phone: ShortText = ""
    address: Address = Address()
    currency: Currency | None = None
    active: bool = True
