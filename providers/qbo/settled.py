"""What is open of the invoices that a payment settles, where QuickBooks refuses the payment.

Source: Intuit Accounting API, Payment entity, read 2026-11: more than an invoice's balance is
refused. The fault's code is not certain, so the balances are read and compared.
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from providers.base import Write
from providers.parts import Body
from providers.qbo.client import QboClient
from providers.qbo.preflight_errors import payment_exceeds_due
from providers.wire import Record
from schemas.documents.payment import Payment
from schemas.money import ZERO


async def refuse_more_than_is_open(client: QboClient, write: Write, body: Body) -> None:
    """Look whether a payment that was refused settles more than is open of an invoice.

    Raises:
        NeedsPerson: it does, by what is in QuickBooks.
    """
    payment = write.document
    if not isinstance(payment, Payment):
        return
    settled: Mapping[str, Decimal] = {}
    if write.external is not None:
        # What it settles already is no longer in the balance, and is there to be settled again.
        settled = _settled(await client.read("Payment", write.external.id))
    for invoice_id, amount in _settled(body).items():
        invoice = await client.read("Invoice", invoice_id)
        still_open = Decimal(invoice["Balance"]) + settled.get(invoice_id, ZERO)
        if amount > still_open:
            raise payment_exceeds_due(
                amount,
                write.settled_currency or payment.currency,
                number=invoice.get("DocNumber") or invoice_id,
                still_open=still_open,
            )


def _settled(payment: Record | Body) -> Mapping[str, Decimal]:
    """Return what a payment settles of each invoice, by the invoice's id."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in payment.get("Line", ()):
        for linked in line.get("LinkedTxn", ()):
            if linked["TxnType"] == "Invoice":
                found[linked["TxnId"]] += Decimal(line["Amount"])
    return found
