"""The laws of the plan."""

from hypothesis import given, strategies as st

from consumers.sync.plan import (
    Create,
    FindOrCreate,
    NoAction,
    State,
    SyncRecord,
    Update,
    Void,
    changed_fields,
    plan,
)
from providers.base import External
from schemas.documents.customer import Customer
from schemas.documents.document import DocumentType, Reference, Status
from schemas.documents.payment import Payment

CUSTOMERS = st.builds(
    Customer,
    id=st.just("c1"),
    name=st.sampled_from(["Harrow", "Vale", "Quay"]),
    phone=st.sampled_from(["", "1", "2"]),
    active=st.booleans(),
)
PAYMENTS = st.builds(
    Payment,
    id=st.just("p1"),
    customer_id=st.just("c1"),
    paid_on=st.just("2026-03-02"),
    currency=st.just("USD"),
    amount=st.sampled_from(["1.00", "2.00"]),
    status=st.sampled_from(Status),
)
EXTERNALS = st.none() | st.just(External("58", "0"))


@st.composite
def records(draw: st.DrawFn) -> SyncRecord:
    kind, documents = draw(
        st.sampled_from([(DocumentType.CUSTOMER, CUSTOMERS), (DocumentType.PAYMENT, PAYMENTS)])
    )
    states = st.builds(State, st.integers(0, 5), documents)
    external = draw(EXTERNALS)
    base = draw(st.none() | states | st.builds(State, st.just(-1), st.none()))
    return SyncRecord(
        document_type=kind,
        desired=draw(states),
        base=base if external else None,
        external=external,
        missing=draw(st.sampled_from([(), (Reference(DocumentType.CUSTOMER, "c9"),)])),
        in_doubt=draw(st.booleans()),
    )


@given(records())
def test_it_is_total_and_deterministic(record: SyncRecord) -> None:
    assert plan(record) == plan(record)


@given(records())
def test_an_older_state_is_never_written_over_a_newer_one(record: SyncRecord) -> None:
    if record.base is not None and record.base.version >= record.desired.version:
        assert plan(record) == NoAction()


@given(records())
def test_after_success_there_is_nothing_to_do(record: SyncRecord) -> None:
    if isinstance(plan(record), Create | Update | Void | FindOrCreate):
        agreed = SyncRecord(
            document_type=record.document_type,
            desired=record.desired,
            base=record.desired,
            external=record.external or External("58", "0"),
        )
        assert plan(agreed) == NoAction()


@given(records())
def test_nothing_is_created_that_has_a_link_or_may_be_there(record: SyncRecord) -> None:
    if record.external is not None or record.in_doubt:
        assert not isinstance(plan(record), Create)


@given(records())
def test_an_update_names_what_changed_and_nothing_else(record: SyncRecord) -> None:
    action = plan(record)
    if isinstance(action, Update):
        base = record.base.document if record.base else None
        assert record.desired.document is not None
        assert action.changed == changed_fields(base, record.desired.document) != frozenset()
