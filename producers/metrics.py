"""Every metric that the producers export, with its unit and meaning."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

PUBLISHED: Final = Counter(
    "ledgerlane_outbox_published_total",
    "Records acknowledged by Kafka.",
    ["source", "topic"],
)
PARKED: Final = Counter(
    "ledgerlane_outbox_parked_total",
    "Rows parked instead of published, including those that wait behind another row.",
    ["source"],
)
WAITING: Final = Gauge(
    "ledgerlane_outbox_waiting_rows",
    "Committed rows that are not published yet.",
    ["source"],
)
LAG: Final = Gauge(
    "ledgerlane_outbox_lag_seconds",
    "Age of the oldest row that is not published yet; 0 when there is none.",
    ["source"],
)
BATCH_ROWS: Final = Histogram(
    "ledgerlane_outbox_batch_rows",
    "Number of rows in a batch.",
    ["source"],
    buckets=(1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000),
)
PUBLISH_SECONDS: Final = Histogram(
    "ledgerlane_outbox_publish_seconds",
    "Time from handing a batch to the client until Kafka had acknowledged all of it.",
    ["source"],
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
)
LEADING: Final = Gauge(
    "ledgerlane_outbox_leading",
    "1 while this process has the lease of the source, otherwise 0.",
    ["source"],
)
INTERRUPTIONS: Final = Counter(
    "ledgerlane_outbox_interruptions_total",
    "Sessions that ended because the database or Kafka was away, or by an unexpected error.",
    ["source"],
)
PARKED_ROWS: Final = Gauge(
    "ledgerlane_outbox_parked_rows",
    "Rows that are parked now, including those that wait behind another row.",
    ["source"],
)
HELD_KEYS: Final = Gauge(
    "ledgerlane_outbox_held_keys",
    "Keys whose rows wait behind a parked row.",
    ["source"],
)
RING_BYTES: Final = Gauge(
    "ledgerlane_outbox_ring_bytes",
    "Size of the outbox: all slots of the ring with their indexes.",
    ["source"],
)
RING_OVERDUE: Final = Gauge(
    "ledgerlane_outbox_ring_overdue_slots",
    "Slots that are older than the retention and could not be truncated.",
    ["source"],
)
RING_DAYS_LEFT: Final = Gauge(
    "ledgerlane_outbox_ring_left_days",
    "Days until new rows share a slot with rows of eight days before; 0 when they already do.",
    ["source"],
)
SLOTS_EMPTIED: Final = Counter(
    "ledgerlane_outbox_slots_emptied_total",
    "Slots of the ring truncated by retention.",
    ["source"],
)
