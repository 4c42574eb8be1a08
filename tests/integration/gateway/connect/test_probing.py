"""One connection over the API: its status, and a test of it at the provider."""

from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from tests.fakes.served import QBO_REALMS, XERO_REALMS, Simulated
from tests.integration.gateway.connect.served_gateway import Admin, ServedGateway
from tests.integration.gateway.connect.test_consent import answer_of

REALMS = {"qbo": QBO_REALMS[0], "xero": XERO_REALMS[0]}
NAMES = {"qbo": f"Co {QBO_REALMS[0]}", "xero": "Org 1"}
LIFE = {"qbo": timedelta(hours=1), "xero": timedelta(minutes=30)}
STATUS = {
    "type": "object",
    "required": [
        *("connected", "state", "realm_id", "company_name", "environment"),
        *("connected_at", "token_expires_at", "refresh_expires_at", "token_valid"),
    ],
    "properties": {
        "connected": {"type": "boolean"},
        "state": {"enum": ["connected", "disconnected", "expired", "error"]},
        "realm_id": {"type": "string", "minLength": 1},
        "company_name": {"type": "string"},
        "environment": {"enum": ["sandbox", "production"]},
        "connected_at": {"type": "string", "format": "date-time"},
        "token_expires_at": {"type": ["string", "null"], "format": "date-time"},
        "refresh_expires_at": {"type": ["string", "null"], "format": "date-time"},
        "token_valid": {"type": "boolean"},
    },
}
each_provider = pytest.mark.parametrize("name", ["qbo", "xero"])


async def connected(gateway: ServedGateway, admin: Admin, name: str) -> str:
    """Connect a company; return the path of its connection."""
    await admin.follow(await answer_of(gateway, admin, name, REALMS[name]))
    (row,) = await gateway.rows("SELECT id FROM connections")
    return f"/v1/tenants/t1/connections/{row['id']}"


@pytest.mark.accepts("CON-15")
@each_provider
async def test_the_status_is_what_the_provider_gave(
    gateway: ServedGateway, admin: Admin, name: str
) -> None:
    path = await connected(gateway, admin, name)
    status = (await gateway.api.get(path)).json()
    jsonschema.validate(status, STATUS, format_checker=jsonschema.FormatChecker())
    assert (status["connected"], status["token_valid"]) == (True, True)
    assert (status["realm_id"], status["company_name"]) == (REALMS[name], NAMES[name])
    assert status["environment"] == "sandbox"
    left = datetime.fromisoformat(status["token_expires_at"]) - datetime.now(UTC)
    assert timedelta(0) < left <= LIFE[name]
    await gateway.execute("UPDATE grants SET expires_at = now()")
    assert (await gateway.api.get(path)).json()["token_valid"] is False
    await gateway.api.delete(path)
    ended = (await gateway.api.get(path)).json()
    jsonschema.validate(ended, STATUS)
    assert (ended["connected"], ended["token_valid"]) == (False, False)
    assert ended["token_expires_at"] is None


@pytest.mark.accepts("API-08")
@each_provider
async def test_a_test_reads_the_company_and_says_how_long_it_took(
    gateway: ServedGateway, admin: Admin, name: str
) -> None:
    path = await connected(gateway, admin, name)
    await gateway.execute("UPDATE connections SET company_name = 'Old name'")
    answer = await gateway.api.post(f"{path}/test")
    found = answer.json()
    assert answer.status_code == 200
    assert found["latency_ms"] > 0
    assert (found["ok"], found["state"], found["reason"]) == (True, "connected", None)
    assert found["company_name"] == NAMES[name]


@pytest.mark.accepts("API-08")
@each_provider
async def test_a_consent_that_is_gone_expires_the_connection(
    gateway: ServedGateway, admin: Admin, name: str, request: pytest.FixtureRequest
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    path = await connected(gateway, admin, name)
    simulator.control(f"connections/{REALMS[name]}/disconnect", {})
    found = (await gateway.api.post(f"{path}/test")).json()
    assert (found["ok"], found["state"]) == (False, "expired")
    assert found["reason"]["fix"]
    again = await gateway.api.post(f"{path}/test")
    assert (again.status_code, again.json()["code"]) == (409, "connection_required")
    other = path.replace("/t1/", "/t2/")
    for answer in (await gateway.api.get(other), await gateway.api.post(f"{other}/test")):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_connection")


async def test_trouble_at_the_provider_is_no_end_of_the_consent(
    gateway: ServedGateway, admin: Admin, qbo: Simulated
) -> None:
    path = await connected(gateway, admin, "qbo")
    qbo.control("faults", {"name": "down", "kind": "unavailable", "path": "companyinfo"})
    found = (await gateway.api.post(f"{path}/test")).json()
    assert (found["ok"], found["state"]) == (False, "connected")
    assert found["reason"]["cause"]
