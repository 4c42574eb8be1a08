"""Xero, as the registry knows it."""

from typing import Final

from providers.base import Provider
from providers.quotas import Quota
from providers.xero.dialect import XeroDialect
from providers.xero.ledger import XeroLedger
from providers.xero.mapping.catalogue import BATCH_LIMIT, batch_limit
from providers.xero.oauth import XeroOAuth
from providers.xero.reasons import calls, documents, records, settings
from schemas.documents.document import DocumentType
from schemas.errors import codes_in
from schemas.ids import ProviderName

# Source: Xero developer page "OAuth 2.0 API limits", read 2026-09. Apps on the Starter tier
# have 1,000 calls a day; Xero's own answer to the first call too many parks the realm there.
QUOTA: Final = Quota(
    per_minute=60, in_flight=5, per_day=5_000, app_per_minute=10_000, full_call=BATCH_LIMIT
)

XERO: Final = Provider(
    name=ProviderName("xero"),
    title="Xero",
    quota=QUOTA,
    oauth=XeroOAuth(),
    dialect=XeroDialect(),
    open_ledger=XeroLedger,
    batch_limit=batch_limit,
    documents=frozenset(DocumentType),
    reasons=codes_in(documents, settings, records, calls),
)
