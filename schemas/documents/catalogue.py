"""Every document type, and the encoding of documents as JSON."""

import re
from typing import Final, NamedTuple

import pydantic

from schemas.documents.account import Account
from schemas.documents.bill import Bill
from schemas.documents.customer import Customer
from schemas.documents.document import Document, DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.payment import Payment
from schemas.documents.vendor import Vendor

DOCUMENTS: Final[dict[DocumentType, type[Document]]] = {
    DocumentType.ACCOUNT: Account,
    DocumentType.BILL: Bill,
    DocumentType.CUSTOMER: Customer,
    DocumentType.INVOICE: Invoice,
    DocumentType.ITEM: Item,
    DocumentType.PAYMENT: Payment,
    DocumentType.VENDOR: Vendor,
}


# The zero character, which no database stores and no ledger accepts. `\u0000` is one unless its
# backslash is escaped itself.
ZERO_CHARACTER: Final = re.compile(rb"\x00|(?<!\\)(?:\\\\)*\\u0000")


class UnknownEvent(ValueError):
    """The event type is not ``<document>.<what happened>.v1`` of a known document."""


class Undecodable(ValueError):
    """The payload is not a valid document; the message names the field and the fault."""


class EventType(NamedTuple):
    """The parts of an event type such as ``invoice.issued.v1``.

    Attributes:
        document: The type of the document.
        happened: What happened, for people.
        major: The major version of the payload.
    """

    document: DocumentType
    happened: str
    major: int


def parse_event_type(text: str) -> EventType:
    """Return the parts of an event type such as ``invoice.issued.v1``.

    The payload is always the whole new state of the document, so the middle part is for people
    and not checked.

    Raises:
        UnknownEvent: the document or the major version is not supported.
    """
    parts = text.split(".")
    if len(parts) != 3 or not all(parts):
        raise UnknownEvent(f"event type {text!r} is not <document>.<what happened>.v1")
    document, happened, version = parts
    if version != "v1":
        raise UnknownEvent(f"event type {text!r}: only version v1 of {document} is read")
    try:
        return EventType(DocumentType(document), happened, 1)
    except ValueError:
        known = ", ".join(sorted(DOCUMENTS))
        raise UnknownEvent(f"event type {text!r}: {document} is none of {known}") from None


def decode(document_type: DocumentType, payload: bytes | str) -> Document:
    """Return the document that JSON describes.

    Raises:
        Undecodable: the JSON is not a valid document.
    """
    if _holds_zero(payload if isinstance(payload, bytes) else payload.encode()):
        raise Undecodable(f"{document_type}.v1: a text holds a zero character; leave it out")
    try:
        return DOCUMENTS[document_type].model_validate_json(payload)
    except pydantic.ValidationError as exc:
        raise Undecodable(f"{document_type}.v1: {_first_errors(exc)}") from exc


def _holds_zero(payload: bytes) -> bool:
    suspect = b"\\u0000" in payload or b"\0" in payload
    return suspect and ZERO_CHARACTER.search(payload) is not None


def encode(document: Document) -> bytes:
    """Return a document as JSON; decimals are strings, so that none becomes a float."""
    return document.model_dump_json().encode()


def _first_errors(error: pydantic.ValidationError) -> str:
    shown = [
        f"{'.'.join(str(part) for part in e['loc']) or 'document'}: {e['msg']}"
        for e in error.errors(include_url=False, include_input=False)[:3]
    ]
    return "; ".join(shown)
