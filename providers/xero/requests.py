"""Which requests a list of writes makes; pure.

Creates are PUT, which only ever creates; a POST that named an existing number would change
that other record. What goes into one request is sorted by idempotency key, so that the same
documents in another order are the same request, byte for byte.

Source: Xero developer pages "Requests and Responses" and "Idempotency", read 2026-09.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

from providers.base import Operation, Write
from providers.errors import ProviderError
from providers.http import Call
from providers.quotas import CallKind
from providers.xero.company import Company
from providers.xero.mapping.account import from_account
from providers.xero.mapping.bill import from_bill
from providers.xero.mapping.catalogue import Resource, batch_limit, resource_of
from providers.xero.mapping.invoice import from_invoice
from providers.xero.mapping.item import from_item
from providers.xero.mapping.party import from_customer, from_vendor
from providers.xero.mapping.payment import from_payment, void as void_payment
from providers.xero.mapping.trade import void as void_trade
from providers.xero.preflight_errors import not_voidable, payment_immutable
from providers.xero.wire import API, Body, dumps
from schemas.documents.account import Account
from schemas.documents.bill import Bill
from schemas.documents.customer import Customer
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.payment import Payment
from schemas.documents.vendor import Vendor

# Answers of one shape: an element each, in order, whatever became of it.
_EACH_ELEMENT: Final = {"summarizeErrors": "false"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One element, for the write at ``position``."""

    position: int
    body: Body
    key: UUID


@dataclass(frozen=True, slots=True)
class Request:
    """One call to make: the same is done to all entries."""

    method: str
    path: str
    resource: Resource
    entries: tuple[Entry, ...]

    def call(self) -> Call:
        """Give the call; the same entries always give the same one."""
        bodies = [entry.body for entry in self.entries]
        return Call(
            method=self.method,
            path=self.path,
            kind=CallKind.WRITE,
            params={**_EACH_ELEMENT, **self.resource.params},
            headers={
                "Content-Type": "application/json",
                "Idempotency-Key": str(_joined([entry.key for entry in self.entries])),
            },
            content=dumps({self.resource.collection: bodies}),
        )

    def halves(self) -> tuple["Request", "Request"]:
        """Split the entries over two requests."""
        middle = len(self.entries) // 2
        first, second = self.entries[:middle], self.entries[middle:]
        return self._with(first), self._with(second)

    def _with(self, entries: tuple[Entry, ...]) -> "Request":
        return Request(self.method, self.path, self.resource, entries)


Refusals = dict[int, ProviderError]


def requests_for(
    operation: Operation, writes: Sequence[Write], company: Company
) -> tuple[list[Request], Refusals]:
    """Give the requests, in the order to make them, and by position what can't be sent.

    Where one position is in two requests, the second makes sense only after the first.
    """
    refusals: Refusals = {}
    groups: dict[Hashable, list[tuple[Write, Entry]]] = {}
    for position, write in enumerate(writes):
        try:
            for step, entry in enumerate(_entries(operation, position, write, company)):
                group = _group(operation, write, step, position)
                groups.setdefault(group, []).append((write, entry))
        except ProviderError as refusal:
            refusals[position] = refusal
    return [_request(operation, members) for members in groups.values()], refusals


def _group(operation: Operation, write: Write, step: int, position: int) -> Hashable:
    """Name the request that a write's entry belongs to."""
    alone = batch_limit(write.document_type, operation) == 1
    return resource_of(write).collection, step, position if alone else None


def _request(operation: Operation, members: Sequence[tuple[Write, Entry]]) -> Request:
    write = members[0][0]
    resource = resource_of(write)
    path = f"{API}/{resource.collection}"
    if batch_limit(write.document_type, operation) == 1 and write.external:
        path = f"{path}/{write.external.id}"
    return Request(
        method="PUT" if operation is Operation.CREATE else "POST",
        path=path,
        resource=resource,
        entries=tuple(sorted((entry for _, entry in members), key=lambda e: e.key)),
    )


def _entries(
    operation: Operation, position: int, write: Write, company: Company
) -> Iterator[Entry]:
    for step, body in enumerate(_BODIES[operation](write, company)):
        key = uuid5(write.idempotency_key, str(step)) if step else write.idempotency_key
        yield Entry(position, body, key)


def _created(write: Write, company: Company) -> tuple[Body, ...]:
    match write.document:
        case Customer() as customer:
            return (from_customer(customer, write),)
        case Vendor() as vendor:
            return (from_vendor(vendor, write),)
        case Item() as item:
            return (from_item(item, write, company),)
        case Account() as account:
            return from_account(account, write)
        case Invoice() as invoice:
            return (from_invoice(invoice, write, company),)
        case Bill() as bill:
            return (from_bill(bill, write, company),)
        case Payment() as payment:
            return (from_payment(payment, write, company),)
    raise TypeError(f"no mapping for {type(write.document).__name__}")


def _updated(write: Write, company: Company) -> tuple[Body, ...]:
    if isinstance(write.document, Payment):
        raise payment_immutable()
    return _created(write, company)


def _voided(write: Write, _company: Company) -> tuple[Body, ...]:
    match write.document:
        case Invoice() | Bill():
            return (void_trade(write),)
        case Payment():
            return (void_payment(write),)
    raise not_voidable(write.document_type.value)


_BODIES: Final[dict[Operation, Callable[[Write, Company], tuple[Body, ...]]]] = {
    Operation.CREATE: _created,
    Operation.UPDATE: _updated,
    Operation.VOID: _voided,
}


def _joined(keys: Sequence[UUID]) -> UUID:
    """Give one key for several: the same for the same ones in any order."""
    if len(keys) == 1:
        return keys[0]
    return uuid5(NAMESPACE_OID, "".join(sorted(str(key) for key in keys)))
