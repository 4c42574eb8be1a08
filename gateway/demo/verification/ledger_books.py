"""A simulator's ledger as records, read from its own account of its books. Pure.

Independent of the gateway: what marks a record as the platform's is written down here again,
as an auditor would look for it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from gateway.demo.business.scenario import QBO, XERO
from gateway.demo.verification.entry import Entry, Record, Standing
from schemas.documents.document import DocumentType
from schemas.ids import ProviderName
from schemas.money import ZERO

Told = Mapping[str, Any]

_MARK: Final = re.compile(r"ledgerlane:(\S+)")
_OUT: Final = frozenset({"voided", "VOIDED", "DELETED"})
_BY_CODE: Final = {"Accounts": DocumentType.ACCOUNT, "Items": DocumentType.ITEM}
_MONEY: Final = frozenset({DocumentType.INVOICE, DocumentType.BILL, DocumentType.PAYMENT})


def key_of(provider: ProviderName, entry: Entry) -> str:
    """Say by what a provider's record of a platform document is known.

    QuickBooks: a mark with our id in the note of a transaction, the name of anything else.
    Xero: an invoice's number, a code, or our id in the reference or the contact's number.
    """
    by_id = entry.type in _MONEY
    if provider == QBO:
        return entry.id if by_id else entry.name
    by_code = (DocumentType.INVOICE, DocumentType.ACCOUNT, DocumentType.ITEM)
    return entry.code if entry.type in by_code else entry.id


def records_of(provider: ProviderName, told: Told) -> list[Record]:
    """Read what ``/_simulator/ledger/{realm}`` answered."""
    return list(_READERS[provider](told["entities"]))


def _read_qbo(entities: Told) -> Iterator[Record]:
    for document_type in DocumentType:
        for one in entities[document_type.value.capitalize()]["documents"]:
            marked = _mark(one["private_note"])
            key = marked if document_type in _MONEY else one["label"]
            yield _record(document_type, key, one)


def _read_xero(entities: Told) -> Iterator[Record]:
    for one in entities["Contacts"]["documents"]:
        yield _contact(one)
    for name, document_type in _BY_CODE.items():
        for one in entities[name]["documents"]:
            yield _record(document_type, str(one["code"]), one)
    for one in entities["Invoices"]["documents"]:
        yield _record(DocumentType.INVOICE, one["number"], one)
    for one in entities["Bills"]["documents"]:
        yield _record(DocumentType.BILL, _mark(one["reference"]), one)
    yield from _payments(entities)


def _contact(one: Told) -> Record:
    """Read a contact: its number says what it is to us, if it is ours."""
    kind, _, id_ = str(one["contact_number"] or "").partition("-")
    if kind in (DocumentType.CUSTOMER, DocumentType.VENDOR):
        return _record(DocumentType(kind), id_, one)
    return _record(DocumentType.CUSTOMER, "", one)


def _payments(entities: Told) -> Iterator[Record]:
    """Read payments; where several are one batch, the batch stands for them."""
    for one in entities["Payments"]["documents"]:
        if not one["batch_payment_id"]:
            yield _record(DocumentType.PAYMENT, _mark(one["reference"]), one)
    for one in entities["BatchPayments"]["documents"]:
        yield _record(DocumentType.PAYMENT, _mark(one["reference"]), one)


def _record(document_type: DocumentType, key: str, one: Told) -> Record:
    owed = document_type in (DocumentType.INVOICE, DocumentType.BILL)
    return Record(
        type=document_type,
        key=key,
        ledger_id=str(one["id"]),
        standing=Standing.VOID if one.get("status") in _OUT else Standing.COUNTS,
        total=_amount(one, "total") if document_type in _MONEY else ZERO,
        tax=_amount(one, "tax") if owed else ZERO,
        balance=_amount(one, "balance") if owed else ZERO,
    )


def _amount(one: Told, name: str) -> Decimal:
    return Decimal(str(one.get(name) or 0))


def _mark(note: str | None) -> str:
    found = _MARK.search(note or "")
    return found[1] if found else ""


_READERS: Final[Mapping[ProviderName, Callable[[Told], Iterator[Record]]]] = {
    QBO: _read_qbo,
    XERO: _read_xero,
}


def repeats_of(stats: Told, realm: str) -> Sequence[str]:
    """Name what the simulator's own log of writes has as created more than once in a realm."""
    doubles = stats["writes"].get(realm, {}).get("duplicates", ())
    return [f"{one['entity']} {one['key']}" for one in doubles]
