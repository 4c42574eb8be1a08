"""Every metric the providers emit: name, unit, meaning."""

from typing import Final

from prometheus_client import Counter

TOKEN_REFRESHES: Final = Counter(
    "ledgerlane_token_refreshes_total",
    "Refreshes of access tokens; outcome is refreshed, refused or unavailable.",
    ["provider", "outcome"],
)
SECURITY_EVENTS: Final = Counter(
    "ledgerlane_security_events_total",
    "What must not happen, and was refused; event is foreign_secret: a token was asked for on "
    "behalf of another tenant.",
    ["event"],
)
