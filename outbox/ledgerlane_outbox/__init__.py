"""The transactional outbox: append events inside your own transaction.

Comes in: events, as `OutboxMessage`. Goes out: rows that a relay publishes to Kafka once your
transaction has committed. Start at `writer.py`; `ddl.sql` has the tables and the SQL function
for every other language, `schema.py` installs them, `store.py` is for relays.
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
