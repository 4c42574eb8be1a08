"""The scenario: three tenants with four companies at two providers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from schemas.documents.account import AccountKind
from schemas.ids import ProviderName, TenantId

QBO: Final = ProviderName("qbo")
XERO: Final = ProviderName("xero")


@dataclass(frozen=True, slots=True)
class ForeignCurrency:
    """A currency in which a company has documents beside its own.

    Attributes:
        code: The ISO code.
        rate: How much of it one unit of the company's own currency is worth.
    """

    code: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Company:
    """One company file at a provider.

    Attributes:
        foreign: The currencies that it has beside its own.
    """

    provider: ProviderName
    name: str
    country: str
    foreign: tuple[ForeignCurrency, ...] = ()


@dataclass(frozen=True, slots=True)
class ChartEntry:
    """One account of a tenant's chart."""

    code: str
    name: str
    kind: AccountKind


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax rate as the platform knows it; ``percent`` is what it adds."""

    code: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Tenant:
    """One customer of the platform.

    Attributes:
        prefix: The beginning of its documents' ids, unique among the tenants.
        currency: The ISO code of its currency.
        rates: The tax rates of its sales and bills.
        bills_taxed: Whether its bills have tax; US books have none on a bill.
    """

    id: TenantId
    prefix: str
    currency: str
    companies: tuple[Company, ...]
    chart: tuple[ChartEntry, ...]
    rates: tuple[TaxRate, ...]
    bills_taxed: bool = True

    @property
    def foreign(self) -> tuple[ForeignCurrency, ...]:
        """The currencies beside its own that all of its companies have."""
        first, *others = self.companies
        return tuple(
            one for one in first.foreign if all(one in company.foreign for company in others)
        )


def _rate(code: str, percent: str) -> TaxRate:
    return TaxRate(code, Decimal(percent))


# Names and numbers are those of the charts that the simulators start with, where there is
# such an account, so that it is linked; the others are created.
_US_CHART: Final = (
    ChartEntry("1010", "Checking", AccountKind.BANK),
    ChartEntry("4000", "Services", AccountKind.REVENUE),
    ChartEntry("4010", "Sales of Product Income", AccountKind.REVENUE),
    ChartEntry("4090", "Online Sales", AccountKind.REVENUE),
    ChartEntry("5000", "Cost of Goods Sold", AccountKind.DIRECT_COST),
    ChartEntry("6000", "Office Expenses", AccountKind.EXPENSE),
    ChartEntry("6010", "Travel", AccountKind.EXPENSE),
    ChartEntry("6090", "Packaging", AccountKind.EXPENSE),
)
_CHART: Final = (
    ChartEntry("090", "Business Bank Account", AccountKind.BANK),
    ChartEntry("200", "Sales", AccountKind.REVENUE),
    ChartEntry("260", "Other Revenue", AccountKind.REVENUE),
    ChartEntry("205", "Online Sales", AccountKind.REVENUE),
    ChartEntry("310", "Cost of Goods Sold", AccountKind.DIRECT_COST),
    ChartEntry("453", "Office Expenses", AccountKind.EXPENSE),
    ChartEntry("493", "Travel", AccountKind.EXPENSE),
    ChartEntry("455", "Packaging", AccountKind.EXPENSE),
)

# One without decimals, one with three.
_YEN_AND_DINAR: Final = (
    ForeignCurrency("JPY", Decimal(190)),
    ForeignCurrency("KWD", Decimal("0.4")),
)

TENANTS: Final = (
    Tenant(
        id=TenantId("larkspur"),
        prefix="lark",
        currency="USD",
        companies=(Company(QBO, "Larkspur Supply Co", "US"),),
        chart=_US_CHART,
        rates=(_rate("SALES", "8"), _rate("EXEMPT", "0")),
        bills_taxed=False,
    ),
    Tenant(
        id=TenantId("kowhai"),
        prefix="kow",
        currency="NZD",
        companies=(Company(XERO, "Kowhai Garden Centre", "NZ"),),
        chart=_CHART,
        rates=(_rate("GST", "15"), _rate("ZERO", "0")),
    ),
    Tenant(
        id=TenantId("harbour"),
        prefix="harb",
        currency="GBP",
        companies=(
            Company(QBO, "Harbour Cafe Ltd", "GB", _YEN_AND_DINAR),
            Company(XERO, "Harbour Cafe Group", "GB", _YEN_AND_DINAR),
        ),
        chart=_CHART,
        rates=(_rate("STANDARD", "20"), _rate("REDUCED", "5")),
    ),
)
