"""The transactional outbox: append events inside the caller's own transaction.

Comes in: events, as `OutboxMessage`. Goes out: rows that a relay publishes to Kafka once the
transaction has committed. It may import SQLAlchemy and nothing of Ledgerlane. Start at
`writer.py`; `ddl.sql` has the tables and the SQL function for other languages, `schema.py`
installs them, and the statements in `store.py`, `parked.py`, `history.py`, `retention.py` and
`inspection.py` are for relays.
"""

from ledgerlane_outbox.message import OutboxMessage
from ledgerlane_outbox.schema import install, install_sync, uninstall, uninstall_sync
from ledgerlane_outbox.writer import append, append_sync

__all__ = [
    "OutboxMessage",
    "append",
    "append_sync",
    "install",
    "install_sync",
    "uninstall",
    "uninstall_sync",
]
