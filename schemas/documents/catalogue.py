"""Every document type, and the encoding of documents as JSON."""

from dataclasses import dataclass
from typing import Final

import pydantic
from pydantic_core import ErrorDetails

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

_TOLD: Final = 3  # faults of one document

NUMBERS_WITH_DEFAULT: Final = frozenset({"quantity", "tax_rate"})
"""The fields of numbers that may be left out, and then have a value all the same."""


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

    A field that is ``null`` is one that is left out, as many libraries write every field; a
    number that has a default is refused then, since JavaScript writes ``null`` for what is NaN.

    Args:
        document_type: The type of the document.
        payload: The JSON.
        strict: Whether unknown fields are refused.

    Raises:
        Undecodable: the JSON is not a valid document.
    """
    try:
        return _checked(document_type, parse(payload), strict=strict)
    except Unreadable as exc:
        raise Undecodable(f"{document_type}.v1: {exc}") from exc
    except RecursionError:  # what can be parsed may yet be too deep for what walks through it
        raise Undecodable(f"{document_type}.v1: it is nested too deeply") from None


def _checked(document_type: DocumentType, parsed: object, *, strict: bool) -> Decoded:
    model = DOCUMENTS[document_type]
    try:
        return Decoded(model.model_validate(parsed), ())
    except pydantic.ValidationError as exc:
        unknown = _unknown_fields(exc)
        if strict and unknown:
            raise Undecodable(f"{document_type}.v1: {_in_words(_unknown(exc))}") from exc
    # Few documents have unknown fields, or nulls where there is a default that is none: only
    # those are checked a second time, without them.
    try:
        return Decoded(model.model_validate(_without_nulls(parsed), extra="ignore"), unknown)
    except pydantic.ValidationError as exc:
        raise Undecodable(f"{document_type}.v1: {_in_words(_faults(exc))}") from exc


def decode(document_type: DocumentType, payload: bytes | str) -> Document:
    """Return the document that JSON describes, whatever else is in it.

    Raises:
        Undecodable: the JSON is not a valid document.
    """
    return read(document_type, payload).document


def _without_nulls(found: object) -> object:
    """Return what was parsed without the fields that are ``null``, at every level."""
    if isinstance(found, dict):
        return {
            name: _without_nulls(one)
            for name, one in found.items()
            if one is not None or name in NUMBERS_WITH_DEFAULT
        }
    if isinstance(found, list):
        return [_without_nulls(one) for one in found]
    return found


def _unknown_fields(error: pydantic.ValidationError) -> tuple[str, ...]:
    """Return the dotted names of the fields that are unknown, without the indices of lists."""
    names = {
        ".".join(part for part in found["loc"] if isinstance(part, str))
        for found in _unknown(error)
    }
    return tuple(sorted(names))


def _unknown(error: pydantic.ValidationError) -> list[ErrorDetails]:
    return [found for found in _faults(error) if found["type"] == "extra_forbidden"]


def _faults(error: pydantic.ValidationError) -> list[ErrorDetails]:
    """Return what is wrong, without what follows from it: a list lacks what is wrong in it."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lists = {one["loc"][:n] for one in found for n in range(len(one["loc"]))}
    return [one for one in found if one["type"] != "too_short" or one["loc"] not in lists]


def encode(document: Document) -> bytes:
    """Return a document as JSON; decimals are strings, so that none becomes a float.

    A field that has its default is left out, so that a reader of before the field reads it too.
    """
    return document.model_dump_json(exclude_defaults=True).encode()


def _in_words(faults: list[ErrorDetails]) -> str:
    """Return the first faults of a document as one text."""
    return "; ".join(_fault_in_words(one["loc"], one["msg"]) for one in faults[:_TOLD])


def _fault_in_words(location: tuple[int | str, ...], message: str) -> str:
    """Return one fault; what our own validators say of a whole document names the field."""
    said = message.removeprefix("Value error, ")
    return f"{'.'.join(map(str, location))}: {said}" if location else said
