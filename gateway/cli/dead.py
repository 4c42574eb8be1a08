"""`ledgerlane dead`: list, show and replay dead letters."""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Annotated, Any
from uuid import UUID

import typer

from consumers.kafka.signal_producer import SignalPublisher
from consumers.store.dead_letters import DeadLetterFilter
from gateway.cli.recorded import recorded
from gateway.cli.use_case import run_use_case
from gateway.config.settings import Settings
from gateway.operations.dead_letters import get_dead_letter, search_dead_letters
from gateway.operations.replay import Effect, Replay, plan_replays, replay as carry_out
from gateway.output import Json, print_json, print_table
from gateway.runtime.lifecycle import utc_now
from gateway.wiring.database import open_sessions
from gateway.wiring.signals import KafkaEvents, open_producer

app = typer.Typer(help="Dead letters: list them, show one, replay them.")

Tenant = Annotated[str, typer.Option(help="Only this tenant.")]
Realm = Annotated[str, typer.Option(help="Only this realm.")]
Code = Annotated[str, typer.Option(help="Only this reason code.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="The most rows to list.")]
Ids = Annotated[list[UUID] | None, typer.Argument(help="Ids; without ids, the options select.")]

TITLES = (
    "id",
    "died_at",
    "tenant",
    "realm",
    "document",
    "version",
    "attempts",
    "now",
    "code",
    "cause",
)
# What is shown of the record of a letter: its state now.
RECORD_STATE = ("state", "attempts", "tries", "next_attempt_at", "synced_at", "resolved_at")


@app.command("list")
def list_letters(
    tenant: Tenant = "",
    realm: Realm = "",
    code: Code = "",
    limit: Limit = 100,
    replayed: Annotated[bool, typer.Option(help="List those that were replayed.")] = False,
    json: Json = False,
) -> None:
    """List dead letters, newest first, with the state of their records now."""
    wanted = DeadLetterFilter(
        None, tenant or None, realm or None, code or None, replayed=replayed
    )
    letters = run_use_case(
        Settings.from_environ(),
        lambda sessions: search_dead_letters(sessions, wanted, limit=limit),
    )
    if json:
        print_json([shown(letter) for letter in letters])
    else:
        print_table(TITLES, [_row(letter) for letter in letters])


@app.command()
def show(letter: UUID) -> None:
    """Show one dead letter whole, as JSON."""
    found = run_use_case(
        Settings.from_environ(), lambda sessions: get_dead_letter(sessions, letter)
    )
    print_json(shown(found))


@app.command()
def replay(
    ids: Ids = None,
    tenant: Tenant = "",
    realm: Realm = "",
    code: Code = "",
    limit: Limit = 100,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Try dead letters again: those named, or those that the options find."""
    if not (ids or tenant or realm or code):
        raise typer.BadParameter("name ids, or use --tenant, --realm or --code")
    wanted = DeadLetterFilter(
        tuple(ids) if ids else None, tenant or None, realm or None, code or None
    )
    settings = Settings.from_environ()
    said = " ".join(map(str, ids or (realm, code)))
    with nullcontext() if dry_run else recorded(settings, "dead replay", said, tenant=tenant):
        done = asyncio.run(_replay(settings, wanted, limit, dry_run=dry_run))
    if json:
        print_json([{"id": r.letter["id"], "effect": r.effect.value} for r in done])
    else:
        typer.echo(_summary(done, dry_run=dry_run))


async def _replay(
    settings: Settings, wanted: DeadLetterFilter, limit: int, *, dry_run: bool
) -> Sequence[Replay]:
    """Plan the replays; carry them out too, unless this is a dry run, which opens no Kafka."""
    async with open_sessions(settings) as sessions:
        replays = await plan_replays(sessions, wanted, limit=limit)
        if not dry_run:
            async with open_producer(settings) as producer:
                await carry_out(
                    replays,
                    sessions=sessions,
                    signals=SignalPublisher(producer),
                    events=KafkaEvents(producer),
                    now=utc_now(),
                )
    return replays


def shown(letter: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dead letter as JSON can carry it; the message's bytes as text where they are."""
    value: bytes = letter["original_value"]
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = f"base64:{base64.b64encode(value).decode()}"
    record = letter["record"]
    state = {name: record[name] for name in RECORD_STATE} if record else None
    return {**letter, "original_value": text, "record": state}


def _row(letter: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(letter["id"]),
        f"{letter['died_at']:%Y-%m-%d %H:%M:%S}",
        letter["tenant_id"],
        letter["realm_id"],
        f"{letter['document_type']} {letter['document_id']}",
        str(letter["version"]),
        str(letter["attempts"]),
        letter["record"]["state"] if letter["record"] else "",
        letter["code"],
        letter["reason"]["cause"][:80],
    )


def _summary(replays: Sequence[Replay], *, dry_run: bool) -> str:
    said = {effect: sum(r.effect is effect for r in replays) for effect in Effect}
    counted = ", ".join(f"{count} {effect.value}" for effect, count in said.items() if count)
    return f"{'would replay' if dry_run else 'replayed'}: {counted or 'nothing'}"
