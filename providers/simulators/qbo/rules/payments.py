"""Payments of customers and to vendors: what they are applied to, and what is left.

Source: Intuit Accounting API, Payment, BillPayment.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.rules.documents import (
    ZERO,
    complete_currency,
    complete_date,
)
from providers.simulators.qbo.rules.drafts import Draft
from providers.simulators.qbo.rules.effects import AppliedTo, Effects, Posting
from providers.simulators.qbo.rules.numbering import check_number
from providers.simulators.qbo.rules.properties import account_reference
from providers.simulators.qbo.wire import errors

CREDITS = ("CreditMemo",)


def complete_payment(draft: Draft) -> None:
    """Complete a customer's payment.

    Raises:
        QboRefused: 620, 610, 6000 for links to what can't be paid by it; 6000, more is applied
            than is open or than was paid.
    """
    customer = draft.company.record("Customer", draft.reference("CustomerRef") or "")
    complete_date(draft)
    complete_currency(draft, customer)
    company = draft.company
    draft.default("DepositToAccountRef", account_reference(company, "UndepositedFunds"))
    _check_deposit(draft)
    draft.default("ARAccountRef", account_reference(company, "AccountsReceivable"))
    draft.default("Line", [])
    applied = list(_applied(draft, ("Invoice", *CREDITS)))
    for part in applied:
        _check_party(draft, part, "CustomerRef", customer)
    left = draft.body["TotalAmt"] - sum((_signed(part) for part in applied), ZERO)
    if left < 0:
        raise errors.business("More is applied than the payment amounts to.", "TotalAmt")
    draft.body["UnappliedAmt"] = left


def _check_deposit(draft: Draft) -> None:
    """Check that the money goes to an account of the home currency or of the payment's.

    An account has one currency for ever (documented); that this is refused is not documented.
    """
    account = draft.company.record("Account", draft.reference("DepositToAccountRef") or "")
    fitting = (draft.company.home_currency, draft.reference("CurrencyRef"))
    currency = account.body["CurrencyRef"]["value"]
    if draft.company.switches.foreign_deposit == "refuse" and currency not in fitting:
        raise errors.business(
            f"The account is in {currency}, and the payment is not.", "DepositToAccountRef"
        )


def complete_bill_payment(draft: Draft) -> None:
    """Complete a payment to a vendor.

    Raises:
        QboRefused: as for a customer's payment; 2020, the account that pays is missing.
    """
    vendor = draft.company.record("Vendor", draft.reference("VendorRef") or "")
    complete_date(draft)
    complete_currency(draft, vendor)
    draft.default("APAccountRef", account_reference(draft.company, "AccountsPayable"))
    check_number(draft, lambda _other: False)
    paying_account(draft.body)
    applied = list(_applied(draft, ("Bill",)))
    for part in applied:
        _check_party(draft, part, "VendorRef", vendor)
    if sum((part.amount for part in applied), ZERO) > draft.body["TotalAmt"]:
        raise errors.business("More is applied than the payment amounts to.", "TotalAmt")


def paying_account(body: dict[str, Any]) -> str:
    """Return the id of the account that a bill payment is made from.

    Raises:
        QboRefused: 2020, there is none.
    """
    by_check = body["PayType"] == "Check"
    part, name = (
        ("CheckPayment", "BankAccountRef")
        if by_check
        else ("CreditCardPayment", "CCAccountRef")
    )
    held = body.get(part, {}).get(name)
    if held is None:
        raise errors.missing(name)
    return str(held["value"])


def _signed(part: AppliedTo) -> Decimal:
    # A credit memo among the lines adds to what the payment can be applied to.
    return -part.amount if part.entity in CREDITS else part.amount


def _links(body: dict[str, Any]) -> Iterator[tuple[str, str, Decimal]]:
    """Return type, id and amount of what each line is applied to."""
    for line in body.get("Line", ()):
        for link in line.get("LinkedTxn", ())[:1]:
            yield link.get("TxnType", ""), link.get("TxnId", ""), line.get("Amount", ZERO)


def _sums(body: dict[str, Any]) -> tuple[AppliedTo, ...]:
    sums: dict[tuple[str, str], Decimal] = {}
    for entity, txn_id, amount in _links(body):
        sums[entity, txn_id] = sums.get((entity, txn_id), ZERO) + amount
    return tuple(AppliedTo(entity, txn_id, amount) for (entity, txn_id), amount in sums.items())


def _applied(draft: Draft, types: tuple[str, ...]) -> Iterator[AppliedTo]:
    for line in draft.body["Line"]:
        if "Amount" not in line:
            raise errors.missing("Amount")
        if not line.get("LinkedTxn"):
            raise errors.missing("LinkedTxn")
    for part in _sums(draft.body):
        if part.entity not in types:
            raise errors.unlinkable(part.entity)
        _check_open(draft, part)
        yield part


def _check_open(draft: Draft, part: AppliedTo) -> None:
    target = draft.company.record(part.entity, part.txn_id)
    own = target.applied.get(draft.old.id) if draft.old else None
    # What this payment applied before its change is free again for it.
    open_amount = target.body["Balance"] + (own.amount if own else ZERO)
    if part.amount > open_amount:
        raise errors.business(
            f"The amount {part.amount} is more than the open balance {open_amount} of "
            f"{part.entity} {part.txn_id}.",
            "Line.Amount",
        )


def _check_party(draft: Draft, part: AppliedTo, name: str, party: Record) -> None:
    """Check that the document is the party's, or one of its sub-customers'."""
    owner_id = draft.company.record(part.entity, part.txn_id).body[name]["value"]
    while owner_id != party.id:
        owner = draft.company.record(party.entity.name, owner_id)
        if "ParentRef" not in owner.body:
            raise errors.business(
                f"{part.entity} {part.txn_id} belongs to another customer or vendor.", name
            )
        owner_id = owner.body["ParentRef"]["value"]


def payment_effects(company: CompanyBooks, record: Record) -> Effects:
    """Return what a payment does: money comes in and its customer owes less."""
    body = record.body
    total: Decimal = body["TotalAmt"]
    amount = company.at_home(total, body)
    return Effects(
        postings=(
            Posting(body["DepositToAccountRef"]["value"], amount),
            Posting(body["ARAccountRef"]["value"], -amount),
        ),
        owed=((body["CustomerRef"]["value"], -total),),
        applied=_sums(body),
        shown_as="Payment",
    )


def bill_payment_effects(company: CompanyBooks, record: Record) -> Effects:
    """Return what a bill payment does: money goes out and its vendor is owed less."""
    body = record.body
    total: Decimal = body["TotalAmt"]
    amount = company.at_home(total, body)
    return Effects(
        postings=(
            Posting(paying_account(body), -amount),
            Posting(body["APAccountRef"]["value"], amount),
        ),
        owed=((body["VendorRef"]["value"], -total),),
        applied=_sums(body),
        shown_as=f"BillPayment{body['PayType']}",
    )


def unlink(company: CompanyBooks, payment: Record, txn_id: str) -> None:
    """Take the lines that pay ``txn_id`` out of a payment; they become unapplied."""
    lines = payment.body.get("Line", [])
    kept = [line for line in lines if line["LinkedTxn"][0]["TxnId"] != txn_id]
    payment.body["Line"] = kept
    if payment.entity.name == "Payment":
        freed = sum((_signed(part) for part in _sums({"Line": kept})), ZERO)
        payment.body["UnappliedAmt"] = payment.body["TotalAmt"] - freed
    payment.updated_at = company.moment()
    company.table(payment.entity.name).put(payment)
