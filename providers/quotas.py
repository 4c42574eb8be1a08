"""Quotas as data: what each provider allows one realm, and the app as a whole."""

from dataclasses import dataclass
from enum import StrEnum


class CallKind(StrEnum):
    """What a call counts as."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Quota:
    """The allowances of one realm; ``None`` where the provider has no such limit.

    Attributes:
        per_minute: Calls in any 60 seconds.
        per_second: Calls in any second.
        in_flight: Calls at once.
        per_day: Calls in any 24 hours.
        app_per_minute: Calls in any 60 seconds over all realms of the app.
        full_call: How many documents fill a call. Where that is more than one, and half of a
            window's calls are used, calls that are not full are spread over what is left of
            it, and documents gather meanwhile.
    """

    per_minute: int
    in_flight: int
    per_second: int | None = None
    per_day: int | None = None
    app_per_minute: int | None = None
    full_call: int = 1
