"""A relay of before attributes had columns: this one, with the statements of then."""

from types import ModuleType

import pytest

from ledgerlane_outbox import parked, store
from producers import outbox_version
from producers.sources.wal import store as wal_store, table_rows

_ATTRIBUTES = ', type, source, tenant_id, subject, entity_version, "time"'
_NONE = (
    ", NULL::text AS type, NULL::text AS source, NULL::text AS tenant_id,"
    ' NULL::text AS subject, NULL::bigint AS entity_version, NULL::bigint AS "time"'
)
_EARLIER_COLUMNS = table_rows.COLUMNS[:6]


def relay_as_of_version(version: int, patch: pytest.MonkeyPatch) -> None:
    """Make relays read and write an outbox of version 1 or 2, and its publication."""
    patch.setattr(outbox_version, "SCHEMA_VERSION", version)
    for module in (store, parked):
        for name, statement in _statements(module).items():
            attributes = "" if name == "PARK" else _NONE
            patch.setattr(module, name, _earlier(statement, attributes))
    patch.setattr(store, "CURSORS", store.CURSORS.replace("last_seq", "last_seq AS target_seq"))
    patch.setattr(wal_store, "COLUMNS", _EARLIER_COLUMNS)
    columns = ", ".join(_EARLIER_COLUMNS)
    patch.setattr(wal_store, "_PUBLISH", wal_store._PUBLISH.replace(wal_store._QUOTED, columns))


def _statements(module: ModuleType) -> dict[str, str]:
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, str) and name.lstrip("_").isupper()
    }


def _earlier(statement: str, attributes: str) -> str:
    return statement.replace(_ATTRIBUTES, attributes).replace("target_seq", "last_seq")
