"""A simulator's ledger as records, read from its own account of its books. Pure.

Independent of the gateway: the marks of the platform's records are defined here again, as an
auditor would look for them.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from gateway.demo.business.scenario import QBO, XERO
from gateway.demo.verification.entry import BookStatus, Entry, Record
from schemas.documents.document import DocumentType
from schemas.ids import ProviderName
from schemas.money import ZERO

Json = Mapping[str, Any]

_MARK: Final = re.compile(r"ledgerlane:(\S+)")
_OUT: Final = frozenset({"voided", "VOIDED", "DELETED"})
_BY_CODE: Final = {"Accounts": DocumentType.ACCOUNT, "Items": DocumentType.ITEM}
_MONEY: Final = frozenset({DocumentType.INVOICE, DocumentType.BILL, DocumentType.PAYMENT})


def key_of(provider: ProviderName, entry: Entry) -> str:
    """Return the key by which a provider's record of a platform document is known.

    QuickBooks: a mark with our id in the note of a transaction, the name of anything else.
    Xero: an invoice's number, a code, or our id in the reference or the contact's number.
    Blanks around a name, a number or a code are no part of it.
    """
    by_id = entry.type in _MONEY
    if provider == QBO:
        return entry.id if by_id else entry.name.strip()
    by_code = (DocumentType.INVOICE, DocumentType.ACCOUNT, DocumentType.ITEM)
    return entry.code.strip() if entry.type in by_code else entry.id


def records_of(provider: ProviderName, answered: Json) -> list[Record]:
    """Return the records in an answer of ``/_simulator/ledger/{realm}``."""
    return list(_READERS[provider](answered["entities"]))


def _read_qbo(entities: Json) -> Iterator[Record]:
    for document_type in DocumentType:
        for one in entities[document_type.value.capitalize()]["documents"]:
            marked = _mark(one["private_note"])
            key = marked if document_type in _MONEY else one["label"]
            yield _record(document_type, key, one)


def _read_xero(entities: Json) -> Iterator[Record]:
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


def _contact(one: Json) -> Record:
    """Return a contact; its number has our document type and id, if we created it."""
    kind, _, id_ = str(one["contact_number"] or "").partition("-")
    if kind in (DocumentType.CUSTOMER, DocumentType.VENDOR):
        return _record(DocumentType(kind), id_, one)
    return _record(DocumentType.CUSTOMER, "", one)


def _payments(entities: Json) -> Iterator[Record]:
    """Yield the payments; a batch payment replaces those that it has."""
    for one in entities["Payments"]["documents"]:
        if not one["batch_payment_id"]:
            yield _record(DocumentType.PAYMENT, _mark(one["reference"]), one)
    for one in entities["BatchPayments"]["documents"]:
        yield _record(DocumentType.PAYMENT, _mark(one["reference"]), one)


def _record(document_type: DocumentType, key: str, one: Json) -> Record:
    owed = document_type in (DocumentType.INVOICE, DocumentType.BILL)
    return Record(
        type=document_type,
        key=key,
        ledger_id=str(one["id"]),
        status=BookStatus.VOID if one.get("status") in _OUT else BookStatus.COUNTS,
        currency=one["currency"] if document_type in _MONEY else "",
        total=_amount(one, "total") if document_type in _MONEY else ZERO,
        tax=_amount(one, "tax") if owed else ZERO,
        balance=_amount(one, "balance") if owed else ZERO,
    )


def _amount(one: Json, name: str) -> Decimal:
    return Decimal(str(one.get(name) or 0))


def _mark(note: str | None) -> str:
    found = _MARK.search(note or "")
    return found[1] if found else ""


_READERS: Final[Mapping[ProviderName, Callable[[Json], Iterator[Record]]]] = {
    QBO: _read_qbo,
    XERO: _read_xero,
}


def repeats_of(stats: Json, realm: str) -> Sequence[str]:
    """Return what was created more than once in a realm, by the simulator's log of writes."""
    doubles = stats["writes"].get(realm, {}).get("duplicates", ())
    return [f"{one['entity']} {one['key']}" for one in doubles]
