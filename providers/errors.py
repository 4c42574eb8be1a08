"""What a provider's answer means, by what the caller should do.

ProviderError
├── RateLimited      wait, then repeat: no attempt is used up
├── Retryable        repeat later: an attempt is used up
│   ├── Unavailable  nothing was written
│   ├── Uncertain    it may have been written: look it up before repeating
│   └── Down         out of order for every document alike: no attempt is used up
├── TokenExpired     refresh once and repeat; seen only inside ``providers``
├── Unauthorized     stop the realm until it is connected again
├── NeedsPerson      hold: a person or a setting must act
│   ├── Blocked      another record must go first; for a void that may be on its way
│   ├── NotKnown     the company may have it by now: read the company, then repeat
│   └── Taken        another record has the name or number: it may go under one of its own
├── Duplicate        it may be there already: look it up
├── Stale            the ledger's version moved: read it, then repeat
├── Gone             the ledger no longer has what was named
└── Rejected         dead: it will never be accepted as it is
"""

from datetime import timedelta
from enum import StrEnum

from providers.reasons import RATE_LIMITED
from schemas.errors import Reason


class ProviderError(Exception):
    """A provider did not do what was asked.

    Attributes:
        reason: What to tell people.
        trace_id: The provider's own id of the call, for its support; may be empty.
        written_in_part: Whether an earlier call for the same write has changed the ledger.
    """

    written_in_part: bool = False

    def __init__(self, reason: Reason, *, trace_id: str = "") -> None:
        super().__init__(f"{reason.code}: {reason.cause}")
        self.reason = reason
        self.trace_id = trace_id


class Bucket(StrEnum):
    """Which allowance is used up: the realm's, but for the app's, which all realms share."""

    CONCURRENT = "concurrent"
    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"
    APP_MINUTE = "app_minute"


class RateLimited(ProviderError):
    """The provider asks for a pause of ``retry_after`` on ``bucket``."""

    def __init__(self, retry_after: timedelta, bucket: Bucket, *, trace_id: str = "") -> None:
        reason = RATE_LIMITED.reason(bucket=bucket.value)
        super().__init__(reason, trace_id=trace_id)
        self.retry_after = retry_after
        self.bucket = bucket


class Retryable(ProviderError):
    """It may work later, as it is; not before ``retry_after``, where the provider said so."""

    def __init__(
        self, reason: Reason, *, retry_after: timedelta = timedelta(0), trace_id: str = ""
    ) -> None:
        super().__init__(reason, trace_id=trace_id)
        self.retry_after = retry_after


class Unavailable(Retryable):
    """Nothing was written: the call did not get through, or it was a read."""


class Uncertain(Retryable):
    """The answer was lost; the write may or may not have happened."""


class Down(Retryable):
    """The realm or the whole provider is known to be out of order.

    Raised instead of making a call, and instead of what a call found while that is known.

    Attributes:
        in_doubt: Whether a call was made that may have written.
    """

    def __init__(
        self,
        reason: Reason,
        *,
        retry_after: timedelta = timedelta(0),
        trace_id: str = "",
        in_doubt: bool = False,
    ) -> None:
        super().__init__(reason, retry_after=retry_after, trace_id=trace_id)
        self.in_doubt = in_doubt


class TokenExpired(ProviderError):
    """The access token is too old; nothing was written."""


class Unauthorized(ProviderError):
    """The consent is gone or does not cover this; refreshing can't help."""


class TokenRefused(Unauthorized):
    """A token that was just refreshed is refused too: the consent is there, so it may pass."""


class NeedsPerson(ProviderError):
    """Nothing is wrong with the call; a person must map, open or decide something."""


class Blocked(NeedsPerson):
    """Another record of the ledger stands in the way: a payment of the invoice."""


class NotKnown(NeedsPerson):
    """What the document needs of the company is not in what was read of it last."""


class Taken(NeedsPerson):
    """Another record has the document's name or number.

    Attributes:
        foreign: Whether that record is certainly another one, even if the answer of a create
            of this document was lost before.
        external_id: That record, where it is known; else empty.
    """

    def __init__(
        self, reason: Reason, *, foreign: bool, external_id: str = "", trace_id: str = ""
    ) -> None:
        super().__init__(reason, trace_id=trace_id)
        self.foreign = foreign
        self.external_id = external_id


class Duplicate(ProviderError):
    """A record with this name or number exists; ``external_id`` is it, where it was said."""

    def __init__(self, reason: Reason, *, external_id: str = "", trace_id: str = "") -> None:
        super().__init__(reason, trace_id=trace_id)
        self.external_id = external_id


class Stale(ProviderError):
    """The ledger's record was changed since it was last seen."""


class Gone(ProviderError):
    """The ledger no longer has the record that was to be changed."""


class Rejected(ProviderError):
    """The document, as it is, will not be accepted."""
