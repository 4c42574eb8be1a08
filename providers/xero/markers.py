"""Our marks in Xero's records, by which we know our own again.

A bill and a payment carry ``ledgerlane:<document id>`` at the start of ``Reference``. A
contact carries ``customer-<id>`` or ``vendor-<id>`` as its ``ContactNumber``: the platform
numbers its customers and its vendors apart, so the id alone could name two of them.
"""

from typing import Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from schemas.documents.document import Document, DocumentType

_REFERENCE_LIMIT: Final = 255
_CONTACT_NUMBER_LIMIT: Final = 50
_MARKER_LIMIT: Final = 120


def marker(document_id: str) -> str:
    """Return the mark of a document, which has no spaces."""
    return _mark("ledgerlane:", document_id, _MARKER_LIMIT)


def contact_number(document_type: DocumentType, document_id: str) -> str:
    """Return the ContactNumber of a customer or vendor."""
    return _mark(f"{document_type.value}-", document_id, _CONTACT_NUMBER_LIMIT)


def marked_reference(document_id: str, reference: str) -> str:
    """Return the mark before a person's own reference, which `fitting.py` has made fit."""
    return f"{marker(document_id)} {reference}".strip()


def room_beside_mark(document: Document) -> list[int]:
    """Return how long a person's own reference may be, so that it fits behind the mark."""
    return [_REFERENCE_LIMIT - len(marker(document.id)) - 1]


def is_marked(reference: str, document_id: str) -> bool:
    """Return whether ``reference`` begins with the mark of this document."""
    return reference.split(" ", 1)[0] == marker(document_id)


def has_marker(reference: str) -> bool:
    """Return whether ``reference`` begins with the mark of any document."""
    return reference.startswith("ledgerlane:")


def _mark(prefix: str, document_id: str, limit: int) -> str:
    plain = prefix + quote(document_id, safe="")
    if len(plain) <= limit:
        return plain
    return prefix + str(uuid5(NAMESPACE_URL, document_id))
