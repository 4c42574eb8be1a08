"""Generated documents: parties, items, lines, invoices, bills. Pure for a given seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from gateway.demo.business.platform_tax import TaxRounding, rounding_of, with_figures
from gateway.demo.business.sample_names import (
    CITIES,
    FAMILY,
    FIRST,
    GIVEN,
    ITEMS,
    SECOND,
    VENDOR_SECOND,
)
from gateway.demo.business.scenario import Tenant
from gateway.demo.business.seeded_random import SeededRandom
from schemas.documents.account import Account, AccountKind
from schemas.documents.bill import Bill
from schemas.documents.customer import Customer
from schemas.documents.document import Address, Document, Status
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item, ItemKind
from schemas.documents.lines import Discount, Line, TaxMode
from schemas.documents.totals import totals
from schemas.documents.vendor import Vendor
from schemas.money import round_money

_PERCENTS: Final = (Decimal(5), Decimal(10), Decimal("12.5"), Decimal("33.3333"))
_ROUNDINGS: Final = (
    *(TaxRounding.UNSTATED, TaxRounding.UNSTATED),
    *(TaxRounding.LINE, TaxRounding.RATE, TaxRounding.TOTAL),
)
_NUMBERS_AND_NAMES: Final = ("number", "code", "name")  # the fields that blanks get around


@dataclass(slots=True)
class Numbers:
    """Consecutive numbers by kind, from 1."""

    last: dict[str, int]

    def next(self, kind: str) -> int:
        """Return the next number of a kind."""
        self.last[kind] = self.last.get(kind, 0) + 1
        return self.last[kind]


class DocumentFactory:
    """Generates the documents of one tenant."""

    def __init__(self, tenant: Tenant, rng: SeededRandom, *, today: date) -> None:
        self._tenant = tenant
        self._rng = rng
        self._today = today
        self._numbers = Numbers({})

    def identify(self, kind: str) -> tuple[str, int]:
        """Return the next id of a kind of document, and its number."""
        number = self._numbers.next(kind)
        return f"{self._tenant.prefix}-{kind}-{number:05d}", number

    def accounts(self) -> list[Account]:
        """Return the tenant's chart of accounts."""
        return [
            Account(
                id=self.identify("acc")[0], code=entry.code, name=entry.name, kind=entry.kind
            )
            for entry in self._tenant.chart
        ]

    def customer(self) -> Customer:
        """Return a new customer."""
        id_, number = self.identify("cus")
        return Customer(
            **self._party(id_, _name(SECOND, number)), currency=self._currency_of(number)
        )

    def vendor(self) -> Vendor:
        """Return a new vendor."""
        id_, number = self.identify("ven")
        said = self._party(id_, _name(VENDOR_SECOND, number))
        return Vendor(
            **said,
            account_number=f"A-{1000 + number}",
            currency=self._currency_of(number),
        )

    def _currency_of(self, number: int) -> str:
        """Return the currency of a party: every second one is abroad, if any is."""
        abroad, turn = self._tenant.foreign, number // 2 - 1
        is_abroad = bool(abroad) and number % 2 == 0
        return abroad[turn % len(abroad)].code if is_abroad else self._tenant.currency

    def _party(self, id_: str, name: str) -> dict[str, Any]:
        rng = self._rng
        given, family = rng.one_of(GIVEN), rng.one_of(FAMILY)
        return {
            "id": id_,
            "name": name,
            "given_name": given,
            "family_name": family,
            "email": self._email(id_),
            "phone": f"020 {rng.between(100, 999)} {rng.between(1000, 9999)}",
            "address": Address(
                lines=(f"{rng.between(1, 180)} High Street",),
                city=rng.one_of(CITIES),
                postal_code=str(rng.between(1000, 9999)),
            ),
        }

    def _email(self, id_: str) -> str:
        """Return one address, or several as people write them into one field."""
        one = f"accounts@{id_}.example.com"
        return f"{one}, office@{id_}.example.com" if self._rng.chance(0.2) else one

    def item(self, accounts: Sequence[Account]) -> Item:
        """Return a new item."""
        id_, number = self.identify("itm")
        rng = self._rng
        name, series = ITEMS[(number - 1) % len(ITEMS)], (number - 1) // len(ITEMS)
        price = rng.price()
        return Item(
            id=id_,
            code=f"{self._tenant.prefix.upper()}-{number:03d}",
            name=f"{name} {series + 1}" if series else name,
            description=f"{name}, as agreed",
            kind=rng.one_of((ItemKind.SERVICE, ItemKind.GOODS)),
            sales_price=price,
            purchase_price=round_money(price * Decimal("0.6"), self._tenant.currency),
            income_account_id=rng.one_of(of_kind(accounts, AccountKind.REVENUE)).id,
            expense_account_id=of_kind(accounts, AccountKind.DIRECT_COST)[0].id,
        )

    def invoice(self, customer: Customer, items: Sequence[Item], *, status: Status) -> Invoice:
        """Return a new invoice of one to six lines."""
        id_, number = self.identify("inv")
        issued_on = self._some_day()
        mode = self._tax_mode(taxed=True)
        currency = customer.currency or self._tenant.currency
        lines = tuple(
            self._sales_line(i, self._rng.one_of(items), mode, currency)
            for i in range(1, self._rng.between(1, 6) + 1)
        )
        invoice = Invoice(
            id=id_,
            number=f"{self._tenant.prefix.upper()}-{number:05d}",
            customer_id=customer.id,
            issued_on=issued_on,
            due_on=issued_on + timedelta(days=self._rng.one_of((0, 14, 30))),
            currency=currency,
            tax_mode=mode,
            lines=lines,
            discount=self._document_discount(lines, mode, currency),
            reference=self._orders(),
            status=status,
        )
        return with_figures(invoice, self._rng.one_of(_ROUNDINGS))

    def _orders(self) -> str:
        """Return a reference: none, an order's number, or those of a whole season."""
        count = self._rng.one_of((0, 0, 0, 0, 1, 1, 1, 1, 40))
        return ", ".join(f"PO {self._rng.between(100, 999)}" for _ in range(count))

    def bill(self, vendor: Vendor, accounts: Sequence[Account], *, status: Status) -> Bill:
        """Return a new bill of one to four lines."""
        id_, number = self.identify("bil")
        issued_on = self._some_day()
        mode = self._tax_mode(taxed=self._tenant.bills_taxed)
        currency = vendor.currency or self._tenant.currency
        costs = of_kind(accounts, AccountKind.EXPENSE)
        lines = tuple(
            self._cost_line(i, self._rng.one_of(costs), mode, currency)
            for i in range(1, self._rng.between(1, 4) + 1)
        )
        bill = Bill(
            id=id_,
            number=f"V{self._rng.between(10, 99)}-{number:05d}",
            vendor_id=vendor.id,
            issued_on=issued_on,
            due_on=issued_on + timedelta(days=self._rng.one_of((14, 30))),
            currency=currency,
            tax_mode=mode,
            lines=lines,
            status=status,
        )
        return with_figures(bill, self._rng.one_of(_ROUNDINGS))

    def payment_reference(self, number: int) -> str:
        """Return what a payment says of itself: ours, or a longer one of a card processor."""
        ours = f"TR{number:06d}"
        return f"pi_3Qx0AbCdEfGhIjKl_{ours}" if self._rng.chance(0.3) else ours

    def written(self, document: Document) -> dict[str, str]:
        """Return what the service writes otherwise than the schema has it, mostly nothing.

        Some names, numbers and codes have blanks around them, and some documents have a field
        that only a newer release of the service knows.
        """
        texts = document.model_dump(include=set(_NUMBERS_AND_NAMES))
        written = {name: f" {text}  " for name, text in texts.items() if self._rng.chance(0.1)}
        if self._rng.chance(0.15):
            written["sales_channel"] = "web shop"
        return written

    def another_line(self, invoice: Invoice, items: Sequence[Item]) -> Invoice:
        """Return the invoice with another line."""
        line = self._sales_line(
            len(invoice.lines) + 1, self._rng.one_of(items), invoice.tax_mode, invoice.currency
        )
        return _with_lines(invoice, (*invoice.lines, line))

    def other_quantity(self, invoice: Invoice) -> Invoice:
        """Return the invoice with a larger quantity on its first line."""
        first, *others = invoice.lines
        more = first.model_copy(update={"quantity": first.quantity + self._rng.between(1, 5)})
        return _with_lines(invoice, (more, *others))

    def later_due(self, invoice: Invoice) -> Invoice:
        """Return the invoice with its due date a week later."""
        return invoice.model_copy(update={"due_on": invoice.due_on + timedelta(days=7)})

    def _some_day(self) -> date:
        return self._today - timedelta(days=self._rng.between(1, 40))

    def _tax_mode(self, *, taxed: bool) -> TaxMode:
        if not taxed or self._rng.chance(0.12):
            return TaxMode.NONE
        return TaxMode.INCLUSIVE if self._rng.chance(0.3) else TaxMode.EXCLUSIVE

    def _sales_line(self, position: int, item: Item, mode: TaxMode, currency: str) -> Line:
        usual = item.sales_price or self._rng.price()
        price = usual if self._rng.chance(0.6) else self._rng.price()
        return Line(
            id=str(position),
            description=item.name,
            item_id=item.id,
            **self._priced(price, mode, currency, discounted=0.25),
        )

    def _cost_line(self, position: int, account: Account, mode: TaxMode, currency: str) -> Line:
        return Line(
            id=str(position),
            description=f"{account.name}, {self._today:%B}",
            account_id=account.id,
            **self._priced(self._rng.price(), mode, currency, discounted=0.1),
        )

    def _priced(
        self, price: Decimal, mode: TaxMode, currency: str, *, discounted: float
    ) -> dict[str, Any]:
        """Return what a line costs.

        Args:
            price: The price of one unit in the tenant's own currency.
            discounted: The probability of a discount.
        """
        quantity, price = self._rng.quantity(), self._in(currency, price)
        priced: dict[str, Any] = {"quantity": quantity, "unit_price": price}
        extended = round_money(quantity * price, currency)
        if extended > 1 and self._rng.chance(discounted):
            priced["discount"] = self._discount(extended, currency)
        if mode is not TaxMode.NONE:
            rate = self._rng.one_of(self._tenant.rates)
            priced |= {"tax_code": rate.code, "tax_rate": rate.percent}
        return priced

    def _in(self, currency: str, price: Decimal) -> Decimal:
        """Return a price of the tenant's own currency in another one."""
        rates = {one.code: one.rate for one in self._tenant.foreign}
        return round_money(price * rates[currency], currency) if currency in rates else price

    def _document_discount(
        self, lines: Sequence[Line], mode: TaxMode, currency: str
    ) -> Discount | None:
        figures = totals(lines, mode, currency)
        whole = sum((line.amount for line in figures.lines), Decimal(0))
        if whole > 5 and self._rng.chance(0.2):
            return self._discount(whole, currency)
        return None

    def _discount(self, of: Decimal, currency: str) -> Discount:
        if self._rng.chance(0.6):
            return Discount(percent=self._rng.one_of(_PERCENTS))
        part = of * self._rng.between(3, 40) / 100
        return Discount(amount=round_money(part, currency))


def _with_lines(invoice: Invoice, lines: tuple[Line, ...]) -> Invoice:
    """Return the invoice with other lines, and the figures of these."""
    changed = invoice.model_copy(update={"lines": lines})
    return with_figures(changed, rounding_of(invoice))


def of_kind(accounts: Sequence[Account], kind: AccountKind) -> list[Account]:
    """Return the accounts of one kind."""
    return [account for account in accounts if account.kind is kind]


def _name(seconds: Sequence[str], number: int) -> str:
    """Return a name that no other number of the same kind has."""
    turn, place = divmod(number - 1, len(FIRST))
    series = turn // len(seconds)
    name = f"{FIRST[place]} {seconds[(place + turn) % len(seconds)]}"
    return f"{name} {series + 1}" if series else name
