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
class XeroCompany:
    """One Xero organisation.

    Attributes:
        tax_rates: The active ones.
    """

    tax_rates: tuple[TaxRate, ...]

    def tax_rate(self, code: str) -> TaxRate | None:
        """Return the active tax rate of this code."""
        return next((rate for rate in self.tax_rates if rate.code == code), None)


def read_company(profile: Mapping[str, Any]) -> XeroCompany:
    """Read what :func:`providers.xero.profile.read_profile` stored."""
    return XeroCompany(
        tuple(
            TaxRate(
                code=rate["code"],
                rate=Decimal(rate["rate"]),
                sides=frozenset(Side(side) for side in rate["sides"]),
            )
            for rate in profile.get("tax_rates", ())
        )
    )
