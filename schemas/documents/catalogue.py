"""Every document type, and the encoding of documents as JSON."""

import re
from typing import Final

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


def document_type_of(event_type: str) -> DocumentType:
    """Return the document type that an event type such as ``invoice.issued.v1`` names.

    The payload is always the whole new state of the document, so the middle part is for people
    and not checked.

    Raises:
        UnknownEvent: the document or the major version is not supported.
    """
    parts = event_type.split(".")
    if len(parts) != 3 or not all(parts):
        raise UnknownEvent(f"event type {event_type!r} is not <document>.<what happened>.v1")
    document, _, version = parts
    if version != "v1":
        raise UnknownEvent(f"event type {event_type!r}: only version v1 of {document} is read")
    try:
        return DocumentType(document)
    except ValueError:
        known = ", ".join(sorted(DOCUMENTS))
        raise UnknownEvent(
            f"event type {event_type!r}: {document} is none of {known}"
        ) from None


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
    found = error.errors(include_url=False, include_input=False)[:3]
    return "; ".join(_in_words(e["loc"], e["msg"]) for e in found)


def _in_words(location: tuple[int | str, ...], message: str) -> str:
    """Return one fault; what our own validators say of a whole document names the field."""
    said = message.removeprefix("Value error, ")
    return f"{'.'.join(map(str, location))}: {said}" if location else said
