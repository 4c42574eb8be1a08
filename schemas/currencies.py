"""The currencies of ISO 4217, and how many decimals the amounts of each have.

No library of the product has the list, and a table of 170 codes is smaller than one more.
Source: ISO 4217 list one (current currencies and funds), as published on 2026-01-01, read
2026-11. Codes without a minor unit (metals, test codes, none) are left out, as no document is
in them. What was withdrawn since 2023 (list three) is kept, as documents in it are still paid.
"""

from decimal import Decimal
from typing import Final

USUAL: Final = 2  # decimals

_OTHERS: Final[dict[int, str]] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_WITH_TWO: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD
    CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
    GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD
    LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
    SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW
    ZWG
"""
_WITHDRAWN: Final = "ANG BGN CUC HRK SLL ZWL"

_MINOR_UNITS: Final[dict[str, int]] = dict.fromkeys((_WITH_TWO + _WITHDRAWN).split(), USUAL) | {
    code: units for units, codes in _OTHERS.items() for code in codes.split()
}
_SMALLEST: Final = {code: Decimal(1).scaleb(-units) for code, units in _MINOR_UNITS.items()}
_USUAL_SMALLEST: Final = Decimal(1).scaleb(-USUAL)


def is_currency(code: str) -> bool:
    """Return whether a code, in capitals, is a currency in which documents can be."""
    return code in _MINOR_UNITS


def minor_units(currency: str) -> int:
    """Return how many decimals an amount of the currency has; 2 if its code is not known."""
    return _MINOR_UNITS.get(currency, USUAL)


def smallest_amount(currency: str) -> Decimal:
    """Return the smallest amount above 0: 0.01 for most, 1 for yen, 0.001 for dinars."""
    return _SMALLEST.get(currency, _USUAL_SMALLEST)
