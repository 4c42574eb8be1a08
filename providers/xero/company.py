"""What the mapping must know about an organisation, as `profile.py` read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from providers.base import Side


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One tax rate of the organisation.

    Attributes:
        code: Xero's ``TaxType``, which lines name.
        rate: The effective rate in per cent.
        sides: Where it can be used.
    """

    code: str
    rate: Decimal
    sides: frozenset[Side]


@dataclass(frozen=True, slots=True)
class BankAccount:
    """One bank account in use; any other account is in the base currency.

    Attributes:
        id: Xero's id of it.
        code: Its code; empty where it has none.
        currency: ISO 4217 code.
    """

    id: str
    code: str
    currency: str


@dataclass(frozen=True, slots=True)
class XeroCompany:
    """One Xero organisation.

    Attributes:
        tax_rates: The active ones.
        currency: ISO 4217 code of the currency that the books are kept in; empty in profiles
            older than this field.
        bank_accounts: Those in use; none in profiles older than this field.
        rounding_account: The code of the system account for rounding; empty where it is not
            known.
    """

    tax_rates: tuple[TaxRate, ...]
    currency: str = ""
    bank_accounts: tuple[BankAccount, ...] = ()
    rounding_account: str = ""

    def tax_rate(self, code: str) -> TaxRate | None:
        """Return the active tax rate of this code."""
        return next((rate for rate in self.tax_rates if rate.code == code), None)


def read_company(profile: Mapping[str, Any]) -> XeroCompany:
    """Read what :func:`providers.xero.profile.read_profile` stored."""
    system = profile.get("system_accounts", {})
    return XeroCompany(
        currency=profile.get("currency", ""),
        bank_accounts=tuple(BankAccount(**one) for one in profile.get("bank_accounts", ())),
        rounding_account=system.get("ROUNDING", {}).get("code", ""),
        tax_rates=tuple(
            TaxRate(
                code=rate["code"],
                rate=Decimal(rate["rate"]),
                sides=frozenset(Side(side) for side in rate["sides"]),
            )
            for rate in profile.get("tax_rates", ())
        ),
    )
