"""The document ``vendor.v1``."""

from schemas.documents.party import Party
from schemas.documents.texts import ShortText


class Vendor(Party):
    """A person or company that the tenant buys from.

    Attributes:
        account_number: The tenant's customer number at the vendor; may be empty.
    """

    account_number: ShortText = ""
