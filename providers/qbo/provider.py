"""QuickBooks Online as a provider.

Batches, of which Intuit allows 40 a minute, are never made: see the README here.

Source: Intuit "API call limits and throttling", in force since 2025-10-31, read 2026-11.
"""

from typing import Final

from providers.base import Operation, Provider
from providers.qbo.dialect import QboDialect
from providers.qbo.ledger import QboLedger
from providers.qbo.mapping.catalogue import ENTITIES
from providers.qbo.oauth import QboOAuth
from providers.qbo.reasons import calls, documents, records, settings
from providers.quotas import Quota
from schemas.documents.document import DocumentType
from schemas.errors import codes_in
from schemas.ids import ProviderName


def _batch_limit(document_type: DocumentType, operation: Operation) -> int:
    """Return 1: single writes cost nothing, while a batch counts as a metered read."""
    return 1


QBO: Final = Provider(
    name=ProviderName("qbo"),
    title="QuickBooks Online",
    quota=Quota(per_minute=500, in_flight=10, per_second=10),
    oauth=QboOAuth(),
    dialect=QboDialect(),
    open_ledger=QboLedger,
    batch_limit=_batch_limit,
    documents=frozenset(ENTITIES),
    reasons=codes_in(documents, settings, records, calls),
)
