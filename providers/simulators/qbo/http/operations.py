"""What a client can do to one object: read, write, send. Content in, content out, no HTTP."""

from collections.abc import Mapping, Set as AbstractSet
from typing import Any

from providers.simulators.control_characters import checked
from providers.simulators.qbo.books import render
from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.history import QboChangeEvent, natural_key
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.entities.kinds import EmailAddress, Entity
from providers.simulators.qbo.rules import writes
from providers.simulators.qbo.rules.effects import touch
from providers.simulators.qbo.state import QboState
from providers.simulators.qbo.wire import errors

VOID = "void"
OPERATIONS = (None, "create", "update", "delete", VOID)


def read_object(company: CompanyBooks, entity: Entity, record_id: str) -> dict[str, Any]:
    """Return one object.

    Raises:
        QboRefused: 610.
    """
    return {entity.name: render.full(company, company.record(entity.name, record_id))}


def write_object(
    state: QboState,
    company: CompanyBooks,
    entity: Entity,
    raw: Mapping[str, Any],
    *,
    operation: str | None = None,
    includes: AbstractSet[str] = frozenset(),
) -> dict[str, Any]:
    """Create, update, delete or void one object, as operation and body say.

    Raises:
        QboRefused: whatever is wrong with it; then nothing has changed.
    """
    raw = checked(raw, company.switches.control_characters, errors.illegal_characters)
    if entity.unchanging or operation not in OPERATIONS:
        raise errors.unsupported_operation(operation or "create")
    if operation == "delete":
        record = writes.delete(company, entity, raw)
        _record(state, company, record, "deleted")
        return {entity.name: render.deleted(record.id)}
    if operation == VOID or VOID in includes:
        return _void(state, company, entity, raw)
    if operation == "update" or raw.get("Id") not in (None, ""):
        record = writes.update(company, entity, raw, includes)
        _record(state, company, record, "updated")
    else:
        record = writes.create(company, entity, raw, includes)
        _record(state, company, record, "created")
    return {entity.name: render.full(company, record)}


def _void(
    state: QboState, company: CompanyBooks, entity: Entity, raw: Mapping[str, Any]
) -> dict[str, Any]:
    record = writes.void(company, entity, raw)
    _record(state, company, record, "voided")
    is_short = company.switches.void_response == "short"
    return {entity.name: render.short(record) if is_short else render.full(company, record)}


def _record(state: QboState, company: CompanyBooks, record: Record, operation: str) -> None:
    company.log.record(
        record.entity.name, operation, record_id=record.id, key=natural_key(record)
    )
    if state.config.webhook is not None:
        state.changes.put_nowait(
            QboChangeEvent(
                company.realm, record.entity.name, record.id, operation, state.clock.now()
            )
        )


def send_object(
    state: QboState, company: CompanyBooks, entity: Entity, record_id: str, send_to: str | None
) -> dict[str, Any]:
    """Record that a sales form was emailed; nothing is sent.

    Raises:
        QboRefused: 610; 6420 without an address; 500 for what can't be sent.
    """
    if "EmailStatus" not in entity.properties:
        raise errors.unsupported_operation("send")
    record = company.record(entity.name, record_id)
    if send_to:
        record.body["BillEmail"] = EmailAddress().read({"Address": send_to}, "BillEmail")
    if not record.body.get("BillEmail"):
        raise errors.email_needed()
    record.body["EmailStatus"] = "EmailSent"
    record.sync_token += 1
    touch(company, record)
    _record(state, company, record, "emailed")
    return {entity.name: render.full(company, record)}
