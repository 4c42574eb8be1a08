"""What is open of an invoice that a payment settles, where Xero refuses the payment.

Source: Xero developer page "Payments", read 2026-09: the refusal has no figures, so the invoice
is read and compared.
"""

from decimal import Decimal

from providers.base import Write
from providers.errors import ProviderError
from providers.xero.client import XeroClient
from providers.xero.mapping.catalogue import INVOICES
from providers.xero.preflight_errors import payment_exceeds_open
from providers.xero.reasons.records import PAYMENT_EXCEEDS_DUE
from providers.xero.results import amount
from schemas.documents.document import DocumentType, Reference
from schemas.documents.payment import Payment
from schemas.money import ZERO


async def with_what_is_open(
    client: XeroClient, write: Write, refused: ProviderError
) -> ProviderError:
    """Return the refusal of a new payment with the figures of the invoice it is too much for.

    Any other error is returned as it is.
    """
    payment = write.document
    if not isinstance(payment, Payment):
        return refused
    currency = write.settled_currency or payment.currency
    for one in payment.allocations:
        link = write.links[Reference(DocumentType.INVOICE, one.invoice_id)]
        found = await compared(client, refused, link.id, payment.settles(one, currency))
        if found is not refused:
            return found
    return refused


async def compared(
    client: XeroClient,
    refused: ProviderError,
    invoice_id: str,
    settles: Decimal,
    *,
    before: Decimal = ZERO,
) -> ProviderError:
    """Return a refusal with both figures, if a payment settles more of an invoice than is open.

    Args:
        client: Reads the invoice.
        refused: What the payment came to; returned where it is about something else.
        invoice_id: The invoice's id in Xero.
        settles: What the payment is to settle of it in all, in the invoice's currency.
        before: What the payment settles of it already: that is open to it.
    """
    if refused.reason.code != PAYMENT_EXCEEDS_DUE.code:
        return refused
    try:
        invoice = await client.one(INVOICES, invoice_id)
    except ProviderError:
        return refused  # it stands without figures
    if invoice is None or settles <= (still_open := amount(invoice["AmountDue"]) + before):
        return refused
    found = payment_exceeds_open(
        settles,
        invoice["CurrencyCode"],
        number=invoice.get("InvoiceNumber") or invoice_id,
        still_open=still_open,
        said=refused.reason.provider_code,
    )
    found.written_in_part = refused.written_in_part
    return found
