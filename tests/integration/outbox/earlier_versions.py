"""An outbox as an earlier version of the schema was installed, and what a schema has."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# All that is named or defined in the schema, with the bodies of functions.
LAYOUT = text("""
    SELECT 'relation', relname, relkind::text FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace
     UNION ALL
    SELECT 'column', attrelid::regclass || '.' || attname, format_type(atttypid, atttypmod)
      FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
     WHERE relnamespace = current_schema()::regnamespace AND attnum > 0 AND NOT attisdropped
     UNION ALL
    SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
     UNION ALL
    SELECT 'constraint', conname, replace(pg_get_constraintdef(oid), ' NOT VALID', '')
      FROM pg_constraint
     WHERE connamespace = current_schema()::regnamespace
     UNION ALL
    SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger
     UNION ALL
    SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc
     WHERE pronamespace = current_schema()::regnamespace
""")


async def install_version(connection: AsyncConnection, version: int) -> None:
    """Run the statements as the package of that time did."""
    ddl = Path(__file__).with_name(f"version_{version}.sql")
    for statement in ddl.read_text("utf-8").split("\n\n"):
        await connection.exec_driver_sql(statement)


async def layout(connection: AsyncConnection) -> set[tuple[object, ...]]:
    """Return all tables, columns, constraints and functions, whatever the columns' order."""
    return {tuple(row) for row in await connection.execute(LAYOUT)}
