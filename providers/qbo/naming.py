"""Under which name or number a document goes to QuickBooks, by the connection's settings.

Source: Intuit Accounting API, entity reference (DisplayName, Name, DocNumber), faults 6140 and
6240, read 2026-11: customers, vendors and employees share one set of names.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from providers.naming import NamedDocument, named, suffixes
from providers.qbo.company import QboCompany
from providers.qbo.fitting import RULES, fitted
from providers.qbo.mapping.party import clash_name
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import Document, DocumentType
from schemas.documents.party import Party

# Accounts are the ledger's, and linked as they are; payments have no number of their own.
_RENAMED: Final = frozenset(
    {
        DocumentType.CUSTOMER,
        DocumentType.VENDOR,
        DocumentType.ITEM,
        DocumentType.INVOICE,
        DocumentType.BILL,
    }
)


def as_named(
    document: Document, settings: Mapping[str, Any], company: QboCompany
) -> NamedDocument:
    """Return a document under the name or number that it goes by.

    Raises:
        NeedsPerson: ``naming_unreadable``.
    """
    found = named(document, settings, fit=lambda one: fitted(one, company), rules=RULES)
    if not isinstance(document, Party):
        return found
    # Where another kind of party has the name, it goes with the kind behind.
    return replace(found, others=(clash_name(found.keys.sent, type(document).__name__),))


def renames(document_type: DocumentType, settings: Mapping[str, Any]) -> bool:
    """Return whether a name or number that is taken gets a suffix."""
    return document_type in _RENAMED and suffixes(settings, DOCUMENTS[document_type])
