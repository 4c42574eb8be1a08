"""What a new company holds: chart of accounts, taxes, terms, payment methods, an item."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from providers.simulators.clock import SimulatorClock
from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.config import CompanySpec, QboSwitches
from providers.simulators.qbo.entities.account_types import classification_of
from providers.simulators.qbo.entities.kinds import Day

ALPHA3 = {"US": "USA", "GB": "GBR", "AU": "AUS", "CA": "CAN"}
TIME_ZONES = {
    "US": "America/Los_Angeles",
    "GB": "Europe/London",
    "AU": "Australia/Sydney",
    "CA": "America/Toronto",
}
ACCOUNTS: tuple[tuple[str, str, str, str], ...] = (
    ("35", "Checking", "Bank", "Checking"),
    ("36", "Savings", "Bank", "Savings"),
    ("4", "Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("84", "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("33", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("41", "Corporate Card", "Credit Card", "CreditCard"),
    ("1", "Services", "Income", "ServiceFeeIncome"),
    ("79", "Sales of Product Income", "Income", "SalesOfProductIncome"),
    ("86", "Discounts given", "Income", "DiscountsRefundsGiven"),
    ("80", "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("81", "Inventory Asset", "Other Current Asset", "Inventory"),
    ("64", "Office Expenses", "Expense", "OfficeGeneralAdministrativeExpenses"),
    ("66", "Bank Charges", "Expense", "BankCharges"),
    ("67", "Travel", "Expense", "Travel"),
    ("68", "Utilities", "Expense", "Utilities"),
    ("90", "Sales Tax Payable", "Other Current Liability", "GlobalTaxPayable"),
    ("34", "Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    ("2", "Retained Earnings", "Equity", "RetainedEarnings"),
)
TERMS = (
    ("1", "Due on receipt", 0),
    ("2", "Net 15", 15),
    ("3", "Net 30", 30),
    ("4", "Net 60", 60),
)
PAYMENT_METHODS = (
    ("1", "Cash", "NON_CREDIT_CARD"),
    ("2", "Check", "NON_CREDIT_CARD"),
    ("3", "Visa", "CREDIT_CARD"),
    ("4", "Bank transfer", "NON_CREDIT_CARD"),
)


@dataclass(frozen=True, slots=True)
class TaxCodeSeed:
    """A tax code that companies of a country start with.

    Attributes:
        name: Name of the code, as references to it show.
        rates: Name and percentage, as text, of each rate that the code stands for.
    """

    name: str
    rates: tuple[tuple[str, str], ...]


TAX_CODES: dict[str, tuple[TaxCodeSeed, ...]] = {
    "GB": (
        TaxCodeSeed("20.0% S", (("20.0% S", "20"),)),
        TaxCodeSeed("5.0% R", (("5.0% R", "5"),)),
        TaxCodeSeed("0.0% Z", (("0.0% Z", "0"),)),
        TaxCodeSeed("Exempt", (("Exempt", "0"),)),
    ),
    "AU": (
        TaxCodeSeed("GST", (("GST", "10"),)),
        TaxCodeSeed("GST free", (("GST free", "0"),)),
    ),
    "CA": (
        TaxCodeSeed("HST ON", (("HST ON", "13"),)),
        TaxCodeSeed("GST/PST BC", (("GST", "5"), ("PST BC", "7"))),
        TaxCodeSeed("Zero-rated", (("Zero-rated", "0"),)),
    ),
}


def new_company(
    realm: str, spec: CompanySpec, clock: SimulatorClock, switches: QboSwitches
) -> CompanyBooks:
    """Return a new company with everything that QuickBooks creates in one."""
    company = CompanyBooks(realm, spec, clock, switches)
    _seed_accounts(company)
    _seed_lists(company)
    _seed_taxes(company)
    _seed_settings(company)
    for sequence in ("Account", "Term", "PaymentMethod", "Item"):
        company.reserve_ids(sequence, 100)
    return company


def _put(company: CompanyBooks, name: str, record_id: str, body: Mapping[str, Any]) -> None:
    now = company.moment()
    table = company.table(name)
    table.put(Record(table.entity, record_id, dict(body), now, now))


def _seed_accounts(company: CompanyBooks) -> None:
    for record_id, name, account_type, subtype in ACCOUNTS:
        body = {
            "Name": name,
            "FullyQualifiedName": name,
            "SubAccount": False,
            "Active": True,
            "Classification": classification_of(account_type),
            "AccountType": account_type,
            "AccountSubType": subtype,
            "CurrentBalance": Decimal(0),
            "CurrentBalanceWithSubAccounts": Decimal(0),
            "CurrencyRef": company.currency_ref(),
        }
        _put(company, "Account", record_id, body)


def _seed_lists(company: CompanyBooks) -> None:
    for record_id, name, days in TERMS:
        body = {"Name": name, "Active": True, "Type": "STANDARD", "DueDays": days}
        _put(company, "Term", record_id, body)
    for record_id, name, kind in PAYMENT_METHODS:
        _put(company, "PaymentMethod", record_id, {"Name": name, "Active": True, "Type": kind})
    item = {
        "Name": "Services",
        "FullyQualifiedName": "Services",
        "Type": "Service",
        "Active": True,
        "Taxable": False,
        "TrackQtyOnHand": False,
        "IncomeAccountRef": {"value": "1", "name": "Services"},
    }
    _put(company, "Item", "1", item)


def _seed_taxes(company: CompanyBooks) -> None:
    spec = company.spec
    _put(company, "TaxAgency", "1", {"DisplayName": f"{spec.country} tax agency"})
    if company.is_us:
        for pseudo in ("TAX", "NON"):
            body = {"Name": pseudo, "Description": pseudo, "Active": True, "Hidden": False}
            tax = {"Taxable": pseudo == "TAX", "TaxGroup": False}
            _put(company, "TaxCode", pseudo, body | tax)
        automated = TaxCodeSeed("Automated", (("Automated", str(spec.tax_percent)),))
        seed_tax_code(company, "2", automated, first_rate=3)
        return
    next_rate = 1
    for number, code in enumerate(TAX_CODES[spec.country], start=2):
        seed_tax_code(company, str(number), code, first_rate=next_rate)
        next_rate += 2 * len(code.rates)


def seed_tax_code(
    company: CompanyBooks, record_id: str, code: TaxCodeSeed, *, first_rate: int
) -> None:
    """Create a code; each of its rates exists once for sales and once for purchases."""
    lists: dict[str, list[dict[str, Any]]] = {"Sales": [], "Purchase": []}
    rate_id = first_rate
    for side, details in lists.items():
        for order, (name, percent) in enumerate(code.rates):
            full_name = name if side == "Sales" else f"{name} (Purchases)"
            rate = {"Name": full_name, "Description": full_name, "Active": True}
            value = {"RateValue": Decimal(percent), "AgencyRef": {"value": "1"}}
            _put(company, "TaxRate", str(rate_id), rate | value)
            details.append(
                {
                    "TaxRateRef": {"value": str(rate_id), "name": full_name},
                    "TaxTypeApplicable": "TaxOnAmount",
                    "TaxOrder": order,
                }
            )
            rate_id += 1
    body = {
        "Name": code.name,
        "Description": code.name,
        "Active": True,
        "Hidden": False,
        "Taxable": True,
        "TaxGroup": True,
        "TaxCodeConfigType": "SYSTEM_GENERATED",
        "SalesTaxRateList": {"TaxRateDetail": lists["Sales"]},
        "PurchaseTaxRateList": {"TaxRateDetail": lists["Purchase"]},
    }
    _put(company, "TaxCode", record_id, body)


def _seed_settings(company: CompanyBooks) -> None:
    _put(company, "CompanyInfo", "1", company_info(company))
    _put(company, "Preferences", "1", preferences(company))


def company_info(company: CompanyBooks) -> dict[str, Any]:
    """Return the body of CompanyInfo."""
    spec = company.spec
    return {
        "CompanyName": spec.name,
        "LegalName": spec.name,
        "Country": spec.country,
        "FiscalYearStartMonth": "January",
        "SupportedLanguages": "en",
        "DefaultTimeZone": TIME_ZONES[spec.country],
        "CompanyStartDate": company.moment().date().isoformat(),
        "CompanyAddr": {"Id": "1", "Line1": "2 Dock St", "Country": ALPHA3[spec.country]},
        "Email": {"Address": "office@larkspur.example"},
        "NameValue": [
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "SubscriptionStatus", "Value": "PAID"},
        ],
    }


def preferences(company: CompanyBooks) -> dict[str, Any]:
    """Return the body of Preferences, with the present closing date."""
    spec = company.spec
    accounting: dict[str, Any] = {
        "FirstMonthOfFiscalYear": "January",
        "UseAccountNumbers": True,
        "ClassTrackingPerTxn": spec.class_tracking == "transaction",
        "ClassTrackingPerTxnLine": spec.class_tracking == "line",
        "TrackDepartments": True,
        "CustomerTerminology": "Customers",
        "DepartmentTerminology": "Location",
    }
    if company.books_closed_on is not None:
        accounting["BookCloseDate"] = company.books_closed_on.isoformat()
    return {
        "AccountingInfoPrefs": accounting,
        "SalesFormsPrefs": {
            "CustomTxnNumbers": spec.custom_numbers,
            "AllowDiscount": True,
            "AllowShipping": False,
            "AllowDeposit": True,
            "AllowServiceDate": False,
            "DefaultTerms": {"value": "3"},
            "DefaultDiscountAccount": "86",
            "AutoApplyCredit": False,
            "AutoApplyPayments": False,
        },
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": company.is_us}
        | ({"TaxGroupCodeRef": {"value": "2"}} if company.is_us else {}),
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": spec.multicurrency,
            "HomeCurrency": {"value": company.home_currency},
        },
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityOnHand": True,
            "QuantityWithPriceAndRate": True,
        },
        "OtherPrefs": {
            "NameValue": [
                {"Name": "WarnDuplicateBillNumber", "Value": "true"},
                {"Name": "WarnDuplicateCheckNumber", "Value": "false"},
                {"Name": "WarnDuplicateJournalNumber", "Value": "false"},
            ]
        },
    }


def close_books(company: CompanyBooks, closed_on: str) -> None:
    """Close the books through a date, ISO; an empty one opens them.

    Raises:
        QboRefused: 2060, it is no date.
    """
    held = Day().read(closed_on, "BookCloseDate")
    company.books_closed_on = date.fromisoformat(held) if held else None
    record = company.record("Preferences", "1")
    record.body = preferences(company)
    record.sync_token += 1
    record.updated_at = company.moment()
    company.table("Preferences").put(record)
