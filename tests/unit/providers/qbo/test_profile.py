"""What is read of a company, and that it survives being stored."""

import json
from decimal import Decimal
from typing import Any

import pytest

from providers.base import Side
from providers.qbo.company import ClassTracking, QboCompany, RateShare, read_company
from providers.qbo.profile import to_company
from tests.unit.providers.qbo.samples import US, Script, scripted

INFO = {"CompanyName": "Larkspur Supply Co", "Country": "CA"}
PREFERENCES: dict[str, Any] = {
    "SalesFormsPrefs": {"AllowDiscount": True, "CustomTxnNumbers": False},
    "AccountingInfoPrefs": {"UseAccountNumbers": True},
    "TaxPrefs": {"UsingSalesTax": True},
    "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "CAD"}},
}
RATES = [{"Id": "6", "RateValue": Decimal("5")}, {"Id": "7", "RateValue": Decimal("9.975")}]


def detail(rate_id: str, order: int, applies_to: str = "TaxOnAmount") -> dict[str, Any]:
    return {
        "TaxRateRef": {"value": rate_id},
        "TaxTypeApplicable": applies_to,
        "TaxOrder": order,
    }


def code(*details: dict[str, Any], **fields: Any) -> dict[str, Any]:
    rates = {"TaxRateDetail": list(details)}
    return {"Id": "2", "Name": "Both", "Active": True, "SalesTaxRateList": rates, **fields}


def described(*codes: dict[str, Any], **tax: Any) -> QboCompany:
    preferences = {**PREFERENCES, "TaxPrefs": {"UsingSalesTax": True, **tax}}
    return to_company(INFO, preferences, list(codes), RATES)


@pytest.mark.parametrize(
    ("applies_to", "share"),
    [
        ("TaxOnAmount", "9.975"),
        ("TaxOnAmountPlusTax", "10.47375"),
        ("TaxOnTax", "0.49875"),
    ],
)
def test_a_tax_on_a_tax_adds_its_true_share(applies_to: str, share: str) -> None:
    company = described(code(detail("7", 1, applies_to), detail("6", 0)))
    shares = company.tax_codes[0].shares(Side.SALES)
    assert shares[1] == RateShare(rate_id="7", percent=Decimal("9.975"), share=Decimal(share))
    assert company.tax_codes[0].rate(Side.SALES) == 5 + Decimal(share)


def test_codes_out_of_use_are_left_out() -> None:
    company = described(code(Hidden=True), code(Active=False))
    assert company.tax_codes == ()


def test_the_companys_own_code_comes_before_the_first_that_taxes() -> None:
    taxing = code(detail("6", 0))
    assert described(code(Id="1"), taxing).sales_tax_code == "2"
    assert described(taxing, TaxGroupCodeRef={"value": "9"}).sales_tax_code == "9"


@pytest.mark.accepts("ENT-11")
@pytest.mark.parametrize(
    ("accounting", "tracking"),
    [
        ({}, ClassTracking.OFF),
        (
            {"ClassTrackingPerTxn": False, "ClassTrackingPerTxnLine": False},
            ClassTracking.OFF,
        ),
        (
            {"ClassTrackingPerTxn": True, "ClassTrackingPerTxnLine": False},
            ClassTracking.TRANSACTION,
        ),
        ({"ClassTrackingPerTxnLine": True}, ClassTracking.LINE),
    ],
)
def test_what_gets_a_class_is_read(
    accounting: dict[str, bool], tracking: ClassTracking
) -> None:
    preferences = {**PREFERENCES, "AccountingInfoPrefs": accounting}
    assert to_company(INFO, preferences, [], []).class_tracking is tracking


async def test_the_profile_survives_being_stored() -> None:
    script = Script(
        (200, {"CompanyInfo": INFO}),
        (200, {"Preferences": PREFERENCES}),
        (200, {"QueryResponse": {"TaxCode": [code(detail("6", 0))], "maxResults": 1}}),
        (200, {"QueryResponse": {"TaxRate": [{"Id": "6", "RateValue": 5}]}}),
    )
    async with scripted(script) as ledger:
        profile = await ledger.describe()
    assert (profile.company_name, profile.country, profile.currency) == (
        "Larkspur Supply Co",
        "CA",
        "CAD",
    )
    stored = json.loads(json.dumps(profile.data))
    company = read_company(stored)
    assert company.tax_codes[0].rate(Side.SALES) == 5
    assert company.uses_account_numbers
    assert not company.custom_numbers
    assert company.class_tracking is ClassTracking.OFF


def test_a_profile_from_before_classes_were_read_tracks_none() -> None:
    stored = US.model_dump(mode="json", exclude={"class_tracking"})
    assert read_company(stored).class_tracking is ClassTracking.OFF
