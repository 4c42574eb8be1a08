"""Every document type, and the encoding of documents as JSON."""

from dataclasses import dataclass
from typing import Final

import pydantic

from schemas.documents.account import Account
from schemas.documents.bill import Bill
from schemas.documents.customer import Customer
from schemas.documents.document import Document, DocumentType
from schemas.documents.exact_json import Unreadable, parse
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


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document as it was read.

    Attributes:
        document: The document.
        unknown_fields: The dotted names of the fields that this version does not know, sorted,
            each once; a list has no index in them: ``lines.colour``.
    """

    document: Document
    unknown_fields: tuple[str, ...]


def read(document_type: DocumentType, payload: bytes | str, *, strict: bool = False) -> Decoded:
    """Return the document that JSON describes, without the fields that are not known.

    Args:
        document_type: The type of the document.
        payload: The JSON.
        strict: Whether unknown fields are refused.

    Raises:
        Undecodable: the JSON is not a valid document.
    """
    try:
        parsed = parse(payload)
    except Unreadable as exc:
        raise Undecodable(f"{document_type}.v1: {exc}") from exc
    model = DOCUMENTS[document_type]
    try:
        try:
            return Decoded(model.model_validate(parsed), ())
        except pydantic.ValidationError as exc:
            unknown = _unknown_fields(exc)
            if strict or not unknown:
                raise
        # Few documents have unknown fields: only those are checked a second time, without them.
        return Decoded(model.model_validate(parsed, extra="ignore"), unknown)
    except pydantic.ValidationError as exc:
        raise Undecodable(f"{document_type}.v1: {_first_errors(exc)}") from exc


def decode(document_type: DocumentType, payload: bytes | str) -> Document:
    """Return the document that JSON describes, whatever else is in it.

    Raises:
        Undecodable: the JSON is not a valid document.
    """
    return read(document_type, payload).document


def _unknown_fields(error: pydantic.ValidationError) -> tuple[str, ...]:
    """Return the dotted names of the fields that are unknown, without the indices of lists."""
    names = {
        ".".join(part for part in found["loc"] if isinstance(part, str))
        for found in error.errors(include_url=False, include_context=False, include_input=False)
        if found["type"] == "extra_forbidden"
    }
    return tuple(sorted(names))


def encode(document: Document) -> bytes:
    """Return a document as JSON; decimals are strings, so that none becomes a float.

    A field that has its default is left out, so that a reader of before the field reads it too.
    """
    return document.model_dump_json(exclude_defaults=True).encode()


def _first_errors(error: pydantic.ValidationError) -> str:
    every = error.errors(include_url=False, include_input=False)
    places = {e["loc"] for e in every}
    # Of a list whose entries are all refused it is said, too, that it is too short.
    found = [
        e
        for e in every
        if e["type"] != "too_short" or not any(_is_within(at, e["loc"]) for at in places)
    ]
    return "; ".join(_in_words(e["loc"], e["msg"]) for e in found[:3])


def _is_within(location: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(location) > len(outer) and location[: len(outer)] == outer


def _in_words(location: tuple[int | str, ...], message: str) -> str:
    """Return one fault; what our own validators say of a whole document names the field."""
    said = message.removeprefix("Value error, ")
    return f"{'.'.join(map(str, location))}: {said}" if location else said
