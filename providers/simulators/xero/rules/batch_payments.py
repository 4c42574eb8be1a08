"""Batch payments: one bank line for many invoices (RECBATCH) or bills (PAYBATCH).

Source: Xero Batch Payments page, read 2026-09.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from providers.simulators.xero.books import totals
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.rules.documents import WriteOptions
from providers.simulators.xero.rules.payments import (
    build_payment,
    commit_payment,
    payment_account,
    undo_payment,
)
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

_TYPES = {"ACCREC": "RECBATCH", "ACCPAY": "PAYBATCH"}
_TEXTS = {"Reference": 255, "Particulars": 12, "Code": 12, "Details": 18, "Narrative": 18}
_MEMBER_TEXTS = ("BankAccountNumber", "Particulars", "Code", "Details")


def create_batch(org: OrganisationBooks, payload: Payload, options: WriteOptions) -> Record:
    """Pay several invoices at once: all of them or none.

    Raises:
        ElementRejected: a member breaks a rule, or the members differ in type or currency.
    """
    sent = fields.parts(payload, "Payments")
    if not sent:
        raise ElementRejected("A batch payment must have at least one payment")
    batch_id = str(uuid.uuid4())
    members = _members(org, sent, payload, batch_id=batch_id, options=options)
    # All are checked before the first is saved: a batch is made whole or not at all.
    _check_alike(members)
    for member in members:
        commit_payment(org, member)
    texts = {name: fields.text(payload, name, at_most=n) for name, n in _TEXTS.items()}
    return org.batch_payments.put(
        {
            "BatchPaymentID": batch_id,
            "Account": payment_account(org, payload),
            "Date": members[0]["Date"],
            "Type": _TYPES[members[0]["Invoice"]["Type"]],
            "Status": "AUTHORISED",
            "TotalAmount": sum((m["Amount"] for m in members), totals.ZERO),
            "IsReconciled": fields.flag(payload, "IsReconciled") or False,
            "UpdatedDateUTC": org.now(),
            **{name: value for name, value in texts.items() if value is not None},
        }
    )


def _members(
    org: OrganisationBooks,
    sent: Sequence[Payload],
    batch: Payload,
    *,
    batch_id: str,
    options: WriteOptions,
) -> list[Record]:
    """Check the batch's payments one after the other; an invoice may stand in it twice."""
    taken: defaultdict[str, Decimal] = defaultdict(Decimal)
    members = []
    for one in sent:
        invoice = fields.part(one, "Invoice")
        key = str(invoice.get("InvoiceID") or invoice.get("InvoiceNumber") or "").lower()
        whole = {
            **one,
            "Account": batch.get("Account"),
            "Date": batch.get("Date"),
            "Code": None,
        }
        member = build_payment(org, whole, options, already=taken[key])
        taken[key] += member["Amount"]
        texts = {name: one[name] for name in _MEMBER_TEXTS if one.get(name)}
        members.append({**member, **texts, "BatchPaymentID": batch_id})
    return members


def _check_alike(members: Sequence[Record]) -> None:
    if any("Invoice" not in member for member in members):
        raise ElementRejected("A batch payment can only pay invoices")
    kinds = {(m["Invoice"]["Type"], m["Invoice"]["CurrencyCode"]) for m in members}
    if len(kinds) > 1:
        raise ElementRejected("All payments of a batch must be of the same type and currency")


def delete_batch(org: OrganisationBooks, batch: Record, options: WriteOptions) -> Record:
    """Delete a batch with its payments, and open their invoices again.

    Raises:
        ElementRejected: reconciled, already deleted, or in a locked period.
    """
    if batch["Status"] == "DELETED":
        raise ElementRejected("Batch payment not of valid status for modification")
    if batch["IsReconciled"] and org.switches.reconciled_payment_delete == "refuse":
        raise ElementRejected("This batch payment cannot be deleted as it has been reconciled")
    for member in org.payments_of_batch(batch):
        undo_payment(org, member, options)
    return org.batch_payments.put({**batch, "Status": "DELETED", "UpdatedDateUTC": org.now()})
