"""The simulators of the providers, served over HTTP."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from starlette.types import ASGIApp

from gateway.http.serving import serving
from providers.simulators.qbo.app import create_app as qbo
from providers.simulators.qbo.config import CompanySpec, QboSimulatorConfig
from providers.simulators.xero.app import create_app as xero
from providers.simulators.xero.config import OrganisationSpec, XeroSimulatorConfig
from schemas.ids import ProviderName

_FIRST_REALM: Final = 9341450000000001


def _qbo(companies: int) -> ASGIApp:
    return qbo(
        QboSimulatorConfig(
            companies=tuple(
                CompanySpec(realm=str(_FIRST_REALM + n), name=f"Larkspur Supply {n + 1}")
                for n in range(companies)
            )
        )
    )


def _xero(companies: int) -> ASGIApp:
    return xero(
        XeroSimulatorConfig(
            organisations=tuple(
                OrganisationSpec(name=f"Maple Florist {n + 1}") for n in range(companies)
            )
        )
    )


SIMULATORS: Final[Mapping[ProviderName, Callable[[int], ASGIApp]]] = {
    ProviderName("qbo"): _qbo,
    ProviderName("xero"): _xero,
}


@asynccontextmanager
async def simulating(
    provider: ProviderName, companies: int, *, host: str, port: int
) -> AsyncIterator[int]:
    """Serve a provider's simulator while the body runs, and yield its port.

    Raises:
        PortInUse: another program listens there.
    """
    async with serving(SIMULATORS[provider](companies), host, port) as found:
        yield found
