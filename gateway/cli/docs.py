"""`ledgerlane docs`: write the pages that are made from code."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.capabilities import PAGE, capabilities_page
from gateway.reference import pages


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(docs)


def docs(
    into: Annotated[Path, typer.Option(help="Root of the repository.")] = Path(),
) -> None:
    """Write the generated pages of docs/, and .env.example, from the code."""
    for path, page in {**pages(), PAGE: capabilities_page(into)}.items():
        (into / path).write_text(page, encoding="utf-8")
        typer.echo(path)
