"""`ledgerlane vault`: the keys that seal tokens."""

import typer

from gateway.cli.recorded import recorded
from gateway.cli.use_case import run_use_case
from gateway.config.settings import Settings
from gateway.operations.reseal import reseal_tokens
from gateway.output import Json, print_json
from gateway.vault import AesVault, new_key

app = typer.Typer(help="The keys that seal tokens: make one, or seal everything anew.")


@app.command("new-key")
def print_new_key() -> None:
    """Print a new key; put it in LEDGERLANE_VAULT_KEYS with an id: id:key."""
    typer.echo(new_key())


@app.command()
def rekey(json: Json = False) -> None:
    """Seal every token under the first key of LEDGERLANE_VAULT_KEYS.

    To rotate: put a new key in front, restart, run this, and take the old key away.
    """
    settings = Settings.from_environ()
    with recorded(settings, "vault rekey"):
        sealed = run_use_case(
            settings, lambda sessions: reseal_tokens(sessions, AesVault(settings.vault_keys))
        )
    if json:
        print_json({"sealed": sealed})
    else:
        typer.echo(f"{sealed} tokens sealed under the current key")
