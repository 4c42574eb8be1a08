"""Every place in which a secret might have been left, as text by its name."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.chaos.process_group import ProcessGroup
from tests.chaos.services import TOPICS
from tests.e2e.topics import records

_TABLES = text("""
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
""")


async def places(group: ProcessGroup) -> dict[str, str]:
    """Read all logs, topics and tables."""
    found = {path.name: path.read_text(errors="replace") for path in _logs(group)}
    for record in await records(
        group.services.kafka.bootstrap, *(topic.name for topic in TOPICS)
    ):
        headers = b" ".join(value for _, value in record.headers)
        said = b" ".join((record.key, headers, record.value)).decode(errors="replace")
        found[record.topic] = f"{found.get(record.topic, '')}\n{said}"
    found |= await _tables(group.gateway)
    found |= {f"platform's {k}": v for k, v in (await _tables(group.platform.database)).items()}
    return found


def seen(secrets: Iterable[str], where: Mapping[str, str]) -> list[str]:
    """Name the places that hold a secret, in clear or in an encoding that hides nothing."""
    forms = [form for secret in secrets for form in _forms(secret)]
    return [place for place, said in where.items() if any(form in said for form in forms)]


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield secret.encode().hex()
    yield b64encode(secret.encode()).decode().rstrip("=")


def _logs(group: ProcessGroup) -> Iterator[Path]:
    for folder in (group.services.run.logs, group.logs):
        yield from folder.glob("*.log")


async def _tables(database: AsyncEngine) -> dict[str, str]:
    found = {}
    async with database.connect() as connection:
        for table in list(await connection.scalars(_TABLES)):
            rows = await connection.scalars(text(f"SELECT t::text FROM {table} t"))  # noqa: S608
            found[table] = "\n".join(rows)
    return found
