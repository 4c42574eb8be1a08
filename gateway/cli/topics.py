"""`ledgerlane topics`: the catalogue, and its topics on the broker."""

import asyncio
from collections.abc import Sequence
from typing import Any

import typer

from gateway.config.settings import Settings
from gateway.output import Json, print_json, print_table
from gateway.runtime.broker import apply_topics
from providers.registry import PROVIDERS
from schemas.topics import Topic, catalogue

app = typer.Typer(help="The topics: list the catalogue, or create them on the broker.")


@app.command("list")
def list_topics(json: Json = False) -> None:
    """List the catalogue: name, key, partitions, retention, owner and purpose."""
    topics = catalogue(tuple(PROVIDERS))
    if json:
        print_json([_as_dict(topic) for topic in topics])
    else:
        print_table(("name", "key", "partitions", "days", "purpose"), _rows(topics))


@app.command()
def apply(json: Json = False) -> None:
    """Create the topics that are missing; refuse where partition counts are wrong."""
    wanted = catalogue(tuple(PROVIDERS))
    settings = Settings.from_environ()
    created = asyncio.run(apply_topics(settings.kafka_bootstrap, wanted))
    if json:
        print_json({"topics": len(wanted), "created": [topic.name for topic in created]})
    else:
        typer.echo(f"{len(wanted)} topics, {len(created)} of them created now")


def _rows(topics: Sequence[Topic]) -> list[tuple[str, ...]]:
    return [
        (one.name, one.key.value, str(one.partitions), str(one.retention.days), one.purpose)
        for one in topics
    ]


def _as_dict(topic: Topic) -> dict[str, Any]:
    return {
        "name": topic.name,
        "key": topic.key.value,
        "partitions": topic.partitions,
        "retention_s": topic.retention.total_seconds(),
        "owner": topic.owner,
        "purpose": topic.purpose,
    }
