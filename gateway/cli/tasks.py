"""`ledgerlane tasks`: what a person must do, listed, shown, and solved."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import typer

from consumers.store.tasks import NoSuchTask, TaskClosed, TaskFilter
from gateway.cli.use_case import run_use_case
from gateway.config.settings import Settings
from gateway.errors import Refusal
from gateway.operations.tasks import get_task, search_tasks, solve_task
from gateway.output import Json, print_json, print_table
from gateway.runtime.lifecycle import utc_now
from gateway.wiring.database import open_sessions
from gateway.wiring.signals import open_signals
from schemas.errors import Solver

app = typer.Typer(no_args_is_help=True, help="Tasks: what a person must do. List, show, solve.")

TITLES = ("id", "opened_at", "seen", "tenant", "realm", "document", "now", "solver", "cause")


class NothingToSolve(Refusal):
    """There is no such task, or no longer."""


@app.command("list")
def list_tasks(
    tenant: Annotated[str, typer.Option(help="Only this tenant.")] = "",
    realm: Annotated[str, typer.Option(help="Only this realm.")] = "",
    solver: Annotated[
        Solver | None, typer.Option(help="Only tasks that these people can solve.")
    ] = None,
    closed: Annotated[
        bool, typer.Option("--closed", help="List those that are closed.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most rows to list.")] = 100,
    json: Json = False,
) -> None:
    """List tasks, newest first, with the state of their records now."""
    wanted = TaskFilter(None, tenant or None, realm or None, None, solver, is_open=not closed)
    found = run_use_case(
        Settings.from_environ(), lambda sessions: search_tasks(sessions, wanted, limit=limit)
    )
    if json:
        print_json(found)
    else:
        print_table(TITLES, [_row(task) for task in found])


@app.command()
def show(task: UUID) -> None:
    """Show one task whole, open or closed, as JSON."""
    try:
        found = run_use_case(
            Settings.from_environ(), lambda sessions: get_task(sessions, task, tenant=None)
        )
    except NoSuchTask as exc:
        raise NothingToSolve(f"{exc}: `ledgerlane tasks list` shows those there are") from exc
    print_json(found)


@app.command()
def solve(
    task: UUID,
    note: Annotated[str, typer.Option(help="What was done, for later readers.")],
    json: Json = False,
) -> None:
    """Report that a task's cause is gone: its record is tried again; agreement closes it."""
    try:
        found = asyncio.run(_solve(Settings.from_environ(), task, note))
    except (NoSuchTask, TaskClosed) as exc:
        raise NothingToSolve(f"{exc}: `ledgerlane tasks list` shows the open ones") from exc
    if json:
        print_json(found)
    else:
        typer.echo(f"tried again: {found['document_type']} {found['document_id']}")


async def _solve(settings: Settings, task: UUID, note: str) -> Mapping[str, Any]:
    async with open_sessions(settings) as sessions, open_signals(settings) as signals:
        return await solve_task(
            task,
            tenant=None,
            note=note,
            sessions=sessions,
            signals=signals,
            now=utc_now(),
        )


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
