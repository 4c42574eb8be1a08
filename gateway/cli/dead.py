"""`ledgerlane dead`: list, show and replay dead letters."""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import typer

from consumers.store.dead_letters import DeadLetterFilter, search
from consumers.store.record_queries import records_by_id
from consumers.store.replay import Effect, Replay
from gateway.cli.output import Json, print_json, print_table
from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.database.migrate import check_migrated
from gateway.errors import Refusal
from gateway.wiring.replays import replay_letters

app = typer.Typer(help="Dead letters: list them, show one, replay them.")

Tenant = Annotated[str, typer.Option(help="Only this tenant.")]
Realm = Annotated[str, typer.Option(help="Only this realm.")]
Code = Annotated[str, typer.Option(help="Only this reason code.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")]
Ids = Annotated[list[UUID] | None, typer.Argument(help="Ids; without them, see the options.")]

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
# What is said of a letter's record: how it stands now.
STANDING = ("state", "attempts", "tries", "next_attempt_at", "synced_at", "resolved_at")


class NoSuchLetter(Refusal):
    """No dead letter has this id."""


@app.command("list")
def list_letters(
    tenant: Tenant = "",
    realm: Realm = "",
    code: Code = "",
    limit: Limit = 100,
    replayed: Annotated[bool, typer.Option(help="Those that were replayed.")] = False,
    json: Json = False,
) -> None:
    """List dead letters, newest first, with how their records stand now."""
    wanted = DeadLetterFilter(
        None, tenant or None, realm or None, code or None, replayed=replayed
    )
    letters = asyncio.run(_search(Settings.from_environ(), wanted, limit))
    if json:
        print_json([shown(letter) for letter in letters])
    else:
        print_table(TITLES, [_row(letter) for letter in letters])


@app.command()
def show(letter: UUID) -> None:
    """Show one dead letter whole, as JSON."""
    wanted = DeadLetterFilter(ids=(letter,), replayed=None)
    found = asyncio.run(_search(Settings.from_environ(), wanted, 1))
    if not found:
        raise NoSuchLetter(
            f"no dead letter {letter}: `ledgerlane dead list` shows those there are"
        )
    print_json(shown(found[0]))


@app.command()
def replay(
    ids: Ids = None,
    tenant: Tenant = "",
    realm: Realm = "",
    code: Code = "",
    limit: Limit = 100,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be.")] = False,
    json: Json = False,
) -> None:
    """Try dead letters again: those named, or those that the options find."""
    if not (ids or tenant or realm or code):
        raise typer.BadParameter("name ids, or say --tenant, --realm or --code")
    wanted = DeadLetterFilter(
        tuple(ids) if ids else None, tenant or None, realm or None, code or None
    )
    settings = Settings.from_environ()
    done = asyncio.run(replay_letters(settings, wanted, limit=limit, dry_run=dry_run))
    if json:
        print_json([{"id": r.letter["id"], "effect": r.effect.value} for r in done])
    else:
        typer.echo(_summary(done, dry_run=dry_run))


async def _search(
    settings: Settings, wanted: DeadLetterFilter, limit: int
) -> Sequence[Mapping[str, Any]]:
    async with open_database(settings.database_url) as engine:
        await check_migrated(engine)
        async with engine.connect() as connection:
            letters = await search(connection, wanted, limit=limit)
            ids = [letter["record_id"] for letter in letters if letter["record_id"]]
            standing = await records_by_id(connection, ids)
    return [{**letter, "record": standing.get(letter["record_id"])} for letter in letters]


def shown(letter: Mapping[str, Any]) -> dict[str, Any]:
    """Give a dead letter as JSON can carry it; the record's bytes as text where they are."""
    value: bytes = letter["original_value"]
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = f"base64:{base64.b64encode(value).decode()}"
    record = letter["record"]
    standing = {name: record[name] for name in STANDING} if record else None
    return {**letter, "original_value": text, "record": standing}


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
