"""`ledgerlane relay doctor`: what blocks a relay, and what to do about it."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace

import typer

from gateway.config.settings import Settings
from gateway.config.variables import OutboxSource
from gateway.errors import Refusal
from gateway.output import Json, print_json
from gateway.runtime.broker import check_topics
from gateway.runtime.lifecycle import utc_now
from gateway.runtime.telemetry import mask
from gateway.wiring.retention import retention_policy
from producers.maintenance.collect import collect_facts
from producers.maintenance.diagnostics import Diagnosis, Severity, diagnose, diagnose_broker
from producers.maintenance.facts import SourceFacts
from producers.maintenance.ring import RetentionPolicy
from providers.registry import PROVIDERS
from schemas.topics import catalogue


def doctor(json: Json = False) -> None:
    """Print what blocks each source's relay, and what to do; exits with 1 if anything does."""
    found = asyncio.run(_diagnose(Settings.from_environ()))
    if json:
        print_json([asdict(one) for one in found])
    else:
        for one in found:
            typer.echo(_line(one))
    if any(one.severity is not Severity.FINE for one in found):
        raise typer.Exit(1)


async def _diagnose(settings: Settings) -> Sequence[Diagnosis]:
    policy = retention_policy(settings)
    async with asyncio.TaskGroup() as tasks:
        broker = tasks.create_task(_broker_fault(settings))
        sources = [tasks.create_task(_collect(one, policy)) for one in settings.relay_sources]
    found = [diagnose_broker(broker.result())]
    for source in sources:
        found += diagnose(source.result())
    # Errors of drivers and reasons of parked rows are texts that others wrote.
    return [replace(one, what=mask(one.what)) for one in found]


async def _collect(source: OutboxSource, policy: RetentionPolicy) -> SourceFacts:
    return await collect_facts(
        source.name, source.url, policy, reads_log=source.reads_log, now=utc_now()
    )


async def _broker_fault(settings: Settings) -> str:
    try:
        await check_topics(settings.kafka_bootstrap, catalogue(tuple(PROVIDERS)))
    except Refusal as exc:
        return str(exc)
    return ""


def _line(one: Diagnosis) -> str:
    said = f"{one.severity:7}  {one.source}: {one.what}"
    return said if one.severity is Severity.FINE else f"{said} -> {one.remedy}"
