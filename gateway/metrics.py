"""Every metric that the gateway itself emits: name, unit, meaning."""

from typing import Final

from prometheus_client import Counter, Histogram

PROVIDER_CALL_SECONDS: Final = Histogram(
    "ledgerlane_provider_call_seconds",
    "Duration of calls to providers; status is 2xx to 5xx, or none without an answer.",
    ["provider", "status"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
AUDIT_LOST: Final = Counter(
    "ledgerlane_audit_lost_total",
    "Provider calls whose audit row was lost, as too many waited for the database.",
)
HTTP_REQUESTS: Final = Counter(
    "ledgerlane_http_requests_total",
    "Requests to the HTTP API, by route and status.",
    ["route", "status"],
)
