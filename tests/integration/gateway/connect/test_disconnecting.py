"""A company is disconnected over the API: what it would mean, then archive or purge."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.store.desired_states import DesiredState, upsert_desired
from gateway.runtime.lifecycle import utc_now
from gateway.vault import AesVault
from providers.grants import GrantStore
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId, record_id
from tests.eventually import PATIENCE_S, eventually
from tests.fakes.served import QBO_REALMS, XERO_REALMS, Simulated
from tests.integration.gateway.connect.served_gateway import Admin, ServedGateway
from tests.integration.gateway.connect.test_consent import answer_of

REALMS = {"qbo": QBO_REALMS[0], "xero": XERO_REALMS[0]}
each_provider = pytest.mark.parametrize("name", ["qbo", "xero"])


async def connected(gateway: ServedGateway, admin: Admin, name: str) -> ConnectionId:
    """Connect a company, with a customer that agrees and one that is still to be written."""
    await admin.follow(await answer_of(gateway, admin, name, REALMS[name]))
    (row,) = await gateway.rows("SELECT id FROM connections")
    connection = ConnectionId(row["id"])
    await _announce(gateway.engine, connection, name, "linked", "pending")
    await gateway.execute(
        "UPDATE sync_records SET state = 'agreed', external_id = '7' "
        "WHERE document_id = 'linked'"
    )
    await gateway.execute("UPDATE connections SET settings = '{\"classes\": {}}'")
    return connection


async def _announce(
    engine: AsyncEngine, connection: ConnectionId, name: str, *documents: str
) -> None:
    states = [
        DesiredState(
            record_id=record_id(connection, DocumentType.CUSTOMER, one),
            connection_id=connection,
            tenant_id=TenantId("t1"),
            realm_id=RealmId(REALMS[name]),
            provider=ProviderName(name),
            document_type=DocumentType.CUSTOMER,
            document_id=one,
            document="{}",
            version=1,
        )
        for one in documents
    ]
    async with engine.begin() as database:
        await upsert_desired(database, states, now=utc_now())


def address(connection: ConnectionId, tenant: str = "t1") -> str:
    return f"/v1/tenants/{tenant}/connections/{connection}"


def revocations(simulator: Simulated) -> int:
    return sum(path.endswith(("/revoke", "/revocation")) for _, path in simulator.requests)


async def preview(gateway: ServedGateway, connection: ConnectionId) -> dict[str, Any]:
    answer = await gateway.api.get(f"{address(connection)}/disconnection")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@each_provider
async def test_a_preview_names_the_company_and_counts_and_changes_nothing(
    gateway: ServedGateway, admin: Admin, name: str, request: pytest.FixtureRequest
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    connection = await connected(gateway, admin, name)
    seen = await preview(gateway, connection)
    assert seen["company_name"] == ("Org 1" if name == "xero" else f"Co {REALMS[name]}")
    assert (seen["pending_records"], seen["linked_records"]) == (1, 1)
    assert seen["revokes_consent"] is True
    assert set(seen["modes"]) == {"archive", "purge"}
    assert revocations(simulator) == 0
    assert await gateway.count("grants") == 1


@each_provider
async def test_an_archive_keeps_links_and_settings_for_the_next_consent(
    gateway: ServedGateway, admin: Admin, name: str, request: pytest.FixtureRequest
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    connection = await connected(gateway, admin, name)
    answer = await gateway.api.delete(address(connection))
    assert answer.json() == {
        "id": str(connection),
        "state": "disconnected",
        "mode": "archive",
    }
    assert revocations(simulator) == 1
    assert await gateway.count("grants") == 0
    assert await gateway.count("sync_records") == 2
    await admin.follow(await answer_of(gateway, admin, name, REALMS[name]))
    (row,) = await gateway.rows("SELECT id, state, settings FROM connections")
    assert row == {"id": connection, "state": "connected", "settings": {"classes": {}}}
    (linked,) = await gateway.rows(
        "SELECT external_id FROM sync_records WHERE document_id = 'linked'"
    )
    assert linked == {"external_id": "7"}


@each_provider
async def test_a_purge_deletes_links_and_settings_and_keeps_the_audit(
    gateway: ServedGateway, admin: Admin, name: str, request: pytest.FixtureRequest
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    connection = await connected(gateway, admin, name)
    answer = await gateway.api.delete(address(connection), params={"mode": "purge"})
    assert answer.json()["mode"] == "purge"
    assert revocations(simulator) == 1
    for table in ("sync_records", "dependencies", "intents", "tasks", "grants"):
        assert await gateway.count(table) == 0, table
    (row,) = await gateway.rows("SELECT state, settings FROM connections")
    assert row == {"state": "disconnected", "settings": {}}

    async def audited() -> bool:
        return await gateway.count("api_calls") > 0

    await eventually(audited)


@pytest.mark.accepts("CON-07", "API-05")
@each_provider
async def test_after_a_disconnection_the_token_is_of_no_use_and_pushes_are_refused(
    gateway: ServedGateway, admin: Admin, name: str, request: pytest.FixtureRequest
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    connection = await connected(gateway, admin, name)
    async with gateway.engine.connect() as database:
        grant = await GrantStore(database, AesVault(gateway.settings.vault_keys)).of(connection)
    assert grant is not None
    assert await _status_with(simulator, grant.token.access) == 200
    assert (await gateway.api.delete(address(connection))).status_code == 200
    assert revocations(simulator) == 1
    assert await _status_with(simulator, grant.token.access) in (401, 403)
    push = await gateway.api.post(f"/v1/tenants/t1/providers/{name}/sync")
    assert (push.status_code, push.json()["code"]) == (409, "connection_required")


async def _status_with(simulator: Simulated, token: str) -> int:
    realm = REALMS[simulator.name]
    read = {
        "qbo": f"/v3/company/{realm}/companyinfo/{realm}",
        "xero": "/api.xro/2.0/Organisation",
    }[simulator.name]
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "xero-tenant-id": realm,
    }
    async with httpx.AsyncClient(base_url=simulator.url, timeout=PATIENCE_S) as client:
        return (await client.get(read, headers=headers)).status_code


async def test_what_cannot_be_disconnected_is_refused_and_nothing_changes(
    gateway: ServedGateway, admin: Admin, qbo: Simulated
) -> None:
    connection = await connected(gateway, admin, "qbo")
    foreign = await gateway.api.delete(address(connection, tenant="t2"))
    assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown_connection")
    wrong = await gateway.api.delete(address(connection), params={"mode": "burn"})
    assert wrong.status_code == 422
    rule = {"name": "down", "kind": "unavailable", "path": "tokens/revoke"}
    qbo.control("faults", rule)
    down = await gateway.api.delete(address(connection), params={"mode": "purge"})
    assert (down.status_code, down.json()["code"]) == (503, "provider_unavailable")
    (row,) = await gateway.rows("SELECT state FROM connections")
    assert row == {"state": "connected"}
    assert await gateway.count("sync_records") == 2
