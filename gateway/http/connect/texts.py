"""What people are told of the outcome of a connect session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.operations.consent_steps import CODE_SPENT, NO_COMPANY, OTHER_TENANT
from providers.connect_sessions import ConnectOutcome


@dataclass(frozen=True, slots=True)
class OutcomeText:
    """An outcome in words.

    Attributes:
        title: The heading of its page.
        message: What happened and what the person can do.
    """

    title: str
    message: str


_CONNECTED: Final = OutcomeText(
    "Connected", "The company is connected. Its documents are sent from now on."
)
_DENIED: Final = OutcomeText(
    "Not connected",
    "You did not give your consent, so nothing was connected and nothing is read or written. "
    "You can begin again whenever you like.",
)
_EXPIRED: Final = OutcomeText(
    "Too late",
    "This took longer than it may, so nothing was connected. Begin again: it takes a minute.",
)
_WRONG_COMPANY: Final = OutcomeText(
    "Another company",
    "You chose another company than the one to connect again, so nothing was changed. Begin "
    "again and choose the same company.",
)
_ALREADY_CONNECTED: Final = OutcomeText(
    "Already connected",
    "Another company is connected, and only one can be. Nothing was changed. Disconnect that "
    "one first, or begin again and let the new one replace it.",
)
_FAILED: Final = OutcomeText(
    "Not connected",
    "The ledger did not let us in, so nothing was connected. Begin again in some minutes; if "
    "it happens again, tell the people who run this platform.",
)

_OF: Final[Mapping[ConnectOutcome, OutcomeText]] = {
    ConnectOutcome.CONNECTED: _CONNECTED,
    ConnectOutcome.DENIED: _DENIED,
    ConnectOutcome.EXPIRED: _EXPIRED,
    ConnectOutcome.WRONG_COMPANY: _WRONG_COMPANY,
    ConnectOutcome.ALREADY_CONNECTED: _ALREADY_CONNECTED,
    ConnectOutcome.FAILED: _FAILED,
}

# More is known of these than the outcome says.
_IN_DETAIL: Final[Mapping[tuple[ConnectOutcome, str], OutcomeText]] = {
    (ConnectOutcome.EXPIRED, CODE_SPENT): OutcomeText(
        "Too late",
        "The ledger's answer had expired or was used before, so nothing was connected. Begin "
        "again: it takes a minute.",
    ),
    (ConnectOutcome.ALREADY_CONNECTED, OTHER_TENANT): OutcomeText(
        "Already connected elsewhere",
        "This company is connected by another customer of this platform, and a company has "
        "one place only. Nothing was changed. Disconnect it there first.",
    ),
    (ConnectOutcome.FAILED, NO_COMPANY): OutcomeText(
        "No company",
        "The consent covers no company with books. Begin again with a person who may open one.",
    ),
    (ConnectOutcome.FAILED, "invalid_scope"): OutcomeText(
        "The ledger refused what we asked for",
        "Our app at the ledger may not ask for one of the permissions that we named, so "
        "nothing was connected. Tell the people who run this platform: the scopes in their "
        "settings have to be those of their app. Xero gives apps made since 2 March 2026 "
        "granular scopes only.",
    ),
    (ConnectOutcome.FAILED, "unauthorized_client"): OutcomeText(
        "The ledger does not know our app",
        "The ledger refused our app or one of the permissions that it asks for, so nothing was "
        "connected. Tell the people who run this platform: client id, redirect URI and scopes "
        "in their settings have to be those of their app.",
    ),
}


def text_of(outcome: ConnectOutcome, detail: str = "") -> OutcomeText:
    """Return an outcome in words, with what is known beyond it."""
    return _IN_DETAIL.get((outcome, detail), _OF[outcome])
