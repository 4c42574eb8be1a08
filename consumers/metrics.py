"""Every metric that the consumers emit: name, unit, meaning."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

EVENTS: Final = Counter(
    "ledgerlane_intake_events_total", "Events taken in, by what became of them.", ["outcome"]
)
UNKNOWN_FIELDS: Final = Counter(
    "ledgerlane_unknown_fields_total",
    "Fields of documents that this version does not know, by source, document type and dotted "
    "name; beyond 100 of these in one process all three are `other`.",
    ["source", "type", "name"],
)
OUTCOMES: Final = Counter(
    "ledgerlane_sync_outcomes_total",
    "Tries of records, by provider, document type and outcome.",
    ["provider", "document_type", "outcome"],
)
ERRORS: Final = Counter(
    "ledgerlane_sync_errors_total",
    "Failed tries and refused versions of records, by provider, category and code.",
    ["provider", "category", "code"],
)
DISPATCHED: Final = Counter("ledgerlane_lane_dispatched_total", "Records handed to a try.")
IN_PROGRESS: Final = Gauge(
    "ledgerlane_lane_tries_in_progress", "Tries that have begun and not ended, of all lanes."
)
FAILED_DISPATCHES: Final = Counter(
    "ledgerlane_lane_failures_total",
    "Dispatches that failed on our own side, and were repeated.",
)
LANES: Final = Gauge("ledgerlane_lanes", "Lanes in memory.")
RESIDENT: Final = Gauge("ledgerlane_lane_resident_records", "Records and signals in memory.")
PROVIDER_BREAKER: Final = Gauge(
    "ledgerlane_provider_breaker_state",
    "0 while the provider is called, 1 while a probe is made, 2 while it is left alone.",
    ["provider"],
)
PROVIDER_CALL_LIMIT: Final = Gauge(
    "ledgerlane_provider_call_limit",
    "How many calls this process may make at once; it shrinks while the provider fails.",
    ["provider"],
)
REALM_BREAKERS: Final = Gauge(
    "ledgerlane_realm_breakers_open", "Realms that are left alone but for probes.", ["provider"]
)
REPEATS_REFUSED: Final = Counter(
    "ledgerlane_retry_budget_refusals_total",
    "Times that a lane had to wait as repeats had used up their share of calls.",
    ["provider"],
)
VALVES_TRIPPED: Final = Gauge(
    "ledgerlane_valves_tripped",
    "Lanes at rest after many dead letters of one kind.",
    ["provider"],
)
VALVE_TRIPS: Final = Counter(
    "ledgerlane_valve_trips_total",
    "Times that a valve tripped, by the code of what records died of.",
    ["provider", "code"],
)
WAITS: Final = Counter(
    "ledgerlane_waits_total",
    "Records that began to wait for others, or whose wait changed, by the code of the reason: "
    "on their way, stopped, or waiting for each other.",
    ["code"],
)
TASKS_OPEN: Final = Gauge(
    "ledgerlane_tasks_open",
    "Records that rest until a person acts, by provider and by who can, one for each cause. "
    "Every API process tells all of them: take the greatest, not the sum.",
    ["provider", "solver"],
)
RETRY_LATENESS: Final = Histogram(
    "ledgerlane_retry_lateness_seconds",
    "How much later than due a retry was taken up.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
DESIRED_TO_AGREED: Final = Histogram(
    "ledgerlane_desired_to_agreed_seconds",
    "From intake's taking in of a document's newest state to agreement with the ledger.",
    ["provider"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800),
)
