from dataclasses import replace

import pytest

from providers.base import Side
from providers.errors import NeedsPerson
from providers.xero.mapping.tax import tax_type
from schemas.documents.lines import Line, TaxMode
from tests.unit.providers.xero.samples import BARE_REALM, REALM, books

SALES, PURCHASES = Side.SALES, Side.PURCHASES


def line(code: str, rate: str) -> Line:
    return Line.model_validate(
        {"id": "1", "unit_price": "1", "tax_code": code, "tax_rate": rate}
    )


CHOICES: list[tuple[str, str, TaxMode, Side, str]] = [
    ("standard", "15", TaxMode.EXCLUSIVE, SALES, "OUTPUT2"),
    ("standard", "15.0000", TaxMode.INCLUSIVE, SALES, "OUTPUT2"),
    ("standard", "15", TaxMode.EXCLUSIVE, PURCHASES, "INPUT2"),
    ("standard", "15", TaxMode.NONE, SALES, "NONE"),
    ("unknown", "15", TaxMode.EXCLUSIVE, SALES, "OUTPUT2"),
    ("", "15", TaxMode.EXCLUSIVE, SALES, "OUTPUT2"),
    ("", "0", TaxMode.EXCLUSIVE, SALES, "NONE"),
    ("zero", "0", TaxMode.EXCLUSIVE, SALES, "ZERORATED"),
    ("", "5", TaxMode.EXCLUSIVE, PURCHASES, "TAX001"),
    ("old", "7", TaxMode.EXCLUSIVE, SALES, "TAX099"),
]


@pytest.mark.parametrize(("code", "rate", "mode", "side", "expected"), CHOICES)
def test_the_tax_type_is_the_mapped_one_or_the_only_one_of_the_rate(
    code: str, rate: str, mode: TaxMode, side: Side, expected: str
) -> None:
    assert tax_type(line(code, rate), mode, side, books()) == expected


@pytest.mark.parametrize(("rate", "expected"), [("15", "OUTPUT2"), ("0", "NONE")])
def test_what_is_mapped_for_no_code_counts_for_its_rate(rate: str, expected: str) -> None:
    mapped = books(replace(REALM, settings={**REALM.settings, "tax_codes": {"": "OUTPUT2"}}))
    assert tax_type(line("", rate), TaxMode.EXCLUSIVE, SALES, mapped) == expected


REFUSALS: list[tuple[str, str, str, str]] = [
    ("luxury", "33", "tax_code_unmapped", "no tax rate"),
    ("low", "5", "tax_code_unmapped", "2 tax rates"),
    ("standard", "12", "tax_rate_differs", "OUTPUT2"),
]


@pytest.mark.parametrize(("code", "rate", "reason", "said"), REFUSALS)
def test_without_one_certain_tax_type_a_person_decides(
    code: str, rate: str, reason: str, said: str
) -> None:
    with pytest.raises(NeedsPerson) as caught:
        tax_type(line(code, rate), TaxMode.EXCLUSIVE, SALES, books())
    assert caught.value.reason.code == reason
    assert code in caught.value.reason.cause
    assert said in caught.value.reason.cause


def test_an_organisation_that_was_never_read_has_no_tax_rates() -> None:
    mapped = books(replace(BARE_REALM, settings={"tax_codes": {"standard": "OUTPUT2"}}))
    assert tax_type(line("standard", "15"), TaxMode.EXCLUSIVE, SALES, mapped) == "OUTPUT2"
    with pytest.raises(NeedsPerson):
        tax_type(line("", "15"), TaxMode.EXCLUSIVE, SALES, books(BARE_REALM))
