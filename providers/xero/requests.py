"""Which requests a list of writes makes; pure.

Creates are PUT, which only ever creates; a POST that named an existing number would change
that other record. What goes into one request is sorted by idempotency key, so that the same
documents in another order are the same request, byte for byte.

Source: Xero developer pages "Requests and Responses" and "Idempotency", read 2026-09.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

from providers.base import Operation, Write
from providers.errors import ProviderError
from providers.http import Call, Realm
from providers.parts import Body, create_body, update_body
from providers.quotas import CallKind
from providers.wire import to_json
from providers.xero.client import API
from providers.xero.mapping.books import XeroBooks, open_books
from providers.xero.mapping.catalogue import (
    BANK_TRANSACTIONS,
    Resource,
    batch_limit,
    parts_of,
    resource_of,
)
from providers.xero.mapping.payment import overpayment
from providers.xero.preflight_errors import not_in_use, not_voidable
from schemas.documents.account import Account
from schemas.documents.document import DocumentType
from schemas.documents.item import Item
from schemas.documents.party import Party
from schemas.documents.payment import Payment

# Answers of one shape: an element each, in order, whatever became of it.
_EACH_ELEMENT: Final = {"summarizeErrors": "false"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of a request.

    Attributes:
        position: Which write it is for, from 0.
        body: The element as it is sent.
        key: The idempotency key of this element.
    """

    position: int
    body: Body
    key: UUID


@dataclass(frozen=True, slots=True)
class Request:
    """One call to make: the same is done to all entries.

    Attributes:
        method: ``PUT`` to create, ``POST`` to change.
        path: The path, from the root of the API's host.
        resource: The collection that the entries belong to.
        entries: At least one, sorted by key.
    """

    method: str
    path: str
    resource: Resource
    entries: tuple[Entry, ...]

    def call(self) -> Call:
        """Return the call; the same entries always give the same one."""
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
            content=to_json({self.resource.collection: bodies}),
        )

    def halves(self) -> tuple["Request", "Request"]:
        """Split the entries over two requests."""
        middle = len(self.entries) // 2
        return self.of(self.entries[:middle]), self.of(self.entries[middle:])

    def of(self, entries: tuple[Entry, ...]) -> "Request":
        """Return the same request with some of its entries."""
        return replace(self, entries=entries)


Step = tuple[Resource, Body]
"""One element that a write makes or changes, and where it goes."""
Refusals = dict[int, ProviderError]


def requests_for(
    operation: Operation, writes: Sequence[Write], realm: Realm
) -> tuple[list[Request], Refusals]:
    """Return the requests, in the order to make them, and by position what can't be sent.

    Where one position is in two requests, the second makes sense only after the first.
    """
    refusals: Refusals = {}
    books = open_books(realm, {})
    groups: dict[tuple[int, Hashable], list[tuple[Write, Resource, Entry]]] = {}
    for position, write in enumerate(writes):
        try:
            own_books = books_of(write, books)
            steps = list(_entries(operation, position, write, own_books))
        except ProviderError as refusal:
            refusals[position] = refusal
            continue
        for step, (resource, entry) in enumerate(steps):
            group = step, _group(operation, write, resource, position)
            groups.setdefault(group, []).append((write, resource, entry))
    in_order = sorted(groups.items(), key=lambda group: group[0][0])
    return [_request(operation, members) for _, members in in_order], refusals


def books_of(write: Write, books: XeroBooks) -> XeroBooks:
    """Return what the mapping of this write may look up."""
    return replace(books, links=write.links, settled_currency=write.settled_currency)


def _group(operation: Operation, write: Write, resource: Resource, position: int) -> Hashable:
    """Return the name of the request of its step that a write's entry belongs to."""
    alone = batch_limit(write.document_type, operation) == 1
    return resource.collection, position if alone else None


def _request(operation: Operation, members: Sequence[tuple[Write, Resource, Entry]]) -> Request:
    write, resource, _ = members[0]
    path = f"{API}/{resource.collection}"
    if batch_limit(write.document_type, operation) == 1 and write.external:
        path = f"{path}/{write.external.id}"
    return Request(
        # A POST of a number that Xero knows would change that other document.
        method="PUT" if operation is Operation.CREATE else "POST",
        path=path,
        resource=resource,
        # In the order of their keys, so that a repeat is the same request byte for byte.
        entries=tuple(sorted((entry for *_, entry in members), key=lambda e: e.key)),
    )


def _entries(
    operation: Operation, position: int, write: Write, books: XeroBooks
) -> Iterator[tuple[Resource, Entry]]:
    for step, (resource, body) in enumerate(_STEPS[operation](write, books)):
        key = uuid5(write.idempotency_key, str(step)) if step else write.idempotency_key
        yield resource, Entry(position, body, key)


def _created(write: Write, books: XeroBooks) -> Sequence[Step]:
    document = write.document
    if isinstance(document, Payment):
        return _payment_created(write, document, books)
    parts = parts_of(document, books)
    if isinstance(document, Party | Item | Account) and not document.active:
        raise not_in_use(write.document_type)
    return ((resource_of(write), create_body(parts)),)


def _payment_created(write: Write, payment: Payment, books: XeroBooks) -> Sequence[Step]:
    """Return what settles invoices, then the overpayment, which only a person can take back."""
    steps: list[Step] = []
    if payment.allocations:
        steps.append((resource_of(write), create_body(parts_of(payment, books))))
    if rest := payment.unallocated:
        steps.append((BANK_TRANSACTIONS, overpayment(payment, rest, books)))
    return steps


def _updated(write: Write, books: XeroBooks) -> Sequence[Step]:
    parts = parts_of(write.document, books)
    resource = resource_of(write)
    return [
        (resource, _named(write) | update_body(parts, changed)) for changed in _calls(write)
    ]


def _calls(write: Write) -> Sequence[frozenset[str]]:
    """Return what changed by the call that carries it: an account's status needs its own."""
    if not isinstance(write.document, Account):
        return (write.changed,)
    status = write.changed & {"active"}
    return [changed for changed in (write.changed - status, status) if changed]


def _voided(write: Write, _books: XeroBooks) -> Sequence[Step]:
    if write.document_type not in VOID_STATUS:
        raise not_voidable(write.document_type)
    body = {**_named(write), "Status": VOID_STATUS[write.document_type]}
    return ((resource_of(write), body),)


def _named(write: Write) -> Body:
    """Return the member that names the record to be changed."""
    return {resource_of(write).id_field: write.external.id} if write.external else {}


VOID_STATUS: Final[Mapping[DocumentType, str]] = {
    DocumentType.INVOICE: "VOIDED",
    DocumentType.BILL: "VOIDED",
    DocumentType.PAYMENT: "DELETED",
}
"""The status that takes each out of the books; a deleted payment opens its invoices again."""

_STEPS: Final[dict[Operation, Callable[[Write, XeroBooks], Sequence[Step]]]] = {
    Operation.CREATE: _created,
    Operation.UPDATE: _updated,
    Operation.VOID: _voided,
}


def _joined(keys: Sequence[UUID]) -> UUID:
    """Return one key for several: the same for the same ones in any order."""
    if len(keys) == 1:
        return keys[0]
    return uuid5(NAMESPACE_OID, "".join(sorted(str(key) for key in keys)))
