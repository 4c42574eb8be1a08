"""Changing what a payment is in Xero, as far as that goes.

A payment, a batch and an overpayment can't be changed. What can be done: an overpayment that is
missing is made, and what is left of one settles further invoices. What is there is read first,
so that a repeat after a lost answer does nothing twice.

Source: Xero developer pages "Payments" and "Overpayments", read 2026-09.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5

from providers.base import Figures, Write, Written
from providers.errors import NeedsPerson, ProviderError
from providers.parts import Body
from providers.wire import Record
from providers.xero.client import API, XeroClient
from providers.xero.dates import to_date
from providers.xero.lookup.payments import overpayment_of
from providers.xero.mapping.books import XeroBooks
from providers.xero.mapping.catalogue import (
    ALLOCATIONS,
    BANK_TRANSACTIONS,
    OVERPAYMENTS,
    Resource,
    resource_of_payment,
)
from providers.xero.mapping.payment import overpayment
from providers.xero.markers import marked_reference
from providers.xero.preflight_errors import overpayment_stays, payment_immutable
from providers.xero.requests import Entry, Request
from providers.xero.results import VOID_STATUSES, amount, both, payment_link
from providers.xero.settled import compared
from providers.xero.write import send_all
from schemas.documents.document import DocumentType, Reference
from schemas.documents.payment import Payment
from schemas.money import ZERO

_GONE: Final = (*VOID_STATUSES, None)


@dataclass(frozen=True, slots=True)
class Standing:
    """What Xero has of a payment.

    Attributes:
        payment: The payment or batch payment; None where there is none.
        is_batch: Whether it is a batch payment.
        overpayment: The overpayment; None where there is none.
    """

    payment: Record | None
    is_batch: bool
    overpayment: Record | None

    @property
    def is_live(self) -> bool:
        """Whether anything is there, and nothing of it was deleted or voided."""
        parts = [part for part in (self.payment, self.overpayment) if part is not None]
        return bool(parts) and all(part.get("Status") not in _GONE for part in parts)

    @property
    def left(self) -> Decimal:
        """What of the overpayment can still settle invoices."""
        return amount(self.overpayment["RemainingCredit"]) if self.overpayment else ZERO

    def paid(self) -> Mapping[str, Decimal]:
        """Return what the payment itself settles of each invoice, by its id in lower case."""
        return _by_invoice(self._payments())

    def settled(self) -> Mapping[str, Decimal]:
        """Return the same with what the overpayment settles."""
        uses = (self.overpayment or {}).get("Allocations") or ()
        return _by_invoice([*self._payments(), *uses])

    def received(self, *, in_bank: bool) -> Decimal:
        """Return what was received in all; in the bank's currency where that is another."""
        field = "BankAmount" if in_bank else "Amount"
        paid = sum((amount(part[field]) for part in self._payments()), ZERO)
        return paid + (amount(self.overpayment["Total"]) if self.overpayment else ZERO)

    def says(self, payment: Payment, books: XeroBooks) -> bool:
        """Return whether date, reference and account are those of the document.

        A default account may be another one by now: it is of the settings.
        """
        parts = [part for part in (self.payment, self.overpayment) if part is not None]
        if any(to_date(part["Date"]) != payment.paid_on for part in parts):
            return False
        if self.payment is None:
            return True
        reference = marked_reference(payment.id, payment.reference)
        if self.payment.get("Reference") != reference:
            return False
        if payment.deposit_account_id is None:
            return True
        account = books.account_of_payment(payment.deposit_account_id)
        return any(self.payment["Account"].get(n) == value for n, value in account.items())

    def written(self) -> Written:
        """Return the payment as it is linked."""
        settled = resource_of_payment(self.is_batch).written(self.payment)
        advance = OVERPAYMENTS.written(self.overpayment)
        found = both(settled, advance) if settled and advance else settled or advance
        if found is None:
            raise payment_immutable()
        return found

    def _payments(self) -> Sequence[Record]:
        if self.payment is None:
            return ()
        found: Sequence[Record] = self.payment["Payments"] if self.is_batch else (self.payment,)
        return found


def _by_invoice(parts: Sequence[Record]) -> Mapping[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for part in parts:
        found[str(part["Invoice"]["InvoiceID"]).lower()] += amount(part["Amount"])
    return found


async def changed_payment(client: XeroClient, write: Write, books: XeroBooks) -> Written:
    """Bring a linked payment to what the platform says.

    Raises:
        NeedsPerson: ``payment_immutable``, it differs in what Xero can't change.
        ProviderError: a call failed.
    """
    payment = write.document
    if not isinstance(payment, Payment):
        raise TypeError(f"{type(payment).__name__} is no payment")
    standing = await _standing(client, write, payment)
    in_bank = bool(write.settled_currency)
    rest = payment.amount - standing.received(in_bank=in_bank)
    open_parts = _open_parts(standing, write, payment)
    _check(standing, payment, books, rest=rest, parts=open_parts, in_bank=in_bank)
    if rest:
        made = await _make_overpayment(client, write, overpayment(payment, rest, books))
        standing = replace(standing, overpayment=made)
    with _in_part(bool(rest)):
        await _allocate(client, standing, write, open_parts)
    left = standing.left - sum(open_parts.values(), ZERO)
    figures = Figures(standing.received(in_bank=in_bank), ZERO, left)
    return replace(standing.written(), figures=figures)


async def refuse_void_of_overpayment(client: XeroClient, write: Write) -> Written | None:
    """Return what a void comes to where the payment was nothing but an overpayment.

    ``None`` where there is something to delete, and nothing stands in its way.

    Raises:
        NeedsPerson: ``overpayment_stays``, only a person can void it.
    """
    link = payment_link(write.external) if write.external else None
    if link is None or not link.overpayment_id:
        return None
    record = await client.one(OVERPAYMENTS, link.overpayment_id)
    found = OVERPAYMENTS.written(record)
    if record is not None and found is not None and not found.voided:
        total = amount(record["Total"])
        raise overpayment_stays(total, total - amount(record["RemainingCredit"]))
    if link.payment_id or write.external is None:
        return None
    return found or Written(write.external, voided=True)


async def _standing(client: XeroClient, write: Write, payment: Payment) -> Standing:
    """Read what is linked; an overpayment that is not linked may be there by our mark."""
    if write.external is None:
        raise payment_immutable()
    link = payment_link(write.external)
    settled = None
    if link.payment_id:
        settled = await client.one(resource_of_payment(link.is_batch), link.payment_id)
    standing = Standing(settled, link.is_batch, None)
    if link.overpayment_id:
        return replace(
            standing, overpayment=await client.one(OVERPAYMENTS, link.overpayment_id)
        )
    if standing.received(in_bank=bool(write.settled_currency)) == payment.amount:
        return standing
    return replace(standing, overpayment=await overpayment_of(client, write, payment))


def _open_parts(standing: Standing, write: Write, payment: Payment) -> dict[str, Decimal]:
    """Return what is still to be settled, by the id of the invoice.

    Raises:
        NeedsPerson: ``payment_immutable``, the payment itself settles more than it is to.
    """
    wanted: dict[str, Decimal] = {}
    for allocation in payment.allocations:
        invoice = write.links[Reference(DocumentType.INVOICE, allocation.invoice_id)]
        currency = write.settled_currency or payment.currency
        wanted[invoice.id.lower()] = payment.settles(allocation, currency)
    if any(part > wanted.get(i, ZERO) for i, part in standing.paid().items()):
        raise payment_immutable()
    settled = standing.settled()
    return {i: part - settled[i] for i, part in wanted.items() if part > settled[i]}


def _check(
    standing: Standing,
    payment: Payment,
    books: XeroBooks,
    *,
    rest: Decimal,
    parts: Mapping[str, Decimal],
    in_bank: bool,
) -> None:
    """Stop what an overpayment can't bring about.

    Args:
        rest: What of the amount is not in Xero.
        parts: What is still to be settled.
        in_bank: Whether the invoices are in another currency, so that no overpayment of this
            payment's can settle them.

    Raises:
        NeedsPerson: ``payment_immutable``.
    """
    one_rest = rest == ZERO or (rest > ZERO and standing.overpayment is None)
    enough = sum(parts.values(), ZERO) <= standing.left + rest
    fits = one_rest and enough and not (in_bank and parts)
    if not (fits and standing.is_live and standing.says(payment, books)):
        raise payment_immutable()


async def _make_overpayment(client: XeroClient, write: Write, body: Body) -> Record | None:
    key = uuid5(write.idempotency_key, "overpayment")
    made = await _sent(client, BANK_TRANSACTIONS, BANK_TRANSACTIONS.collection, body, key)
    with _in_part(True):
        return await client.one(OVERPAYMENTS, made.external.id)


async def _allocate(
    client: XeroClient, standing: Standing, write: Write, parts: Mapping[str, Decimal]
) -> None:
    """Settle invoices by the overpayment."""
    settled = standing.settled()
    for done, (invoice_id, part) in enumerate(sorted(parts.items())):
        if standing.overpayment is None:
            raise payment_immutable()
        collection = f"{OVERPAYMENTS.collection}/{standing.overpayment['OverpaymentID']}"
        key = uuid5(write.idempotency_key, f"{invoice_id} {part}")
        body = {"Invoice": {"InvoiceID": invoice_id}, "Amount": part}
        with _in_part(done > 0):
            try:
                await _sent(client, ALLOCATIONS, f"{collection}/Allocations", body, key)
            except NeedsPerson as refused:
                before = settled.get(invoice_id, ZERO)
                raise await compared(
                    client, refused, invoice_id, before + part, before=before
                ) from None


@contextmanager
def _in_part(wrote: bool) -> Iterator[None]:
    """Mark an error of a step where steps before it changed the ledger."""
    try:
        yield
    except ProviderError as error:
        error.written_in_part = error.written_in_part or wrote
        raise


async def _sent(
    client: XeroClient, resource: Resource, collection: str, body: Body, key: UUID
) -> Written:
    """Make one record.

    Raises:
        ProviderError: it was not made.
    """
    request = Request("PUT", f"{API}/{collection}", resource, (Entry(0, body, key),))
    result = (await send_all(client, [request]))[0]
    if isinstance(result, ProviderError):
        raise result
    return result
