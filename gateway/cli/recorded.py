"""Records what a command does in the audit trail."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.cli.use_case import run_use_case
from gateway.config.settings import Settings
from gateway.operations.trail import record
from gateway.runtime.lifecycle import utc_now
from gateway.trail.entry import Outcome, TrailEntry


@contextmanager
def recorded(
    settings: Settings, what: str, subject: object = "", *, tenant: str = ""
) -> Iterator[None]:
    """Record what the body does, under the name of the system's user, once it ended.

    Args:
        what: The command.
        subject: What it is done to; never a secret.
        tenant: Whose chain the entry is in; empty where no tenant was named.

    Raises:
        DatabaseUnreachable, NotMigrated: the entry could not be stored; what the body did
            stays done.
    """
    try:
        yield
    except Exception as exc:
        _record(settings, what, str(subject), tenant, Outcome.FAILED, type(exc).__name__)
        raise
    _record(settings, what, str(subject), tenant, Outcome.DONE)


def _record(
    settings: Settings,
    what: str,
    subject: str,
    tenant: str,
    outcome: Outcome,
    detail: str = "",
) -> None:
    user = getpass.getuser()
    entry = TrailEntry(tenant, utc_now(), f"shell:{user}", user, what, subject, outcome, detail)
    run_use_case(settings, lambda sessions: record(sessions, entry))
