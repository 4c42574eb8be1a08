"""A gateway that is registered with both simulators."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.fakes.served import XERO_REALMS, Simulated, simulated_xero
from tests.integration.gateway.connect.served_gateway import (
    Admin,
    MakeSettings,
    ServedGateway,
    served_gateway,
)

THIRD = "33333333-3333-4333-8333-333333333333"


@pytest.fixture
def xero() -> Iterator[Simulated]:
    """Xero with three organisations."""
    with simulated_xero(realms=(*XERO_REALMS, THIRD)) as found:
        yield found


@pytest_asyncio.fixture
async def gateway(
    make_settings: MakeSettings,
    engine: AsyncEngine,
    kafka_bootstrap: str,
    qbo: Simulated,
    xero: Simulated,
) -> AsyncIterator[ServedGateway]:
    async with served_gateway(make_settings, engine, kafka_bootstrap, qbo, xero) as found:
        yield found


@pytest_asyncio.fixture
async def admin() -> AsyncIterator[Admin]:
    found = Admin()
    async with found.http:
        yield found
