"""What is in the database at the end: each row was written by its own tenant alone."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_WRONG: Final = {
    "records of another's document": """
        SELECT count(*) FROM sync_records
         WHERE tenant_id <> split_part(document_id, ':', 1) OR desired ->> 'name' <> tenant_id
    """,
    "records that another held": """
        SELECT count(*) FROM sync_records
         WHERE reason ->> 'code' = 'isolation' AND reason ->> 'cause' <> tenant_id
    """,
    "records of another's connection": """
        SELECT count(*) FROM sync_records r JOIN connections c ON c.id = r.connection_id
         WHERE c.tenant_id <> r.tenant_id
    """,
    "tasks that another opened or solved": """
        SELECT count(*) FROM tasks
         WHERE (code = 'isolation' AND cause <> tenant_id) OR note <> tenant_id
    """,
    "dead letters of another's event": """
        SELECT count(*) FROM dead_letters
         WHERE NOT original_headers @> jsonb_build_array(
                   jsonb_build_array('ce_tenantid', tenant_id))
    """,
}


async def wrong_rows(engine: AsyncEngine) -> dict[str, int]:
    """Return how many rows of each kind are not their tenant's own; empty if none is."""
    async with engine.connect() as owner:
        found = {what: await owner.scalar(text(query)) for what, query in _WRONG.items()}
    return {what: count for what, count in found.items() if count}
