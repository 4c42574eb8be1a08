"""The command `ledgerlane`: joins the families of commands."""

import typer

from gateway.cli import (
    actions,
    api,
    audit,
    clients,
    connect,
    connect_page,
    dead,
    demo,
    docs,
    inspect,
    keys,
    migrate,
    relay,
    simulate,
    tasks,
    tokens,
    topics,
    up,
    valves,
    vault,
    worker,
)

app = typer.Typer(
    name="ledgerlane",
    add_completion=False,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    help="Keep a platform's documents and its customers' ledgers in agreement.",
)


@app.callback()
def show_help(context: typer.Context) -> None:
    """Keep a platform's documents and its customers' ledgers in agreement.

    Settings come from the environment; docs/settings.md lists them.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for family in (
    up,
    demo,
    api,
    relay,
    worker,
    migrate,
    connect,
    connect_page,
    inspect,
    simulate,
    docs,
    actions,
):
    family.register(app)
app.add_typer(topics.app, name="topics")
app.add_typer(dead.app, name="dead")
app.add_typer(tasks.app, name="tasks")
app.add_typer(tokens.app, name="tokens")
app.add_typer(valves.app, name="valves")
app.add_typer(vault.app, name="vault")
app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")
app.add_typer(clients.app, name="clients")
