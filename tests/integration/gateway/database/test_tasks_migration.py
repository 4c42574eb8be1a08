"""The migration that brought tasks: what was stopped before has one, and what agreed an end."""

from typing import Any

import pytest
from sqlalchemy import text

from gateway.database.engine import open_database
from gateway.database.migrate import downgrade, revision_of, upgrade

RECORD = text("""
    INSERT INTO sync_records (
        record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        desired, desired_version, desired_at, state, reason, priority, tries, synced_at,
        updated_at)
    VALUES (gen_random_uuid(), gen_random_uuid(), 't1', '9341', 'qbo', 'vendor', :name,
            '{"id": "v", "name": "V"}', 3, now(), :state, CAST(:reason AS jsonb), 1, :tries,
            CASE WHEN :state = 'agreed' THEN now() END, now())
""")
TASKS = "SELECT document_id, code, solver, provider_code, version, times_seen FROM tasks"


def reason(solver: str) -> str:
    said = '"code":"refused","category":"setting","cause":"So.","fix":"Else."'
    return f'{{{said},"solver":"{solver}","provider_code":"6210"}}'


RECORDS: list[dict[str, Any]] = [
    {"name": "held", "state": "held", "reason": reason("tenant_admin"), "tries": 1},
    {"name": "dead", "state": "dead", "reason": reason("platform"), "tries": 6},
    {"name": "hopes", "state": "held", "reason": reason("nobody"), "tries": 1},
    {"name": "waits", "state": "waiting", "reason": reason("tenant_admin"), "tries": 0},
    {"name": "recovered", "state": "agreed", "reason": None, "tries": 2},
    {"name": "unharmed", "state": "agreed", "reason": None, "tries": 0},
]


@pytest.mark.accepts("ERR-15")
async def test_what_was_stopped_before_has_a_task_and_what_recovered_a_time(
    database_url: str,
) -> None:
    await upgrade(database_url, "0003")
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            await database.execute(RECORD, RECORDS)
        await upgrade(database_url)
        async with engine.connect() as database:
            tasks = await database.execute(text(TASKS))
            resolved = await database.execute(
                text("SELECT document_id FROM sync_records WHERE resolved_at = synced_at")
            )
            assert sorted(tuple(row) for row in tasks) == [
                ("dead", "refused", "platform", "6210", 3, 1),
                ("held", "refused", "tenant_admin", "6210", 3, 1),
                ("hopes", "refused", "tenant_admin", "6210", 3, 1),
            ]
            assert list(resolved.scalars()) == ["recovered"]
        await downgrade(database_url, "0003")
        assert await revision_of(engine) == "0003"
        await upgrade(database_url)
        async with engine.connect() as database:
            assert (
                await database.execute(text("SELECT count(*) FROM tasks"))
            ).scalar_one() == 3
