"""By what a document that was sent is found again, whatever was changed before its doubt ends.

A look-up goes by names, numbers, codes and parties, and by the connection's choice about names
and numbers. Both may be changed while it is not known whether a create has arrived, and the
ledger has the document under what was sent then. So that is stored with the intent.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson
import pydantic

from schemas.documents.document import Document

# What any look-up of any provider goes by; a payment is looked for at the invoices it settles.
_FOUND_BY: Final = frozenset(
    {"name", "number", "code", "customer_id", "vendor_id", "allocations"}
)


def sent_as(document: Document, naming: Mapping[str, Any]) -> str:
    """Return by what a document can be found again that is sent now; equal for equal ones.

    Args:
        naming: What the connection chose about names and numbers.
    """
    found_by = document.model_dump(mode="json", include=set(_FOUND_BY))
    stored = {"document": found_by, "naming": dict(naming)}
    return orjson.dumps(stored, option=orjson.OPT_SORT_KEYS).decode()


def document_sent_as(stored: str, document: Document) -> Document:
    """Return a document as it is looked up by what an older version of it was sent as."""
    found_by = orjson.loads(stored)["document"]
    return document.model_copy(
        update={name: _parsed(document, name, value) for name, value in found_by.items()}
    )


def naming_sent_by(stored: str) -> Mapping[str, Any]:
    """Return what the connection chose about names and numbers then."""
    return dict(orjson.loads(stored)["naming"])


def _parsed(document: Document, name: str, value: Any) -> Any:
    declared: Any = type(document).model_fields[name].annotation
    return pydantic.TypeAdapter(declared).validate_python(value)
