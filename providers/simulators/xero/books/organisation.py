"""One organisation: its books, its settings, and its clock."""

import uuid
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

from providers.simulators.clock import SimulatorClock
from providers.simulators.minor_units import unit_of
from providers.simulators.xero.books import seed as seeds
from providers.simulators.xero.books.credits import (
    CREDIT_KINDS,
    CREDIT_NOTE,
    OVERPAYMENT,
    PREPAYMENT,
    CreditKind,
    kind_of,
)
from providers.simulators.xero.books.history import CATEGORIES, XeroChangeEvent
from providers.simulators.xero.books.table import IndexKey, Record, RecordTable, plain
from providers.simulators.xero.config import OrganisationSpec, XeroSwitches
from providers.simulators.xero.wire.dates import to_milliseconds

_ZONES = {"NZ": "Pacific/Auckland", "GB": "Europe/London", "AU": "Australia/Sydney"}
_DEAD = frozenset({"VOIDED", "DELETED"})


def _by(*path: str) -> IndexKey:
    """Return an index of records by the text at ``path``, whatever the case of its letters."""

    def key(record: Record) -> Hashable | None:
        value: object = record
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return str(value).casefold() if value else None

    return key


def _path(kind: CreditKind) -> str:
    """Return the name of the index that finds uses of a credit."""
    return f"{kind.name}.{kind.id_field}".lower()


def _active_name(contact: Record) -> Hashable | None:
    return contact["Name"].casefold() if contact["ContactStatus"] == "ACTIVE" else None


def _unique_number(number_field: str, sales_type: str, reuse: Callable[[], bool]) -> IndexKey:
    """Return an index of sales documents by number: only they have unique ones.

    ``reuse`` returns, whenever a document is saved, whether it frees its number when it ends.
    """

    def key(document: Record) -> Hashable | None:
        # Whether a voided number is free again is not documented.
        freed = document["Status"] in _DEAD and reuse()
        return document[number_field] if document["Type"] == sales_type and not freed else None

    return key


class OrganisationBooks:
    """The books of one tenant."""

    def __init__(
        self,
        seed: OrganisationSpec,
        switches: XeroSwitches,
        clock: SimulatorClock,
        *,
        on_change: Callable[[XeroChangeEvent], None],
    ) -> None:
        self.tenant_id = (seed.tenant_id or str(uuid.uuid4())).lower()
        self.switches = switches
        self.country = seed.country
        self.clock = clock
        self._on_change = on_change
        self._zone = ZoneInfo(_ZONES[seed.country])
        self.profiles = RecordTable("OrganisationID")
        self.profile = self.profiles.put(
            seeds.profile(seed, tenant_id=self.tenant_id, at=self.now())
        )
        self.rates = {self.base_currency: Decimal(1), **seed.foreign_currencies}
        self._open_settings()
        self._open_documents()
        self._open_settlements()
        self._seed_settings(seed)

    def _open_settings(self) -> None:
        self.accounts = RecordTable(
            "AccountID", indexes={"code": _by("Code"), "name": _by("Name")}
        )
        self.items = RecordTable("ItemID", indexes={"code": _by("Code")})
        self.tax_rates = RecordTable("TaxType", indexes={"name": _by("Name")})
        self.currencies = RecordTable("Code")
        self.tracking = RecordTable("TrackingCategoryID", indexes={"name": _by("Name")})
        self.contacts = self._announced(
            "ContactID",
            active_name=_active_name,
            name=lambda contact: plain(contact["Name"]),
            contactnumber=_by("ContactNumber"),
            accountnumber=_by("AccountNumber"),
            emailaddress=_by("EmailAddress"),
        )

    def _open_documents(self) -> None:
        def reuse() -> bool:
            return self.switches.reuse_voided_numbers

        contact: dict[str, IndexKey] = {"contact.contactid": _by("Contact", "ContactID")}
        self.invoices = self._announced(
            "InvoiceID",
            unique_number=_unique_number("InvoiceNumber", "ACCREC", reuse),
            invoicenumber=_by("InvoiceNumber"),
            reference=_by("Reference"),
            **contact,
        )
        self.credit_notes = self._announced(
            "CreditNoteID",
            unique_number=_unique_number("CreditNoteNumber", "ACCRECCREDIT", reuse),
            creditnotenumber=_by("CreditNoteNumber"),
            **contact,
        )
        self.bank_transactions = RecordTable("BankTransactionID", indexes=contact)
        self.overpayments = RecordTable("OverpaymentID", indexes=contact)
        self.prepayments = RecordTable("PrepaymentID", indexes=contact)

    def _open_settlements(self) -> None:
        self.payments = RecordTable(
            "PaymentID",
            indexes={
                "invoice.invoiceid": _by("Invoice", "InvoiceID"),
                **{_path(kind): _by(kind.name, kind.id_field) for kind in CREDIT_KINDS},
                "batchpaymentid": _by("BatchPaymentID"),
                "reference": _by("Reference"),
            },
        )
        self.batch_payments = RecordTable(
            "BatchPaymentID", indexes={"reference": _by("Reference")}
        )
        self.allocations = RecordTable(
            "AllocationID",
            indexes={
                "invoice": _by("Invoice", "InvoiceID"),
                **{_path(kind): _by(kind.name, kind.id_field) for kind in CREDIT_KINDS},
            },
        )

    def _announced(self, id_field: str, **indexes: IndexKey) -> RecordTable:
        """Return a table whose changes webhooks announce."""

        def announce(record: Record, created: bool) -> None:
            change = XeroChangeEvent(
                self.tenant_id, CATEGORIES[id_field], record[id_field], created, self.now()
            )
            self._on_change(change)

        return RecordTable(id_field, indexes=indexes, on_change=announce)

    def _seed_settings(self, seed: OrganisationSpec) -> None:
        now = self.now()
        for account in seeds.accounts(seed.country, at=now):
            self.accounts.put(account)
        for rate in seeds.tax_rates(seed.country):
            self.tax_rates.put({**rate, "UpdatedDateUTC": now})
        for category in seeds.tracking(seed):
            self.tracking.put({**category, "UpdatedDateUTC": now})
        for code in self.rates:
            self.currencies.put({"Code": code, "Description": code, "UpdatedDateUTC": now})
        self._invoice_numbers = count(1)
        self._credit_note_numbers = count(1)

    def unit(self, currency: str) -> Decimal:
        """Return the smallest amount in a currency."""
        return unit_of(currency, self.switches.minor_units)

    def credits(self, kind: CreditKind) -> RecordTable:
        """Return the table of a kind of credit."""
        tables = {
            CREDIT_NOTE: self.credit_notes,
            OVERPAYMENT: self.overpayments,
            PREPAYMENT: self.prepayments,
        }
        return tables[kind]

    def allocations_of(self, credit: Record) -> Iterable[Record]:
        """Return the uses of a credit for invoices."""
        kind = kind_of(credit)
        return self.allocations.found(_path(kind), credit[kind.id_field])

    def refunds_of(self, credit: Record) -> list[Record]:
        """Return the payments that give a credit back and were not deleted."""
        kind = kind_of(credit)
        found = self.payments.found(_path(kind), credit[kind.id_field])
        return [payment for payment in found if payment["Status"] == "AUTHORISED"]

    @property
    def name(self) -> str:
        """The organisation's name."""
        return str(self.profile["Name"])

    @property
    def base_currency(self) -> str:
        """The currency of the books."""
        return str(self.profile["BaseCurrency"])

    def now(self) -> datetime:
        """Return the simulated moment, to the millisecond, as stamps have it."""
        return to_milliseconds(self.clock.now())

    def today(self) -> date:
        """Return the date in the organisation's own time zone."""
        return self.clock.now().astimezone(self._zone).date()

    def set_locks(self, *, period: date | None, end_of_year: date | None) -> None:
        """Move both lock dates; None lifts one."""
        self.profile |= {"PeriodLockDate": period, "EndOfYearLockDate": end_of_year}

    def payments_of_batch(self, batch: Record) -> list[Record]:
        """Return the payments that a batch payment made."""
        return list(self.payments.found("batchpaymentid", batch["BatchPaymentID"]))

    def next_invoice_number(self) -> str:
        """Return the next sales invoice number that is not in use."""
        return _first_free("INV-", self._invoice_numbers, self._is_used_by(self.invoices))

    def next_credit_note_number(self) -> str:
        """Return the next sales credit note number that is not in use."""
        return _first_free(
            "CN-", self._credit_note_numbers, self._is_used_by(self.credit_notes)
        )

    @staticmethod
    def _is_used_by(table: RecordTable) -> Callable[[str], bool]:
        return lambda number: table.first("unique_number", number) is not None


def _first_free(prefix: str, numbers: Iterator[int], used: Callable[[str], bool]) -> str:
    return next(n for n in (f"{prefix}{i:04}" for i in numbers) if not used(n))
