"""A company: its tables, its sequences of ids and numbers, its preferences."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from providers.simulators.clock import SimulatorClock
from providers.simulators.minor_units import to_unit, unit_of
from providers.simulators.qbo.books.table import EntityTable, Record
from providers.simulators.qbo.config import CompanySpec, QboSwitches
from providers.simulators.qbo.entities.catalogue import ENTITIES, PEOPLE
from providers.simulators.qbo.entities.kinds import Entity
from providers.simulators.qbo.wire import errors
from providers.simulators.write_log import WriteLog

CURRENCIES = {"US": "USD", "GB": "GBP", "AU": "AUD", "CA": "CAD"}
ADDRESSES = "addresses"
LAST_SEEDED_ADDRESS = 1  # that of the company itself
FIRST_CLASS_ID = 5_000_000_000_000_142_240
CURRENCY_NAMES = {
    "USD": "United States Dollar",
    "GBP": "British Pound Sterling",
    "EUR": "Euro",
    "AUD": "Australian Dollar",
    "CAD": "Canadian Dollar",
}


class CompanyBooks:
    """The books of one company file.

    Attributes:
        switches: Positions on what is undocumented; replaced when they change.
        lapsed: Whether the subscription has ended, so that every call is refused with 6190.
        next_number: Number that the next sales form is given.
        log: Every write that was committed.
    """

    def __init__(
        self, realm: str, spec: CompanySpec, clock: SimulatorClock, switches: QboSwitches
    ) -> None:
        self.realm = realm
        self.spec = spec
        self.clock = clock
        self.switches = switches
        self.lapsed = False
        self.next_number = 1001
        self.log = WriteLog()
        self.books_closed_on: date | None = spec.books_closed_on
        self._tables = {name: EntityTable(entity) for name, entity in ENTITIES.items()}
        self._sequences: dict[str, int] = {}

    @property
    def is_us(self) -> bool:
        """Whether sales tax is the automated one of the United States."""
        return self.spec.country == "US"

    @property
    def home_currency(self) -> str:
        """ISO code of the currency of the books."""
        return self.spec.currency or CURRENCIES[self.spec.country]

    def table(self, name: str) -> EntityTable:
        """Return the table of the entity ``name``."""
        return self._tables[name]

    def tables(self) -> Iterable[EntityTable]:
        """Return every table."""
        return self._tables.values()

    def moment(self) -> datetime:
        """Return now, in whole seconds as QuickBooks keeps times."""
        return self.clock.now().replace(microsecond=0)

    def next_id(self, entity: Entity) -> str:
        """Draw an id. Transactions share a sequence, and so do people."""
        start = (
            FIRST_CLASS_ID
            if entity.name == "Class" and self.switches.class_ids == "long"
            else 0
        )
        return self._draw(entity.sequence, start)

    def next_address_id(self) -> str:
        """Draw the id of an address; each has one of its own, whatever it stands on."""
        return self._draw(ADDRESSES, LAST_SEEDED_ADDRESS)

    def _draw(self, sequence: str, start: int) -> str:
        number = self._sequences.get(sequence, start) + 1
        self._sequences[sequence] = number
        return str(number)

    def reserve_ids(self, sequence: str, up_to: int) -> None:
        """Keep ids up to ``up_to`` out of use: the next id of ``sequence`` is above."""
        self._sequences[sequence] = max(up_to, self._sequences.get(sequence, 0))

    def record(self, name: str, record_id: str) -> Record:
        """Return a record.

        Raises:
            QboRefused: 610, there is none.
        """
        found = self.table(name).get(record_id)
        if found is None:
            raise errors.not_found()
        return found

    def person(self, record_id: str) -> Record | None:
        """Return the customer, vendor or employee with this id."""
        found = (self.table(name).get(record_id) for name in PEOPLE)
        return next((record for record in found if record is not None), None)

    def named(self, display_name: str) -> Iterator[Record]:
        """Yield the customers, vendors and employees with this display name."""
        for name in PEOPLE:
            yield from self.table(name).find("DisplayName", display_name)

    def account_id(self, subtype: str) -> str:
        """Return the first account of the subtype; every company is seeded with those used.

        Raises:
            QboRefused: 6000, the account was given another subtype.
        """
        for record in self.table("Account").find("AccountSubType", subtype):
            return record.id
        raise errors.business(f"This company has no account of type {subtype}.")

    def currency_ref(self, code: str | None = None) -> dict[str, Any]:
        """Return the reference to a currency, the home currency by default."""
        code = code or self.home_currency
        return {"value": code, "name": CURRENCY_NAMES.get(code, code)}

    def unit(self, currency: str) -> Decimal:
        """Return the smallest amount in a currency."""
        return unit_of(currency, self.switches.minor_units)

    def at_home(self, amount: Decimal, body: Mapping[str, Any]) -> Decimal:
        """Return an amount of a document in the home currency."""
        return to_unit(amount * self.rate_of(body), self.unit(self.home_currency))

    def rate_of(self, body: Mapping[str, Any]) -> Decimal:
        """Return home units per unit of the document's currency; 1 for the home currency."""
        currency = body.get("CurrencyRef", {}).get("value", self.home_currency)
        if currency == self.home_currency:
            return Decimal(1)
        return Decimal(body.get("ExchangeRate") or 1)
