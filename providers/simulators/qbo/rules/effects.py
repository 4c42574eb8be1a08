"""What a transaction does to the rest of the company, as a value, and how it is carried out.

An update carries out the difference between the new effects and the old; a delete and a
void take the old ones back. Debits are positive.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import AppliedBy, Record
from providers.simulators.qbo.entities.account_types import BALANCE_SHEET, DEBIT_NORMAL

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount in an account.

    Attributes:
        account_id: Account that is posted to.
        amount: Amount in home currency; debits are positive.
    """

    account_id: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class AppliedTo:
    """An amount that this transaction takes off another one's balance.

    Attributes:
        entity: Entity of the other transaction.
        txn_id: Id of the other transaction.
        amount: Amount in the currency of the document, above zero.
    """

    entity: str
    txn_id: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything that a transaction does to other records.

    Attributes:
        postings: What is posted, by account; an account may stand more than once.
        owed: Person and amount by which the person's balance grows, in the document's
            currency.
        quantities: Item and quantity by which its stock grows.
        applied: What is taken off the balances of other transactions.
        shown_as: What ``LinkedTxn`` of those transactions calls this one.
    """

    postings: tuple[Posting, ...] = ()
    owed: tuple[tuple[str, Decimal], ...] = ()
    quantities: tuple[tuple[str, Decimal], ...] = ()
    applied: tuple[AppliedTo, ...] = ()
    shown_as: str = ""


NOTHING = Effects()


def carry_out(company: CompanyBooks, txn_id: str, before: Effects, after: Effects) -> None:
    """Bring the company from the effects ``before`` to those ``after``."""
    for account_id, amount in _difference(
        ((p.account_id, p.amount) for p in before.postings),
        ((p.account_id, p.amount) for p in after.postings),
    ):
        _post(company, account_id, amount)
    for person_id, amount in _difference(before.owed, after.owed):
        _owe(company, person_id, amount)
    for item_id, quantity in _difference(before.quantities, after.quantities):
        _stock(company, item_id, quantity)
    _apply(company, txn_id, before, after)


def _difference(
    before: Iterable[tuple[str, Decimal]], after: Iterable[tuple[str, Decimal]]
) -> list[tuple[str, Decimal]]:
    change: defaultdict[str, Decimal] = defaultdict(Decimal)
    for key, amount in after:
        change[key] += amount
    for key, amount in before:
        change[key] -= amount
    return [(key, amount) for key, amount in change.items() if amount]


def _post(company: CompanyBooks, account_id: str, amount: Decimal) -> None:
    account = company.table("Account").get(account_id)
    # Only balance sheet accounts carry a balance.
    if account is None or account.body["Classification"] not in BALANCE_SHEET:
        return
    if account.body["Classification"] not in DEBIT_NORMAL:
        amount = -amount
    account.body["CurrentBalance"] += amount
    while account is not None:
        account.body["CurrentBalanceWithSubAccounts"] += amount
        account = _parent(company, account)


def _parent(company: CompanyBooks, record: Record) -> Record | None:
    parent = record.body.get("ParentRef")
    return company.table(record.entity.name).get(parent["value"]) if parent else None


def _owe(company: CompanyBooks, person_id: str, amount: Decimal) -> None:
    person = company.person(person_id)
    if person is None:
        return
    person.body["Balance"] = person.body.get("Balance", ZERO) + amount
    _touch_name(company, person)
    if person.entity.name != "Customer":
        return
    above: Record | None = person
    while above is not None:
        above.body["BalanceWithJobs"] = above.body.get("BalanceWithJobs", ZERO) + amount
        above = _parent(company, above)


def _stock(company: CompanyBooks, item_id: str, quantity: Decimal) -> None:
    item = company.table("Item").get(item_id)
    if item is not None and "QtyOnHand" in item.body:
        item.body["QtyOnHand"] += quantity
        _touch_name(company, item)


def _touch_name(company: CompanyBooks, record: Record) -> None:
    if company.switches.balance_touches_names:
        touch(company, record)


def touch(company: CompanyBooks, record: Record) -> None:
    """Mark the record as changed now."""
    record.updated_at = company.moment()
    company.table(record.entity.name).put(record)


def _apply(company: CompanyBooks, txn_id: str, before: Effects, after: Effects) -> None:
    # Targets of before and after both: a link that is taken away frees its document.
    targets = {(part.entity, part.txn_id): ZERO for part in (*before.applied, *after.applied)}
    for part in after.applied:
        targets[part.entity, part.txn_id] += part.amount
    for (entity, target_id), amount in targets.items():
        target = company.table(entity).get(target_id)
        if target is None:
            continue
        target.applied.pop(txn_id, None)
        if amount:
            target.applied[txn_id] = AppliedBy(after.shown_as, amount)
        settle(company, target)
        if company.switches.link_bumps_sync_token:
            target.sync_token += 1
        touch(company, target)


def settle(company: CompanyBooks, record: Record) -> None:
    """Compute what is still open of an invoice, credit memo or bill."""
    open_amount = (
        record.body["TotalAmt"]
        - record.body.get("Deposit", ZERO)
        - sum((part.amount for part in record.applied.values()), ZERO)
    )
    record.body["Balance"] = open_amount
    if "HomeBalance" in record.body:
        record.body["HomeBalance"] = company.at_home(open_amount, record.body)
    if record.entity.name == "CreditMemo":
        record.body["RemainingCredit"] = open_amount
