"""Reading a company: who it is, what it has switched on, its tax codes.

Source: Intuit Accounting API, CompanyInfo, Preferences, TaxCode, TaxRate and Account entities,
minor version 75, read 2026-11.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from providers.base import Profile
from providers.qbo.client import QboClient
from providers.qbo.company import ClassTracking, QboCompany, RateShare, TaxCode
from providers.wire import Record


async def read_profile(client: QboClient) -> Profile:
    """Read the company in four calls, and its accounts where they have several currencies.

    A list of over a thousand takes more calls.
    """
    info = await client.company_info()
    preferences = await client.preferences()
    codes = [code async for page in client.pages("TaxCode") for code in page]
    rates = [rate async for page in client.pages("TaxRate") for rate in page]
    company = to_company(info, preferences, codes, rates)
    if company.multicurrency:
        accounts = [one async for page in client.pages("Account") for one in page]
        foreign = _foreign(accounts, company.currency)
        company = company.model_copy(update={"foreign_accounts": foreign})
    return to_profile(company)


def _foreign(accounts: Sequence[Record], home: str) -> dict[str, str]:
    currencies = {one["Id"]: one.get("CurrencyRef", {}).get("value", home) for one in accounts}
    return {id_: currency for id_, currency in currencies.items() if currency != home}


def to_profile(company: QboCompany) -> Profile:
    """Return the company as it is stored with the connection."""
    return Profile(
        company_name=company.name,
        country=company.country,
        currency=company.currency,
        data=company.model_dump(mode="json"),
    )


def to_company(
    info: Record, preferences: Record, codes: Sequence[Record], rates: Sequence[Record]
) -> QboCompany:
    """Return what the mapping must know."""
    sales, currency = preferences["SalesFormsPrefs"], preferences["CurrencyPrefs"]
    accounting, tax = preferences["AccountingInfoPrefs"], preferences.get("TaxPrefs", {})
    tax_codes = _tax_codes(codes, rates)
    return QboCompany(
        name=info["CompanyName"],
        country=info["Country"],
        currency=currency["HomeCurrency"]["value"],
        multicurrency=currency.get("MultiCurrencyEnabled", False),
        uses_sales_tax=tax.get("UsingSalesTax", False),
        sales_tax_code=_sales_tax_code(tax, tax_codes),
        uses_account_numbers=accounting.get("UseAccountNumbers", False),
        allows_discounts=sales.get("AllowDiscount", False),
        custom_numbers=sales.get("CustomTxnNumbers", False),
        tax_codes=tax_codes,
        class_tracking=_class_tracking(accounting),
    )


def _class_tracking(accounting: Record) -> ClassTracking:
    """Return what gets a class; at most one of the two preferences is true."""
    if accounting.get("ClassTrackingPerTxnLine", False):
        return ClassTracking.LINE
    if accounting.get("ClassTrackingPerTxn", False):
        return ClassTracking.TRANSACTION
    return ClassTracking.OFF


def _sales_tax_code(tax: Record, codes: Sequence[TaxCode]) -> str:
    """Return the company's own code, else the first that taxes sales."""
    named = tax.get("TaxGroupCodeRef", {}).get("value", "")
    taxing = (code.id for code in codes if any(share.share for share in code.sales))
    return named or next(taxing, "")


def _tax_codes(codes: Sequence[Record], rates: Sequence[Record]) -> tuple[TaxCode, ...]:
    percents = {rate["Id"]: Decimal(rate.get("RateValue", 0)) for rate in rates}
    return tuple(
        TaxCode(
            id=code["Id"],
            name=code["Name"],
            sales=_shares(code.get("SalesTaxRateList", {}), percents),
            purchases=_shares(code.get("PurchaseTaxRateList", {}), percents),
        )
        for code in codes
        if code.get("Active", True) and not code.get("Hidden", False)
    )


def _shares(rate_list: Record, percents: Mapping[str, Decimal]) -> tuple[RateShare, ...]:
    """Return what each rate of a code adds to the net amount, in the order they apply."""
    details = sorted(
        rate_list.get("TaxRateDetail", []), key=lambda d: int(d.get("TaxOrder", 0))
    )
    shares: list[RateShare] = []
    for detail in details:
        rate_id = detail["TaxRateRef"]["value"]
        percent = percents.get(rate_id, Decimal(0))
        before = sum((share.share for share in shares), Decimal(0))
        base = _base(detail.get("TaxTypeApplicable", ""), before)
        shares.append(RateShare(rate_id=rate_id, percent=percent, share=percent * base / 100))
    return tuple(shares)


def _base(applies_to: str, tax_before: Decimal) -> Decimal:
    """Return what a rate is worked out on, in per cent of the net amount."""
    bases = {"TaxOnAmountPlusTax": 100 + tax_before, "TaxOnTax": tax_before}
    return bases.get(applies_to, Decimal(100))
