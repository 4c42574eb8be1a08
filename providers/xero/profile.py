"""What we learn about an organisation when it is connected.

``data`` is plain JSON: ``tax_rates`` (code, name, rate in per cent, sides), the lock dates,
the base currency, ``bank_accounts`` (id, code, currency), the system accounts by their purpose,
and what identifies the organisation to people.

Source: Xero developer pages "Organisation", "Tax Rates" and "Accounts", read 2026-09.
"""

from typing import Any, Final

from providers.base import Profile, Side
from providers.wire import Record
from providers.xero.client import XeroClient
from providers.xero.dates import to_date
from providers.xero.mapping.catalogue import ACCOUNTS

_SIDES: Final = {"CanApplyToRevenue": Side.SALES, "CanApplyToExpenses": Side.PURCHASES}


async def read_profile(client: XeroClient) -> Profile:
    """Read the organisation, its active tax rates and its system accounts: three calls."""
    organisation = (await client.plain("Organisation", "Organisations"))[0]
    rates = await client.plain("TaxRates", "TaxRates")
    accounts = await client.whole(ACCOUNTS)
    return Profile(
        company_name=organisation["Name"],
        country=organisation.get("CountryCode") or "",
        currency=organisation["BaseCurrency"],
        data={
            "organisation_id": organisation["OrganisationID"],
            "short_code": organisation.get("ShortCode") or "",
            "plan": organisation.get("Class") or "",
            "is_demo_company": bool(organisation.get("IsDemoCompany")),
            "period_locked_until": _day(organisation, "PeriodLockDate"),
            "year_locked_until": _day(organisation, "EndOfYearLockDate"),
            "currency": organisation["BaseCurrency"],
            "bank_accounts": [_bank_account(one) for one in accounts if _is_bank(one)],
            "tax_rates": [_tax_rate(rate) for rate in rates if rate.get("Status") == "ACTIVE"],
            "system_accounts": {
                account["SystemAccount"]: {
                    "id": account["AccountID"],
                    "code": account.get("Code") or "",
                }
                for account in accounts
                if account.get("SystemAccount")
            },
        },
    )


def _tax_rate(rate: Record) -> dict[str, Any]:
    return {
        "code": rate["TaxType"],
        "name": rate["Name"],
        "rate": str(rate["EffectiveRate"]),
        "sides": [side.value for flag, side in _SIDES.items() if rate.get(flag)],
    }


def _is_bank(account: Record) -> bool:
    return account.get("Type") == "BANK" and account.get("Status") == "ACTIVE"


def _bank_account(account: Record) -> dict[str, Any]:
    return {
        "id": account["AccountID"],
        "code": account.get("Code") or "",
        "currency": account.get("CurrencyCode") or "",
    }


def _day(organisation: Record, name: str) -> str | None:
    """Return a lock date, the last locked day, as ISO text; ``None`` where there is none."""
    stamp = organisation.get(name)
    return to_date(stamp).isoformat() if stamp else None
