"""A simulator's books, and what a platform expects to find in them, in the same words."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from schemas.documents.account import Account
from schemas.documents.customer import Customer
from schemas.documents.document import Document, DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.payment import Payment
from tests.chaos.platform import Owner, Platform
from tests.fakes.served import QBO, XERO, Simulated

_MARK: Final = re.compile(r"ledgerlane:(\S+)")
_OUT: Final = frozenset({"voided", "VOIDED", "DELETED"})


class Line(NamedTuple):
    """A record of a ledger with all that its newest state shows in."""

    type: DocumentType
    key: str
    total: Decimal = Decimal(0)


class Place(NamedTuple):
    """Where a record stands in a ledger; an id may come in several sections."""

    section: str
    id: str


Read = Iterator[tuple[Place, Line]]


@dataclass(frozen=True, slots=True)
class Books:
    """One connected company, as the simulator holds it.

    Attributes:
        seeded: What was there before, by section and id.
        default: Whether documents that name no realm belong here.
    """

    simulator: Simulated
    tenant: str
    realm: str
    seeded: frozenset[Place] = field(repr=False)
    default: bool = True

    @property
    def owners(self) -> tuple[Owner, ...]:
        """Whose documents belong here."""
        own = Owner(self.tenant, self.realm)
        return (own, Owner(self.tenant)) if self.default else (own,)

    def held(self) -> Counter[Line]:
        """Read every record that is not the company's own; a repeated one counts twice."""
        told = self.simulator.control(f"ledger/{self.realm}")["entities"]
        read = _READERS[self.simulator.name]
        return Counter(line for place, line in read(told) if place not in self.seeded)

    def expected(self, platform: Platform) -> Counter[Line]:
        """Return what the platform's newest documents look like here."""
        return Counter(_line(document) for _, document in platform.of(*self.owners))

    def duplicates(self) -> list[Any]:
        """Name what the simulator saw created more than once."""
        writes = self.simulator.control("stats")["writes"]
        found: list[Any] = writes[self.realm]["duplicates"]
        return found

    def traffic(self) -> Mapping[str, int]:
        """Return the simulator's figures on this company's calls."""
        found: Mapping[str, int] = self.simulator.control("stats")["realms"].get(self.realm, {})
        return found

    def calls(self) -> int:
        """Count the calls that this company has seen."""
        return self.traffic().get("requests", 0)

    def operations(self, ending: str) -> int:
        """Count the writes whose name ends so: ``created``, or nothing for all of them."""
        writes = self.simulator.control("stats")["writes"][self.realm]["operations"]
        return sum(count for name, count in writes.items() if name.endswith(ending))


def records_of(simulator: Simulated, realm: str) -> Iterator[Place]:
    """Name every record of a company."""
    told = simulator.control(f"ledger/{realm}")["entities"]
    for section, found in told.items():
        yield from (Place(section, one["id"]) for one in found["documents"])


def _line(document: Document) -> Line:
    match document:
        case Customer(name=name):
            return Line(DocumentType.CUSTOMER, name)
        case Account(name=name):
            return Line(DocumentType.ACCOUNT, name)
        case Item(name=name):
            return Line(DocumentType.ITEM, name)
        case Invoice(number=number):
            return Line(DocumentType.INVOICE, number, document.totals().total)
        case Payment(id=id_, amount=amount):
            return Line(DocumentType.PAYMENT, id_, amount)
    raise TypeError(type(document).__name__)


def _qbo(told: Mapping[str, Any]) -> Read:
    for place, one in _live(told, "Customer"):
        yield place, Line(DocumentType.CUSTOMER, one["label"])
    for place, one in _live(told, "Item"):
        yield place, Line(DocumentType.ITEM, one["label"])
    for place, one in _live(told, "Account"):
        yield place, Line(DocumentType.ACCOUNT, one["label"])
    for place, one in _live(told, "Invoice"):
        yield place, Line(DocumentType.INVOICE, one["label"], _total(one))
    for place, one in _live(told, "Payment"):
        yield place, Line(DocumentType.PAYMENT, _mark(one["private_note"]), _total(one))


def _xero(told: Mapping[str, Any]) -> Read:
    for place, one in _live(told, "Contacts"):
        yield place, Line(DocumentType.CUSTOMER, one["name"])
    for place, one in _live(told, "Items"):
        yield place, Line(DocumentType.ITEM, one["name"])
    for place, one in _live(told, "Accounts"):
        yield place, Line(DocumentType.ACCOUNT, one["name"])
    for place, one in _live(told, "Invoices"):
        yield place, Line(DocumentType.INVOICE, one["number"], _total(one))
    for place, one in _live(told, "Payments"):
        yield place, Line(DocumentType.PAYMENT, _mark(one["reference"]), _total(one))


def _live(told: Mapping[str, Any], section: str) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    for one in told[section]["documents"]:
        if one["status"] not in _OUT:
            yield Place(section, one["id"]), one


def _total(one: Mapping[str, Any]) -> Decimal:
    return Decimal(str(one["total"]))


def _mark(note: str | None) -> str:
    found = _MARK.search(note or "")
    return found[1] if found else ""


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Read]]] = {QBO: _qbo, XERO: _xero}
