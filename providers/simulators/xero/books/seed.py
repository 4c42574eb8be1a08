"""What a new organisation holds: its chart of accounts, tax rates, currencies and tracking.

Source: the charts and rates of Xero's demo companies; tax codes by country from the Tax Rates
page, read 2026-09. A selection, not all of them.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from providers.simulators.xero.config import Country, OrganisationSpec

CLASS_OF_TYPE: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT"), "ASSET"
    ),
    "EQUITY": "EQUITY",
    **dict.fromkeys(("DEPRECIATN", "DIRECTCOSTS", "EXPENSE", "OVERHEADS"), "EXPENSE"),
    **dict.fromkeys(("CURRLIAB", "LIABILITY", "TERMLIAB", "PAYG"), "LIABILITY"),
    **dict.fromkeys(("OTHERINCOME", "REVENUE", "SALES"), "REVENUE"),
}
"""The class of every account type."""


@dataclass(frozen=True, slots=True)
class CountryRules:
    """What differs by country.

    Attributes:
        currency: ISO code of the base currency.
        timezone: Time zone as the Organisation endpoint names it.
        tax_name: What the country calls its tax on sales.
        sales_tax: Tax code of the standard rate on sales.
        purchase_tax: Tax code of the standard rate on purchases.
        rates: Code, name, percentage and side of each rate; the side is ``sales``,
            ``purchases`` or ``both``.
    """

    currency: str
    timezone: str
    tax_name: str
    sales_tax: str
    purchase_tax: str
    rates: tuple[tuple[str, str, str, str], ...]


COUNTRIES: Final[Mapping[Country, CountryRules]] = {
    "NZ": CountryRules(
        "NZD",
        "NEWZEALANDSTANDARDTIME",
        "GST",
        "OUTPUT2",
        "INPUT2",
        (
            ("OUTPUT2", "15% GST on Income", "15", "sales"),
            ("INPUT2", "15% GST on Expenses", "15", "purchases"),
            ("ZERORATED", "Zero Rated", "0", "both"),
            ("NONE", "No GST", "0", "both"),
        ),
    ),
    "GB": CountryRules(
        "GBP",
        "GMTSTANDARDTIME",
        "VAT",
        "OUTPUT2",
        "INPUT2",
        (
            ("OUTPUT2", "20% (VAT on Income)", "20", "sales"),
            ("INPUT2", "20% (VAT on Expenses)", "20", "purchases"),
            ("RROUTPUT", "5% (VAT on Income)", "5", "sales"),
            ("RRINPUT", "5% (VAT on Expenses)", "5", "purchases"),
            ("ZERORATEDOUTPUT", "Zero Rated Income", "0", "sales"),
            ("ZERORATEDINPUT", "Zero Rated Expenses", "0", "purchases"),
            ("EXEMPTOUTPUT", "Exempt Income", "0", "sales"),
            ("EXEMPTINPUT", "Exempt Expenses", "0", "purchases"),
            ("NONE", "No VAT", "0", "both"),
        ),
    ),
    "AU": CountryRules(
        "AUD",
        "AUSEASTERNSTANDARDTIME",
        "GST",
        "OUTPUT",
        "INPUT",
        (
            ("OUTPUT", "GST on Income", "10", "sales"),
            ("INPUT", "GST on Expenses", "10", "purchases"),
            ("EXEMPTOUTPUT", "GST Free Income", "0", "sales"),
            ("EXEMPTEXPENSES", "GST Free Expenses", "0", "purchases"),
            ("BASEXCLUDED", "BAS Excluded", "0", "both"),
            ("NONE", "No GST", "0", "both"),
        ),
    ),
}

_ACCOUNTS: Final = (
    # code, name, type, default tax (sales, purchases or none), system account
    ("090", "Business Bank Account", "BANK", "none", ""),
    ("091", "Business Savings Account", "BANK", "none", ""),
    ("200", "Sales", "REVENUE", "sales", ""),
    ("260", "Other Revenue", "REVENUE", "sales", ""),
    ("270", "Interest Income", "REVENUE", "none", ""),
    ("300", "Purchases", "DIRECTCOSTS", "purchases", ""),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", "purchases", ""),
    ("400", "Advertising", "EXPENSE", "purchases", ""),
    ("404", "Bank Fees", "EXPENSE", "none", ""),
    ("412", "Consulting & Accounting", "EXPENSE", "purchases", ""),
    ("429", "General Expenses", "EXPENSE", "purchases", ""),
    ("445", "Light, Power, Heating", "EXPENSE", "purchases", ""),
    ("453", "Office Expenses", "EXPENSE", "purchases", ""),
    ("469", "Rent", "EXPENSE", "purchases", ""),
    ("477", "Wages and Salaries", "EXPENSE", "none", ""),
    ("489", "Telephone & Internet", "EXPENSE", "purchases", ""),
    ("493", "Travel", "EXPENSE", "purchases", ""),
    ("610", "Accounts Receivable", "CURRENT", "none", "DEBTORS"),
    ("615", "Payments Clearing", "CURRENT", "none", ""),
    ("630", "Inventory", "INVENTORY", "none", ""),
    ("710", "Office Equipment", "FIXED", "purchases", ""),
    ("800", "Accounts Payable", "CURRLIAB", "none", "CREDITORS"),
    ("820", "Sales Tax", "CURRLIAB", "none", "GST"),
    ("860", "Rounding", "CURRLIAB", "none", "ROUNDING"),
    ("960", "Retained Earnings", "EQUITY", "none", "RETAINEDEARNINGS"),
    ("970", "Owner A Funds Introduced", "EQUITY", "none", ""),
)

_TAKES_PAYMENTS = frozenset({"615", "970"})


def accounts(country: Country, *, at: datetime) -> Iterator[dict[str, Any]]:
    """Return the chart of accounts of a new organisation."""
    rules = COUNTRIES[country]
    tax = {"sales": rules.sales_tax, "purchases": rules.purchase_tax, "none": "NONE"}
    for code, name, kind, side, system in _ACCOUNTS:
        bank = kind == "BANK"
        yield {
            "AccountID": str(uuid.uuid4()),
            "Code": code,
            "Name": name,
            "Status": "ACTIVE",
            "Type": kind,
            "Class": CLASS_OF_TYPE[kind],
            "TaxType": tax[side],
            "Description": "",
            "EnablePaymentsToAccount": code in _TAKES_PAYMENTS,
            "ShowInExpenseClaims": False,
            "SystemAccount": system,
            "BankAccountType": "BANK" if bank else "",
            "BankAccountNumber": f"01-0001-{code}0001-00" if bank else "",
            "CurrencyCode": rules.currency if bank else None,
            "UpdatedDateUTC": at,
        }


def tax_rates(country: Country) -> Iterator[dict[str, Any]]:
    """Return the country's tax rates."""
    rules = COUNTRIES[country]
    for code, name, percent, side in rules.rates:
        rate = Decimal(percent)
        yield {
            "Name": name,
            "TaxType": code,
            "ReportTaxType": "NONE" if side == "both" else code,
            "Status": "ACTIVE",
            "DisplayTaxRate": rate,
            "EffectiveRate": rate,
            "CanApplyToAssets": True,
            "CanApplyToEquity": True,
            "CanApplyToExpenses": side != "sales",
            "CanApplyToLiabilities": True,
            "CanApplyToRevenue": side != "purchases",
            "TaxComponents": [
                {
                    "Name": rules.tax_name,
                    "Rate": rate,
                    "IsCompound": False,
                    "IsNonRecoverable": False,
                }
            ],
        }


def tracking(seed: OrganisationSpec) -> Iterator[dict[str, Any]]:
    """Return the seed's tracking categories with their options."""
    for name, options in seed.tracking.items():
        yield {
            "TrackingCategoryID": str(uuid.uuid4()),
            "Name": name,
            "Status": "ACTIVE",
            "Options": [
                {"TrackingOptionID": str(uuid.uuid4()), "Name": option, "Status": "ACTIVE"}
                for option in options
            ],
        }


def profile(seed: OrganisationSpec, *, tenant_id: str, at: datetime) -> dict[str, Any]:
    """Return what the Organisation endpoint shows of a new organisation."""
    rules = COUNTRIES[seed.country]
    return {
        "OrganisationID": tenant_id,
        "Name": seed.name,
        "LegalName": seed.name,
        "PaysTax": True,
        "Version": "UK" if seed.country == "GB" else seed.country,
        "OrganisationType": "COMPANY",
        "OrganisationEntityType": "COMPANY",
        "BaseCurrency": rules.currency,
        "CountryCode": seed.country,
        "IsDemoCompany": False,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 3,
        "SalesTaxBasis": "PAYMENTS",
        "SalesTaxPeriod": "TWOMONTHS",
        "PeriodLockDate": seed.period_lock_date,
        "EndOfYearLockDate": seed.end_of_year_lock_date,
        "CreatedDateUTC": at,
        "Timezone": rules.timezone,
        "ShortCode": f"!{tenant_id[:5]}",
        "Class": "COMPREHENSIVE",
        "Edition": "BUSINESS",
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
        "UpdatedDateUTC": at,
    }
