"""`ledgerlane tasks`: what somebody must do, listed, shown, and solved."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import typer

from consumers.store.tasks import NoSuchTask, TaskClosed, TaskFilter
from gateway.cli.output import Json, print_json, print_table
from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.database.migrate import check_migrated
from gateway.errors import Refusal
from gateway.operations.tasks import StoredTasks
from gateway.wiring.replays import solve_task
from schemas.errors import Solver

app = typer.Typer(no_args_is_help=True, help="Tasks: what somebody must do. List, show, solve.")

TITLES = ("id", "opened_at", "seen", "tenant", "realm", "document", "now", "solver", "cause")


class NothingToSolve(Refusal):
    """There is no such task, or no longer."""


@app.command("list")
def list_tasks(
    tenant: Annotated[str, typer.Option(help="Only this tenant.")] = "",
    realm: Annotated[str, typer.Option(help="Only this realm.")] = "",
    solver: Annotated[Solver | None, typer.Option(help="Only what these can solve.")] = None,
    closed: Annotated[bool, typer.Option("--closed", help="Those that are closed.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    json: Json = False,
) -> None:
    """List tasks, newest first, with how their records stand now."""
    wanted = TaskFilter(None, tenant or None, realm or None, None, solver, is_open=not closed)
    found = asyncio.run(_search(Settings.from_environ(), wanted, limit))
    if json:
        print_json(found)
    else:
        print_table(TITLES, [_row(task) for task in found])


@app.command()
def show(task: UUID) -> None:
    """Show one task whole, open or closed, as JSON."""
    wanted = TaskFilter(id=task, is_open=None)
    found = asyncio.run(_search(Settings.from_environ(), wanted, 1))
    if not found:
        raise NothingToSolve(f"no task {task}: `ledgerlane tasks list` shows those there are")
    print_json(found[0])


@app.command()
def solve(
    task: UUID,
    note: Annotated[str, typer.Option(help="What was done, for those who look later.")],
    json: Json = False,
) -> None:
    """Say that a task's cause is gone: its record is tried again, and agreement closes it."""
    try:
        found = asyncio.run(solve_task(Settings.from_environ(), task, note=note))
    except (NoSuchTask, TaskClosed) as exc:
        raise NothingToSolve(f"{exc}: `ledgerlane tasks list` shows the open ones") from exc
    if json:
        print_json(found)
    else:
        typer.echo(f"tried again: {found['document_type']} {found['document_id']}")


async def _search(
    settings: Settings, wanted: TaskFilter, limit: int
) -> Sequence[Mapping[str, Any]]:
    async with open_database(settings.database_url) as engine:
        await check_migrated(engine)
        return await StoredTasks(engine).search(wanted, limit=limit)


def _row(task: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(task["id"]),
        f"{task['opened_at']:%Y-%m-%d %H:%M:%S}",
        str(task["times_seen"]),
        task["tenant_id"],
        task["realm_id"],
        f"{task['document_type']} {task['document_id']}",
        task["record_state"],
        task["solver"],
        task["cause"][:80],
    )
