"""Records what a command does in the audit trail."""

import os
import pwd
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
    user = _user()
    entry = TrailEntry(tenant, utc_now(), f"shell:{user}", user, what, subject, outcome, detail)
    run_use_case(settings, lambda sessions: record(sessions, entry))


def _user() -> str:
    """Return the name of the process's user: what the system knows, not the environment."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container that runs under a number alone
        return f"uid {os.getuid()}"
