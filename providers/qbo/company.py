"""What the mapping must know about a company, as `describe` read it last."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pydantic

from providers.base import Side
from providers.qbo.preflight_errors import profile_missing


class ClassTracking(StrEnum):
    """What a company gives a class to: nothing, a whole transaction, or each of its lines."""

    OFF = "off"
    TRANSACTION = "transaction"
    LINE = "line"


class Known(pydantic.BaseModel):
    """A frozen value that survives a round trip through JSON."""

    model_config = pydantic.ConfigDict(frozen=True)


class RateShare(Known):
    """One rate of a tax code.

    Attributes:
        rate_id: QuickBooks' id of the rate.
        percent: The rate, in per cent of what it is worked out on.
        share: What it adds, in per cent of the net amount, taxes on taxes included.
    """

    rate_id: str
    percent: Decimal
    share: Decimal


class TaxCode(Known):
    """A tax code in use.

    Attributes:
        id: QuickBooks' id of the code.
        name: The code's name, for people.
        sales: Its rates on sales, in the order they apply; without any, sales can't use it.
        purchases: Its rates on purchases, likewise.
    """

    id: str
    name: str
    sales: tuple[RateShare, ...] = ()
    purchases: tuple[RateShare, ...] = ()

    def shares(self, side: Side) -> tuple[RateShare, ...]:
        """Return the rates that make up the code on one side."""
        return self.sales if side is Side.SALES else self.purchases

    def rate(self, side: Side) -> Decimal:
        """Return the per cent of the net amount that the code adds."""
        return sum((share.share for share in self.shares(side)), Decimal(0))


class QboCompany(Known):
    """One QuickBooks company.

    Attributes:
        name: The company's name, for people.
        country: ISO 3166 alpha-2 code; it decides the tax model.
        currency: ISO 4217 code of the currency that the books are kept in.
        multicurrency: Whether documents may be in other currencies too.
        uses_sales_tax: Whether sales tax is switched on.
        sales_tax_code: The code whose amount a US document's tax is; empty where there is none.
        uses_account_numbers: Whether accounts have numbers.
        allows_discounts: Whether sales forms may have a discount line.
        custom_numbers: Whether the company numbers its sales forms itself.
        tax_codes: Those in use.
        class_tracking: What gets a class; off, too, in profiles older than this field.
        foreign_accounts: The currency of each account in use that is not in the company's own,
            by its id.
    """

    name: str
    country: str
    currency: str
    multicurrency: bool
    uses_sales_tax: bool
    sales_tax_code: str
    uses_account_numbers: bool
    allows_discounts: bool
    custom_numbers: bool
    tax_codes: tuple[TaxCode, ...]
    class_tracking: ClassTracking = ClassTracking.OFF
    foreign_accounts: Mapping[str, str] = {}

    @property
    def is_us(self) -> bool:
        """Return whether tax is one amount per document instead of a code per line."""
        return self.country == "US"

    def tax_code(self, code_id: str) -> TaxCode | None:
        """Find a tax code in use by its id."""
        return next((code for code in self.tax_codes if code.id == code_id), None)


def read_company(profile: Mapping[str, Any]) -> QboCompany:
    """Return the company that :func:`providers.qbo.profile.to_profile` made plain to be stored.

    Raises:
        NeedsPerson: it was never stored, or by a version that knew less.
    """
    try:
        return QboCompany.model_validate(profile)
    except pydantic.ValidationError as exc:
        raise profile_missing() from exc
