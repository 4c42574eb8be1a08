"""`ledgerlane docs`: write the pages that are generated from code."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.docs import access_page, api_document, capabilities, errors_page
from gateway.docs.reference import pages


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(docs)


def docs(
    into: Annotated[Path, typer.Option(help="Root of the repository.")] = Path(),
) -> None:
    """Write the generated pages of docs/, and .env.example, from the code."""
    written = {
        **pages(),
        access_page.PAGE: access_page.access_page(),
        api_document.PAGE: api_document.api_document(),
        capabilities.PAGE: capabilities.capabilities_page(into),
        errors_page.PAGE: errors_page.errors_page(errors_page.sources()),
    }
    for path, page in written.items():
        (into / path).write_text(page, encoding="utf-8")
        typer.echo(path)
