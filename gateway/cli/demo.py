"""`ledgerlane demo`: simulated business, faults, and a comparison of both books."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.stoppable import run_stoppable
from gateway.demo.business.document_mix import LEAST
from gateway.demo.business.scenario import TENANTS
from gateway.demo.faults.fault_plan import FaultLevel
from gateway.extras import DEMO, check_extra
from gateway.output import Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    documents: Annotated[
        int, typer.Option(min=LEAST * len(TENANTS), help="The number of documents.")
    ] = 400,
    seed: Annotated[int, typer.Option(help="The same seed makes the same business.")] = 1,
    faults: Annotated[FaultLevel, typer.Option(help="The level of faults.")] = FaultLevel.SOME,
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
    check_extra("ledgerlane demo", DEMO)
    # The extra is there: only now may what needs it be imported.
    from gateway.demo.command import Output, run_command
    from gateway.demo.runner import Options

    options = Options(documents=documents, seed=seed, faults=faults)
    run_stoppable(run_command(options, Output(keep=keep, screen=screen, json=json)))
