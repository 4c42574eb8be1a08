"""`ledgerlane actions`: what the gateway can do to which document at which provider."""

import typer

from gateway.output import Json, print_json
from providers.actions import actions
from providers.registry import PROVIDERS


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("actions")(list_actions)


def list_actions(json: Json = False) -> None:
    """List the actions by name; with --json, each with its input and output schema."""
    found = actions(PROVIDERS.values())
    if json:
        print_json([{"name": a.name, "input": a.input, "output": a.output} for a in found])
    else:
        for action in found:
            typer.echo(action.name)
