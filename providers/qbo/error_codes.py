"""Each QuickBooks error code: what to do about it, and the reason to give. One row a code.

Source: Intuit "Error codes", read 2026-11; recorded faults.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from providers.errors import (
    Blocked,
    Duplicate,
    Gone,
    NeedsPerson,
    ProviderError,
    Rejected,
    Stale,
    Unauthorized,
)
from providers.qbo.reasons import calls, documents, records, settings
from schemas.errors import ReasonCode


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an error code means.

    Attributes:
        error: The branch of our errors, which says what to do next.
        reason: What to tell people.
    """

    error: type[ProviderError]
    reason: ReasonCode


TABLE: Final[Mapping[str, Meaning]] = {
    "120": Meaning(Unauthorized, calls.ACCESS_DENIED),
    "3100": Meaning(Unauthorized, calls.ACCESS_DENIED),
    "3201": Meaning(Unauthorized, calls.ACCESS_DENIED),
    "3202": Meaning(Unauthorized, calls.ACCESS_DENIED),
    "500": Meaning(Rejected, calls.UNSUPPORTED_OPERATION),
    "600": Meaning(Duplicate, records.REPEATED_REQUEST),
    "610": Meaning(Gone, records.RECORD_GONE),
    "620": Meaning(NeedsPerson, records.CANNOT_LINK),
    "700": Meaning(NeedsPerson, records.REFERENCE_GONE),
    "800": Meaning(Blocked, records.LOCKED_BY_LINK),
    "2000": Meaning(Rejected, calls.BAD_REQUEST),
    "2010": Meaning(Rejected, calls.BAD_REQUEST),
    "2020": Meaning(Rejected, documents.FIELD_MISSING),
    "2030": Meaning(NeedsPerson, records.REFERENCE_GONE),
    "2040": Meaning(Rejected, documents.CHARACTERS_NOT_ALLOWED),
    "2050": Meaning(Rejected, documents.TEXT_TOO_LONG),
    "2060": Meaning(Rejected, documents.DATE_FORMAT),
    "2070": Meaning(Rejected, documents.DATE_FORMAT),
    "2080": Meaning(Rejected, documents.NUMBER_FORMAT),
    "2090": Meaning(Rejected, documents.NUMBER_FORMAT),
    "2100": Meaning(Rejected, documents.NUMBER_FORMAT),
    "2110": Meaning(Rejected, documents.NUMBER_FORMAT),
    "2130": Meaning(Rejected, calls.BAD_REQUEST),
    "2140": Meaning(Rejected, documents.NUMBER_FORMAT),
    "2150": Meaning(Rejected, documents.NUMBER_FORMAT),
    "2160": Meaning(Rejected, documents.NUMBER_FORMAT),
    "2170": Meaning(Rejected, calls.BAD_REQUEST),
    "2210": Meaning(Rejected, documents.EMAIL_FORMAT),
    "2220": Meaning(NeedsPerson, settings.CURRENCY_UNAVAILABLE),
    "2250": Meaning(Rejected, documents.NO_LINES),
    "2290": Meaning(Rejected, documents.NEGATIVE_AMOUNT),
    "2500": Meaning(NeedsPerson, records.REFERENCE_GONE),
    "4000": Meaning(Rejected, calls.BAD_QUERY),
    "4001": Meaning(Rejected, calls.BAD_QUERY),
    "4002": Meaning(Rejected, calls.BAD_QUERY),
    "5010": Meaning(Stale, records.CHANGED_IN_LEDGER),
    "5020": Meaning(NeedsPerson, settings.PERMISSION_MISSING),
    "5030": Meaning(NeedsPerson, settings.FEATURE_UNAVAILABLE),
    "6000": Meaning(Rejected, documents.BUSINESS_RULE),
    "6010": Meaning(Rejected, calls.ACCOUNT_TYPE_MISSING),
    "6070": Meaning(Rejected, calls.AMOUNT_DIFFERS),
    "6080": Meaning(Rejected, documents.NAME_MISSING),
    "6100": Meaning(NeedsPerson, settings.TAX_REFUSED),
    "6110": Meaning(NeedsPerson, settings.TAX_REFUSED),
    "6120": Meaning(NeedsPerson, settings.TAX_REFUSED),
    "6130": Meaning(NeedsPerson, settings.TAX_REFUSED),
    "6140": Meaning(Duplicate, records.NUMBER_IN_USE),
    "6190": Meaning(Unauthorized, calls.LEDGER_INACTIVE),
    "6200": Meaning(NeedsPerson, settings.PERIOD_CLOSED),
    "6210": Meaning(NeedsPerson, settings.PERIOD_CLOSED),
    "6220": Meaning(Duplicate, records.ACCOUNT_NUMBER_IN_USE),
    "6230": Meaning(Duplicate, records.ACCOUNT_NUMBER_IN_USE),
    "6240": Meaning(Duplicate, records.NAME_IN_USE),
    "6250": Meaning(NeedsPerson, records.CUSTOMER_INACTIVE),
    "6310": Meaning(NeedsPerson, settings.CURRENCY_DIFFERS),
    "6420": Meaning(Rejected, documents.EMAIL_MISSING),
    "6430": Meaning(NeedsPerson, settings.ACCOUNT_TYPE_WRONG),
    "6440": Meaning(Blocked, records.LOCKED_BY_LINK),
    "6450": Meaning(NeedsPerson, records.CANNOT_VOID),
    "6460": Meaning(Blocked, records.LOCKED_BY_LINK),
    "6470": Meaning(Blocked, records.LOCKED_BY_LINK),
    "6480": Meaning(NeedsPerson, records.BANK_MATCHED),
    "6540": Meaning(NeedsPerson, records.DEPOSITED),
    "10200": Meaning(NeedsPerson, settings.COMPANY_RESET),
}

ACCOUNT_NUMBER: Final = Meaning(Duplicate, records.ACCOUNT_NUMBER_IN_USE)
NO_ACCESS: Final = Meaning(Unauthorized, calls.ACCESS_DENIED)
OTHER_CURRENCY: Final = Meaning(NeedsPerson, settings.CURRENCY_DIFFERS)
REPEATED: Final = Meaning(Duplicate, records.REPEATED_REQUEST)
REFUSED: Final = Meaning(Rejected, documents.REFUSED)
