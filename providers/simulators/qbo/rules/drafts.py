"""A write under way: what the record will hold, before anything is changed."""

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.entities.kinds import Entity
from providers.simulators.qbo.wire import errors
from providers.simulators.qbo.wire.dates import PACIFIC


@dataclass(slots=True)
class Draft:
    """The body that a create or update will store; rules complete it in place.

    Attributes:
        company: Company that the record belongs to.
        entity: Entity of the record.
        body: What will be stored.
        sent: Properties that the request had, cleared ones included.
        old: Record to be changed; None for a create.
        includes: Options of the ``include`` parameter.
    """

    company: CompanyBooks
    entity: Entity
    body: dict[str, Any]
    sent: Mapping[str, Any]
    old: Record | None = None
    includes: AbstractSet[str] = frozenset()

    @property
    def creating(self) -> bool:
        """Whether there is no record yet."""
        return self.old is None

    @property
    def unit(self) -> Decimal:
        """The smallest amount in the record's currency."""
        currency = self.reference("CurrencyRef") or self.company.home_currency
        return self.company.unit(currency)

    def default(self, name: str, value: Any) -> None:
        """Set ``name`` unless it has a value or there is none to set."""
        if value is not None and self.body.get(name) is None:
            self.body[name] = value

    def reference(self, name: str) -> str | None:
        """Return the id that a reference of the body holds."""
        held = self.body.get(name)
        return held["value"] if held else None

    def is_own(self, record: Record) -> bool:
        """Return whether ``record`` is the one being changed."""
        return self.old is not None and record.id == self.old.id


def check_period(company: CompanyBooks, day: str | None) -> None:
    """Check that the books are open on ``day``.

    Raises:
        QboRefused: 6210.
    """
    closed = company.books_closed_on
    if closed is not None and day is not None and date.fromisoformat(day) <= closed:
        raise errors.period_closed(closed.isoformat())


def today(company: CompanyBooks) -> str:
    """Return the server's date, which is that of the US Pacific coast."""
    return company.clock.now().astimezone(PACIFIC).date().isoformat()
