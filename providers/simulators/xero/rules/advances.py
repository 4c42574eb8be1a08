"""Overpayments and prepayments: money that a bank transaction takes or gives in advance.

Created with the transaction, never changed; used by allocations, given back by payments.

Source: Xero Bank Transactions, Overpayments and Prepayments pages, read 2026-09.
"""

import uuid
from typing import Any, Final

from providers.simulators.xero.books.credits import OVERPAYMENT, PREPAYMENT
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.books.totals import ZERO
from providers.simulators.xero.rules.statuses import has_settlements
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

ADVANCE_KINDS: Final = {
    "RECEIVE-OVERPAYMENT": OVERPAYMENT,
    "SPEND-OVERPAYMENT": OVERPAYMENT,
    "RECEIVE-PREPAYMENT": PREPAYMENT,
    "SPEND-PREPAYMENT": PREPAYMENT,
}
"""What each type of bank transaction opens."""
_CONTROL: Final = {"RECEIVE-OVERPAYMENT": "DEBTORS", "SPEND-OVERPAYMENT": "CREDITORS"}
_TAKEN_OVER: Final = (
    *("Type", "Contact", "Date", "LineAmountTypes", "LineItems", "SubTotal", "TotalTax"),
    *("Total", "CurrencyCode", "CurrencyRate"),
)


def is_overpayment(transaction_type: str) -> bool:
    """Return whether a bank transaction of this type is an overpayment."""
    return transaction_type in _CONTROL


def one_line(org: OrganisationBooks, transaction_type: str, lines: list[Record]) -> None:
    """Code the one line of an overpayment to the control account, as Xero does.

    Raises:
        ElementRejected: it has several.
    """
    if len(lines) != 1:
        raise ElementRejected("An overpayment must have exactly one line item")
    system = _CONTROL[transaction_type]
    account = next(a for a in org.accounts if a["SystemAccount"] == system)
    lines[0] |= {"AccountCode": account["Code"], "AccountID": account["AccountID"]}


def without_accounts(payload: Payload) -> dict[str, Any]:
    """Return an overpayment as sent, but for the accounts of its lines, which are ignored."""
    ignored = {"AccountCode", "AccountID", "TaxType", "TaxAmount"}
    lines = [
        {name: value for name, value in line.items() if name not in ignored}
        for line in payload["LineItems"]
    ]
    return {**payload, "LineItems": lines}


def void_advance(org: OrganisationBooks, transaction: Record) -> Record:
    """Void what was paid in advance with its bank transaction, as a person can.

    Raises:
        ElementRejected: some of it was used or given back.
    """
    kind = ADVANCE_KINDS[transaction["Type"]]
    advance = org.credits(kind).get(transaction[kind.id_field])
    if advance is None or has_settlements(advance):
        raise ElementRejected("Bank transaction not of valid status for modification")
    gone = {"RemainingCredit": ZERO, "Status": "VOIDED", "UpdatedDateUTC": org.now()}
    org.credits(kind).put({**advance, **gone})
    deleted = {"Status": "DELETED", "UpdatedDateUTC": org.now()}
    return org.bank_transactions.put({**transaction, **deleted})


def open_advance(org: OrganisationBooks, transaction: Record) -> Record:
    """Add the overpayment or prepayment of a new bank transaction, which names it from then."""
    kind = ADVANCE_KINDS[transaction["Type"]]
    advance: Record = {kind.id_field: str(uuid.uuid4())}
    advance |= {name: transaction[name] for name in _TAKEN_OVER}
    advance |= {
        "Status": "AUTHORISED",
        "AppliedAmount": ZERO,
        "RefundedAmount": ZERO,
        "RemainingCredit": transaction["Total"],
        "FullyPaidOnDate": None,
        "HasAttachments": False,
        "UpdatedDateUTC": transaction["UpdatedDateUTC"],
    }
    org.credits(kind).put(advance)
    named = {**transaction, kind.id_field: advance[kind.id_field]}
    return org.bank_transactions.put(named)
