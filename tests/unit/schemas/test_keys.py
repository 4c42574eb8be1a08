"""What lanes and records are found by: each key names its tenant and realm, or connection."""

from uuid import UUID, uuid5

import pytest
from hypothesis import assume, given, strategies as st

from schemas.documents.document import DocumentType
from schemas.ids import (
    ConnectionId,
    RealmId,
    RecordId,
    TenantId,
    lane_key,
    record_id,
)
from schemas.signal import Signal

names = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8)
uuids = st.uuids()


@pytest.mark.accepts("SEC-07")
@given(names, names, names, names)
def test_lanes_of_two_realms_have_two_keys(t1: str, r1: str, t2: str, r2: str) -> None:
    assume((t1, r1) != (t2, r2))
    key = lane_key(TenantId(t1), RealmId(r1))
    assert key == f"{t1}:{r1}"
    assert key != lane_key(TenantId(t2), RealmId(r2))


@pytest.mark.accepts("SEC-07")
@given(uuids, uuids, st.sampled_from(DocumentType), names)
def test_one_document_in_two_connections_is_two_records(
    one: UUID, two: UUID, kind: DocumentType, document: str
) -> None:
    assume(one != two)
    first, second = (record_id(ConnectionId(c), kind, document) for c in (one, two))
    assert first != second


@pytest.mark.accepts("SEC-07")
@given(names, names)
def test_a_signal_travels_under_the_key_of_its_lane(tenant: str, realm: str) -> None:
    signal = Signal(
        record_id=RecordId(UUID(int=1)),
        connection_id=ConnectionId(UUID(int=2)),
        tenant_id=TenantId(tenant),
        realm_id=RealmId(realm),
        document_type=DocumentType.CUSTOMER,
        version=1,
    )
    assert signal.key == lane_key(TenantId(tenant), RealmId(realm))


@given(uuids, st.sampled_from(DocumentType), st.text(st.characters(codec="utf-8"), max_size=64))
def test_a_record_s_id_is_the_name_based_uuid_that_it_always_was(
    connection: UUID, kind: DocumentType, document: str
) -> None:
    found = record_id(ConnectionId(connection), kind, document)
    assert found == uuid5(connection, f"{kind.value}/{document}")
