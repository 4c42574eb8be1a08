"""Every metric the providers emit: name, unit, meaning."""

from typing import Final

from prometheus_client import Counter

TOKEN_REFRESHES: Final = Counter(
    "ledgerlane_token_refreshes_total",
    "Refreshes of access tokens; outcome is refreshed, refused or unavailable.",
    ["provider", "outcome"],
)
