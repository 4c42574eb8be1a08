"""An outbox as an earlier version of the schema was installed, with the names of that time."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection


async def install_version(connection: AsyncConnection, version: int) -> None:
    """Run the statements as the package of that time did."""
    ddl = Path(__file__).with_name(f"version_{version}.sql")
    for statement in ddl.read_text("utf-8").split("\n\n"):
        await connection.exec_driver_sql(statement)
