"""What mapping needs to know of a realm: the tenant's choices and the company's tax rates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from providers.http import Realm


class Side(StrEnum):
    """Which way a document goes; the words are the keys of the setting ``accounts``."""

    SALES = "sales"
    PURCHASES = "purchases"


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One tax rate of the company; ``rate`` in per cent, ``sides`` where it can be used."""

    code: str
    rate: Decimal
    sides: frozenset[Side]


@dataclass(frozen=True, slots=True)
class Company:
    """One realm's choices and rates.

    Attributes:
        tax_codes: The platform's tax code to Xero's TaxType.
        accounts: For ``sales``, ``purchases`` and ``deposit`` an account's code or id.
        classes: The platform's class to tracking, as ``mapping/tracking.py`` reads it.
    """

    tax_codes: Mapping[str, str]
    accounts: Mapping[str, str]
    tax_rates: tuple[TaxRate, ...]
    classes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, realm: Realm) -> "Company":
        """Read a realm's settings, and its profile as ``profile.py`` wrote it."""
        return cls(
            tax_codes=realm.settings.get("tax_codes", {}),
            accounts=realm.settings.get("accounts", {}),
            tax_rates=tuple(
                TaxRate(
                    code=rate["code"],
                    rate=Decimal(rate["rate"]),
                    sides=frozenset(Side(side) for side in rate["sides"]),
                )
                for rate in realm.profile.get("tax_rates", ())
            ),
            classes=realm.settings.get("classes", {}),
        )

    def tax_rate(self, code: str) -> TaxRate | None:
        """Find an active tax rate by its code."""
        return next((rate for rate in self.tax_rates if rate.code == code), None)

    def account_code(self, key: str) -> str:
        """Give the code of a default account; empty where none is set, or it is set by id."""
        account = self.accounts.get(key, "")
        return "" if is_guid(account) else account


def is_guid(text: str) -> bool:
    """Whether a text is an id of Xero's."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
