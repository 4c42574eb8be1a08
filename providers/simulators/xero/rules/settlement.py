"""What payments and credits do to the documents they settle.

Source: Xero Invoices and Payments pages, read 2026-09: PAID is set and unset by the system, and
a payment moves the invoice's stamp.
"""

from datetime import date
from decimal import Decimal

from providers.simulators.xero.books.credits import kind_of
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.books.totals import ZERO


def settle_invoice(
    org: OrganisationBooks,
    invoice: Record,
    *,
    on: date,
    paid: Decimal = ZERO,
    credited: Decimal = ZERO,
) -> None:
    """Add what was paid or credited (negative: taken back) and set the status."""
    amount_paid = invoice["AmountPaid"] + paid
    amount_credited = invoice["AmountCredited"] + credited
    due = invoice["Total"] - amount_paid - amount_credited
    org.invoices.put(
        {
            **invoice,
            "AmountPaid": amount_paid,
            "AmountCredited": amount_credited,
            "AmountDue": due,
            "Status": "AUTHORISED" if due else "PAID",
            "FullyPaidOnDate": None if due else on,
            "UpdatedDateUTC": org.now(),
        },
        # Whether a payment is announced as a change of its invoice is not documented.
        quietly=not org.switches.payments_raise_invoice_events,
    )


def use_credit(
    org: OrganisationBooks,
    credit: Record,
    *,
    on: date,
    allocated: Decimal = ZERO,
    refunded: Decimal = ZERO,
) -> None:
    """Add what was allocated or refunded (negative: taken back), and set the status."""
    applied = credit["AppliedAmount"] + allocated
    given_back = credit["RefundedAmount"] + refunded
    remaining = credit["Total"] - applied - given_back
    org.credits(kind_of(credit)).put(
        {
            **credit,
            "AppliedAmount": applied,
            "RefundedAmount": given_back,
            "RemainingCredit": remaining,
            "Status": "AUTHORISED" if remaining else "PAID",
            "FullyPaidOnDate": None if remaining else on,
            "UpdatedDateUTC": org.now(),
        }
    )
