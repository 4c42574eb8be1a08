"""The document ``vendor.v1``."""

from schemas.documents.document import ShortText
from schemas.documents.party import Party


class Vendor(Party):
    """Somebody the tenant buys from; ``account_number`` is the tenant's number at them."""

    account_number: ShortText = ""
