"""Create, update, delete and void: the checks in QuickBooks' order, then the change.

Everything is checked before anything is changed, so a refused write leaves no trace.
"""

from collections.abc import Mapping, Set as AbstractSet
from copy import deepcopy
from decimal import Decimal
from typing import Any

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.entities.kinds import Entity
from providers.simulators.qbo.rules.addresses import identify_addresses
from providers.simulators.qbo.rules.catalogue import RULES
from providers.simulators.qbo.rules.drafts import Draft, check_period
from providers.simulators.qbo.rules.effects import NOTHING, Effects, carry_out, touch
from providers.simulators.qbo.rules.payments import unlink
from providers.simulators.qbo.rules.properties import (
    read_properties,
    require,
    required_names,
    resolve_references,
)
from providers.simulators.qbo.wire import errors

ZERO = Decimal(0)
VOID_NOTE = "Voided"
ZEROED_WHEN_VOID = (
    "TotalAmt",
    "Balance",
    "UnappliedAmt",
    "RemainingCredit",
    "Deposit",
    "HomeTotalAmt",
    "HomeBalance",
)
NO_INCLUDES: AbstractSet[str] = frozenset()


def create(
    company: CompanyBooks,
    entity: Entity,
    raw: Mapping[str, Any],
    includes: AbstractSet[str] = NO_INCLUDES,
) -> Record:
    """Store a new record.

    Raises:
        QboRefused: whatever is wrong with it.
    """
    # The order in which QuickBooks finds mistakes: unknown and malformed properties, missing
    # ones, dead references, then the rules of the entity.
    read = read_properties(company, entity, raw, creating=True)
    require(read, required_names(entity))
    resolve_references(company, entity, read, creating=True)
    body = dict(entity.defaults) | {k: v for k, v in read.items() if v is not None}
    draft = Draft(company, entity, body, sent=read, includes=includes)
    RULES[entity.name].complete(draft)
    identify_addresses(draft)
    now = company.moment()
    record = Record(entity, company.next_id(entity), draft.body, now, now)
    company.table(entity.name).put(record)
    carry_out(company, record.id, NOTHING, effects_of(company, record))
    return record


def update(
    company: CompanyBooks,
    entity: Entity,
    raw: Mapping[str, Any],
    includes: AbstractSet[str] = NO_INCLUDES,
) -> Record:
    """Change a record: sparse when the request says so, otherwise in full.

    Raises:
        QboRefused: 610, 5010, and whatever is wrong with the change.
    """
    read = read_properties(company, entity, raw, creating=False)
    sparse = raw.get("sparse") in (True, "true")
    # Even a sparse update wants some properties, such as VendorRef of a bill (seen).
    needed = [name for name in required_names(entity) if not sparse or name in read]
    require(read, [*needed, *(entity.sparse_required if sparse else ())])
    old = current(company, entity, raw)
    resolve_references(company, entity, read, creating=False)
    body = _merged(old, read, sparse=sparse)
    draft = Draft(company, entity, body, sent=read, old=old, includes=includes)
    RULES[entity.name].complete(draft)
    identify_addresses(draft)
    # Nothing can be refused from here on.
    before = effects_of(company, old)
    old.body = draft.body
    # A voided document that is given an amount again counts as not voided.
    old.voided = old.voided and not old.body.get("TotalAmt")
    _changed(company, old, before)
    return old


def _merged(old: Record, read: Mapping[str, Any], *, sparse: bool) -> dict[str, Any]:
    """Return the new body: what was sent over what stays."""
    stays = deepcopy(old.body)
    if not sparse:
        known = old.entity.properties
        stays = {
            name: value
            for name, value in stays.items()
            if name not in known or known[name].kept or known[name].read_only
        } | _kept_defaults(old)
    for name, value in read.items():
        if value is None:
            stays.pop(name, None)
        else:
            stays[name] = value
    return stays


def _kept_defaults(old: Record) -> dict[str, Any]:
    """Return what a full update resets to the entity's defaults."""
    known = old.entity.properties
    return {name: value for name, value in old.entity.defaults.items() if not known[name].kept}


def current(company: CompanyBooks, entity: Entity, raw: Mapping[str, Any]) -> Record:
    """Return the record that a request wants to change.

    Raises:
        QboRefused: 2020 without id or sync token, 610 without record, 5010 when stale.
    """
    record_id, token = raw.get("Id"), raw.get("SyncToken")
    if record_id in (None, ""):
        raise errors.missing("Id")
    record = company.record(entity.name, str(record_id))
    if token in (None, ""):
        raise errors.missing("SyncToken")
    if str(token) != str(record.sync_token):
        raise errors.stale()
    return record


def effects_of(company: CompanyBooks, record: Record) -> Effects:
    """Return what the record does to others with its present body."""
    return RULES[record.entity.name].effects(company, record)


def _changed(company: CompanyBooks, record: Record, before: Effects) -> None:
    record.sync_token += 1
    touch(company, record)
    carry_out(company, record.id, before, effects_of(company, record))


def delete(company: CompanyBooks, entity: Entity, raw: Mapping[str, Any]) -> Record:
    """Delete a transaction.

    Raises:
        QboRefused: 500 for name lists; 610, 5010, 6210; 6000 while payments are applied to it.
    """
    if not entity.is_transaction:
        raise errors.unsupported_operation("delete")
    record = current(company, entity, raw)
    check_period(company, record.body.get("TxnDate"))
    if record.applied:
        raise errors.business(
            "Unlink or delete the payments of this transaction before deleting it."
        )
    before = effects_of(company, record)
    company.table(entity.name).remove(record, company.moment())
    carry_out(company, record.id, before, NOTHING)
    return record


def void(company: CompanyBooks, entity: Entity, raw: Mapping[str, Any]) -> Record:
    """Void a transaction: it stays, at zero, without links.

    Raises:
        QboRefused: 6450 for what can't be voided; 610, 5010, 6210; 6000, by switch, while
            payments are applied to it.
    """
    if not entity.voidable:
        raise errors.not_voidable()
    record = current(company, entity, raw)
    check_period(company, record.body.get("TxnDate"))
    if record.applied and company.switches.void_with_payment == "refuse":
        raise errors.business(
            "You can't void this transaction while a payment is applied to it. Unlink or "
            "delete the payment first."
        )
    before = effects_of(company, record)
    # Where a void is not refused it unlinks the payments; they stay, unapplied (documented).
    for payment_id in list(record.applied):
        _unlink(company, payment_id, record.id)
    record.applied.clear()
    record.body = _voided(record)
    record.voided = True
    _changed(company, record, before)
    return record


def _unlink(company: CompanyBooks, payment_id: str, txn_id: str) -> None:
    for name in ("Payment", "BillPayment"):
        payment = company.table(name).get(payment_id)
        if payment is not None:
            unlink(company, payment, txn_id)


def _voided(record: Record) -> dict[str, Any]:
    body = deepcopy(record.body)
    note = body.get("PrivateNote", "")
    # QuickBooks itself writes "Voided" into the note; a second void adds nothing.
    if not note.startswith(VOID_NOTE):
        body["PrivateNote"] = f"{VOID_NOTE} - {note}" if note else VOID_NOTE
    for name in ZEROED_WHEN_VOID:
        if name in body:
            body[name] = ZERO
    if "TxnTaxDetail" in body:
        body["TxnTaxDetail"] = {"TotalTax": ZERO}
    body.pop("LinkedTxn", None)
    if record.entity.name in ("Payment", "BillPayment"):
        body["Line"] = []
    for line in body["Line"]:
        _void_line(line)
    return body


def _void_line(line: dict[str, Any]) -> None:
    line["Amount"] = ZERO
    detail = line.get(line["DetailType"], {})
    detail.pop("UnitPrice", None)
    detail.pop("TaxInclusiveAmt", None)
    if "Qty" in detail:
        detail["Qty"] = ZERO
