"""The official JavaScript clients of both ledgers, unchanged, against the simulators.

Every request of their process goes to the simulator, whatever host it is for
(`node/redirect.cjs`): connecting, refreshing, revoking, and each operation that is offered.
"""

from pathlib import Path
from typing import Final

import pytest

from providers.simulators.qbo.app import create_app as create_qbo
from providers.simulators.xero.app import create_app as create_xero
from providers.simulators.xero.config import (
    DEMO_APP,
    OrganisationSpec,
    XeroQuotas,
    XeroSimulatorConfig,
)
from tests.fakes.listening import listening
from tests.fakes.node import run_node
from tests.integration.simulators.offered import (
    Driven,
    offered_by_qbo,
    offered_by_xero,
    qbo_operations,
    xero_operations,
)
from tests.integration.simulators.qbo_server import APP, CONFIG, US

pytestmark = pytest.mark.accepts("GWY-37")

_SCRIPTS: Final = Path(__file__).parent / "node"
_XERO: Final = XeroSimulatorConfig(
    organisations=(
        OrganisationSpec(name="Maple Florist"),
        OrganisationSpec(name="Harbour Cafe", country="GB"),
    ),
    quotas=XeroQuotas(calls_per_minute=10_000),
)


async def test_intuit_oauth_and_node_quickbooks_do_everything_that_is_offered() -> None:
    driven = Driven(create_qbo(CONFIG), qbo_operations)
    with listening(driven, lifespan="on") as base:
        said = await run_node(
            _SCRIPTS / "qbo.cjs",
            packages="node-sdks",
            SIMULATOR=base,
            REALM=US,
            CLIENT_ID=APP.client_id,
            CLIENT_SECRET=APP.client_secret,
        )
    assert said == "done\n"
    assert offered_by_qbo() - driven.done == set()


async def test_xero_node_does_everything_that_is_offered() -> None:
    driven = Driven(create_xero(_XERO), xero_operations)
    with listening(driven, lifespan="on") as base:
        said = await run_node(
            _SCRIPTS / "xero.cjs",
            packages="node-sdks",
            SIMULATOR=base,
            CLIENT_ID=DEMO_APP.client_id,
            CLIENT_SECRET=DEMO_APP.client_secret or "",
        )
    assert said == "done\n"
    assert offered_by_xero() - driven.done == set()
