"""The migration that brought refused versions: what is known goes on, forward and back."""

import json
from typing import Any, Final

import pytest
from sqlalchemy import text

from gateway.database.engine import open_database
from gateway.database.migrate import downgrade, upgrade
from gateway.migrations.older_documents import is_surely_read

RECORD = """
    INSERT INTO sync_records (
        record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        desired, desired_version, state, priority, updated_at {columns})
    VALUES (gen_random_uuid(), gen_random_uuid(), 't1', '9341', 'qbo', 'vendor', '{id}',
            {desired}, '{state}', 1, now() {values})
"""
REFUSED = {"columns": ", refused_version, refusal, reason", "values": ", 2, '{}', '{}'"}
KNOWN = """'{"id": "v", "name": "V"}', 1"""
FOUND = text("SELECT document_id, state, reason FROM sync_records ORDER BY document_id")


async def test_records_that_a_refused_version_holds_go_on_without_it(database_url: str) -> None:
    plain = {"columns": "", "values": ""}
    await upgrade(database_url, "0007")
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            known = RECORD.format(id="agreed", desired=KNOWN, state="agreed", **plain)
            await database.execute(text(known))
        await upgrade(database_url, "0008")
        async with engine.begin() as database:
            for id_, desired in (("edited", KNOWN), ("never", "NULL, NULL")):
                held = RECORD.format(id=id_, desired=desired, state="held", **REFUSED)
                await database.execute(text(held))
        await downgrade(database_url, "0007")
        async with engine.connect() as database:
            found = [tuple(row) for row in await database.execute(FOUND)]
        assert found == [("agreed", "agreed", None), ("edited", "pending", None)]
        await upgrade(database_url)


INVOICE: Final = {
    "id": "i",
    "number": "INV-1",
    "customer_id": "c",
    "issued_on": "2026-07-06",
    "due_on": "2026-08-20",
    "currency": "USD",
    "lines": [{"id": "1", "unit_price": "10.00"}],
}
STORE = text("""
    INSERT INTO sync_records (
        record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        desired, desired_version, base, base_version, external_id, state, priority, updated_at)
    VALUES (gen_random_uuid(), gen_random_uuid(), 't1', '9341', 'qbo', 'invoice', :id,
            CAST(:desired AS jsonb), 2, CAST(:base AS jsonb), 1, :id, :state, 1, now())
""")
KEPT = text("""
    SELECT document_id, state, desired IS NOT NULL, desired_version, base IS NOT NULL,
           base_version, reason ->> 'code'
      FROM sync_records ORDER BY document_id
""")


def invoice(**fields: Any) -> str:
    return json.dumps({**INVOICE, **fields})


async def test_what_the_older_release_may_not_read_is_set_aside_and_back(
    database_url: str,
) -> None:
    plain, newer = invoice(), invoice(tax_totals=[{"tax_rate": "20", "amount": "2.00"}])
    rows = {
        "a": ("agreed", plain, plain),
        "b": ("agreed", newer, newer),
        "c": ("pending", newer, plain),
        "d": ("pending", plain, newer),
        "e": ("waiting", plain, plain),
    }
    await upgrade(database_url)
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            for id_, (state, desired, base) in rows.items():
                said = {"id": id_, "state": state, "desired": desired, "base": base}
                await database.execute(STORE, said)
        await downgrade(database_url, "0007")
        expected = [
            ("a", "agreed", True, 2, True, 1, None),
            ("b", "agreed", False, 2, False, 1, None),
            ("c", "held", False, None, True, 1, "invalid_document"),
            ("d", "pending", True, 2, False, 1, None),
            ("e", "waiting", True, 2, True, 1, None),
        ]
        async with engine.connect() as database:
            assert [tuple(row) for row in await database.execute(KEPT)] == expected
        await upgrade(database_url)
        async with engine.connect() as database:
            assert [tuple(row) for row in await database.execute(KEPT)] == expected


async def test_what_is_set_aside_keeps_its_link_further_back(database_url: str) -> None:
    newer = invoice(total="10.00")
    await upgrade(database_url)
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            for id_, state in (("a", "agreed"), ("p", "pending")):
                said = {"id": id_, "state": state, "desired": newer, "base": newer}
                await database.execute(STORE, said)
        await downgrade(database_url, "0005")
        linked = text("""
            SELECT document_id, external_id, desired_version FROM sync_records ORDER BY 1
        """)
        async with engine.connect() as database:
            found = [tuple(row) for row in await database.execute(linked)]
        assert found == [("a", "a", 2), ("p", "p", -1)]
        await upgrade(database_url)


@pytest.mark.parametrize(
    ("kind", "document", "read"),
    [
        ("invoice", invoice(), True),
        ("invoice", invoice(due_on="2026-07-01"), False),
        ("invoice", invoice(total="10.00"), False),
        ("invoice", invoice(lines=[{"id": "1", "unit_price": "10000000000"}]), False),
        ("invoice", invoice(number="77 – A"), False),  # noqa: RUF001
        ("invoice", invoice(lines=[{"id": "1", "unit_price": "0.12345"}]), False),
        ("customer", '{"id": "c", "name": "A", "email": "ap@larkspur.co.uk"}', True),
        ("customer", '{"id": "c", "name": "A", "email": "a@b.com, c@d.com"}', False),
        ("customer", '{"id": "c", "name": "A", "email": "a@printer.local"}', False),
        ("customer", '{"id": "c", "name": "A", "address": {"country": "Japan"}}', False),
        ("item", '{"id": "i", "code": "1", "name": "Rose: red"}', False),
        ("payment", '{"id": "p", "reference": "a reference of 25 letters"}', False),
    ],
)
def test_what_the_older_release_surely_reads(kind: str, document: str, read: bool) -> None:
    assert is_surely_read(kind, document) is read
