"""`ledgerlane demo`: business, faults, and two books that agree in the end."""

import asyncio
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.output import Json, print_json
from gateway.cli.stoppable import run_stoppable
from gateway.config.settings import PREFIX, environment
from gateway.demo.business.document_mix import LEAST
from gateway.demo.business.scenario import TENANTS
from gateway.demo.display import LiveReporter, PlainReporter, outcome
from gateway.demo.environment.environment import GivenServices, shown_addresses
from gateway.demo.errors import BooksDiffer
from gateway.demo.faults.fault_plan import FaultLevel
from gateway.demo.reporter import Reporter
from gateway.demo.runner import FinishedDemo, Options, run_demo
from gateway.demo.verification.result import DemoResult

_WIDTH = 120


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    documents: Annotated[
        int, typer.Option(min=LEAST * len(TENANTS), help="How many documents there are.")
    ] = 400,
    seed: Annotated[int, typer.Option(help="The same seed makes the same business.")] = 1,
    faults: Annotated[FaultLevel, typer.Option(help="How much goes wrong.")] = FaultLevel.SOME,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything running until Ctrl-C.")
    ] = False,
    screen: Annotated[
        Path | None, typer.Option(help="Write the final screen to this SVG file.")
    ] = None,
    json: Json = False,
) -> None:
    """Run a platform with three tenants against simulated ledgers, and compare the books.

    Starts PostgreSQL and Kafka, or uses LEDGERLANE_DATABASE_URL and
    LEDGERLANE_KAFKA_BOOTSTRAP. Exits with 0 when the books agree to the cent.
    """
    options = Options(documents=documents, seed=seed, faults=faults)
    run_stoppable(_demo(options, keep=keep, screen=screen, json=json))


async def _demo(options: Options, *, keep: bool, screen: Path | None, json: bool) -> None:
    console = Console(stderr=json)
    with ExitStack() as stack:
        reporter = _reporter(console, stack, plain=json)
        async with run_demo(options, _given(), reporter) as over:
            stack.close()
            _tell(over.result, console, json=json)
            if screen is not None:
                _save(over.result, screen)
            if keep:
                await _keep(over, console)
            if not over.result.agrees:
                logs = over.environment.services.run.logs
                raise BooksDiffer(f"the books do not agree; logs: {logs}")


def _given() -> GivenServices:
    said = environment()
    return GivenServices(
        said.get(f"{PREFIX}DATABASE_URL", ""), said.get(f"{PREFIX}KAFKA_BOOTSTRAP", "")
    )


def _reporter(console: Console, stack: ExitStack, *, plain: bool) -> Reporter:
    if plain or not console.is_terminal:
        return PlainReporter(console)
    return stack.enter_context(LiveReporter(console))


def _tell(result: DemoResult, console: Console, *, json: bool) -> None:
    if json:
        print_json(result.as_dict())
    else:
        console.print(outcome(result, width=console.width))


def _save(result: DemoResult, path: Path) -> None:
    recorder = Console(record=True, width=_WIDTH, file=StringIO())
    recorder.print(outcome(result, width=_WIDTH))
    recorder.save_svg(str(path), title="ledgerlane demo")


async def _keep(over: FinishedDemo, console: Console) -> None:
    for name, address in shown_addresses(over.environment).items():
        console.print(f"{name}: {address}", highlight=False, markup=False, soft_wrap=True)
    console.print("Everything stays up until Ctrl-C.")
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        console.print("Stopping")
