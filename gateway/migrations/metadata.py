"""Every table of the gateway's own database, from the folders that own them.

The outbox's tables are not among them: its package installs and upgrades those itself.
"""

from typing import Final

from consumers.store.tables import metadata as consumers
from gateway.identity.api_keys import metadata as identity
from gateway.identity.oauth_clients import metadata as integrators
from gateway.identity.oauth_tokens import metadata as tokens
from gateway.runtime.audit import metadata as audit
from gateway.trail.store import metadata as trail
from providers.tables import metadata as providers

METADATA: Final = (providers, audit, consumers, identity, integrators, tokens, trail)


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a migration may touch what the database has; for Alembic's ``include_name``."""
    return kind != "table" or not str(name).startswith("ledgerlane_outbox")
