"""The one list of providers: adding one is a folder and a line here."""

from collections.abc import Mapping
from typing import Final

from providers.base import Provider
from providers.qbo.provider import QBO
from providers.xero.provider import XERO
from schemas.ids import ProviderName

PROVIDERS: Final[Mapping[ProviderName, Provider]] = {
    provider.name: provider
    for provider in (
        QBO,
        XERO,
    )
}
