"""An outbox as version 1 of the schema was installed, with the names of that time."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

_DDL = Path(__file__).with_suffix(".sql")


async def install_version_1(connection: AsyncConnection) -> None:
    """Run the statements as the package of that time did."""
    for statement in _DDL.read_text("utf-8").split("\n\n"):
        await connection.exec_driver_sql(statement)
