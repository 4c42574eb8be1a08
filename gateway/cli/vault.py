"""`ledgerlane vault`: the keys that seal tokens."""

import typer

from gateway.cli.recorded import recorded
from gateway.cli.use_case import run_use_case
from gateway.config.settings import Settings
from gateway.operations.reseal import reseal_tokens
from gateway.output import Json, print_json
from gateway.vault import new_key
from gateway.wiring.vaults import open_vault

app = typer.Typer(help="The keys that seal tokens: make one, or seal everything anew.")


@app.command("new-key")
def print_new_key() -> None:
    """Print a new key; put it in LEDGERLANE_VAULT_KEYS with an id: id:key."""
    typer.echo(new_key())


@app.command()
def rekey(json: Json = False) -> None:
    """Seal every token under the current key: the first of the ring, or that of the store.

    To rotate: put a new key in front, restart, run this, and take the old key away. To move
    into another store: set it beside the one before, restart, run this, and take that away.
    """
    settings = Settings.from_environ()
    with recorded(settings, "vault rekey"):
        sealed = run_use_case(
            settings, lambda sessions: reseal_tokens(sessions, open_vault(settings))
        )
    if json:
        print_json({"sealed": sealed})
    else:
        typer.echo(f"{sealed} tokens sealed under the current key")
