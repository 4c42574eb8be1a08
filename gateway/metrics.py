"""Every metric that the gateway itself emits: name, unit, meaning."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

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
CONNECTION_ALERTS_OPEN: Final = Gauge(
    "ledgerlane_connection_alerts_open",
    "Connections that need somebody, by provider and by the code of the cause: their consent "
    "has ended or soon will. Every API process tells all of them: take the greatest, not the "
    "sum.",
    ["provider", "code"],
)
CONNECTION_DAYS_LEFT: Final = Gauge(
    "ledgerlane_connection_days_left",
    "Whole days until the first end of a connected company, by provider: of its refresh token "
    "if nobody uses it, or of its consent whatever is done. Every API process tells the same.",
    ["provider", "end"],
)
HTTP_REQUESTS: Final = Counter(
    "ledgerlane_http_requests_total",
    "Requests to the HTTP API, by route and status.",
    ["route", "status"],
)
