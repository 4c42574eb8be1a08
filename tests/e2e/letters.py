"""Events that nobody can take in, and signals that are none, each wrong in its own way."""

from collections.abc import Iterator
from typing import Final
from uuid import uuid4

from schemas.envelope import Envelope
from schemas.ids import TenantId
from tests.e2e.topics import Headers

VALUE: Final = b'{"id": "c1", "name": "Customer 1"}'


def headers(**changes: str) -> Headers:
    """Return the headers of a good event, some otherwise and the empty ones left out."""
    good = Envelope(
        id=str(uuid4()),
        source="/billing",
        type="customer.changed.v1",
        tenant_id=TenantId("t1"),
        entity_version=1,
    )
    said = {name: value.decode() for name, value in good.headers()}
    said |= {f"ce_{name}": value for name, value in changes.items()}
    return [(name, value.encode()) for name, value in said.items() if value]


def poison_events() -> Iterator[tuple[str, Headers, bytes]]:
    """Return each with the code of the reason that it is refused for."""
    yield "malformed_event", (), VALUE
    yield "malformed_event", headers(tenantid=""), VALUE
    yield "malformed_event", headers(entityversion="first"), VALUE
    yield "unknown_event_type", headers(type="order.shipped.v1"), VALUE
    yield "unknown_event_type", headers(type="customer.changed.v9"), VALUE
    yield "invalid_document", headers(), b"{not json"
    yield "invalid_document", headers(), b"\xff\x00"
    yield "invalid_document", headers(), b'{"id": "c1"}'
    yield "connection_required", headers(tenantid="nobody"), VALUE
    yield "connection_required", headers(realmid="0000"), VALUE


POISON_SIGNALS: Final = (
    b"not json",
    b"\xff\x00",
    b"",
    b"[]",
    b'{"record": 1}',
    b'{"record":"6d1c7a8e-0000-4000-8000-000000000000","version":1,"attempt":1}',
)
