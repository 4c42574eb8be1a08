"""Under which name or number a document goes to Xero, by the connection's settings.

Source: Xero developer pages "Contacts" and "Invoices", read 2026-09: names are unique among
active contacts, numbers among sales invoices, which are numbered by Xero where none is sent. A
bill's number is the vendor's and not unique; items and accounts are known by their codes.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from providers.naming import GivenBy, NamedDocument, named, own_key, suffixes
from providers.xero.fitting import RULES, fitted
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import Document, DocumentType
from schemas.documents.invoice import Invoice

_RENAMED: Final = frozenset({DocumentType.CUSTOMER, DocumentType.VENDOR, DocumentType.INVOICE})
_NUMBER_IN_REFERENCE: Final = 60  # characters, so that the reference keeps most of its 255


def as_named(document: Document, settings: Mapping[str, Any]) -> NamedDocument:
    """Return a document under the name or number that it goes by.

    An invoice that Xero numbers has the platform's number before its reference, with what
    makes it the document's own: an invoice has no room for a mark that is not seen.

    Raises:
        NeedsPerson: ``naming_unreadable``.
    """
    found = named(document, settings, fit=fitted, rules=RULES)
    if found.policy.given_by is not GivenBy.LEDGER or not isinstance(document, Invoice):
        return found
    number = own_key(document, document.number, _NUMBER_IN_REFERENCE)
    reference = f"{number} {document.reference}".strip()
    fits = fitted(document.model_copy(update={"reference": reference}))
    return replace(found, sent=fits.document, remarks=fits.remarks)


def renames(document_type: DocumentType, settings: Mapping[str, Any]) -> bool:
    """Return whether a name or number that is taken gets a suffix."""
    return document_type in _RENAMED and suffixes(settings, DOCUMENTS[document_type])
