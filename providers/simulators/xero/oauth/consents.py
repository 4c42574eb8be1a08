"""What a user granted an app."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a user granted an app.

    Attributes:
        client_id: App that was granted.
        user_id: User who granted, by email address.
        scopes: Scopes granted, those of earlier consents included.
        adviser: Whether the user has the adviser role, which the period lock does not stop.
        event_id: ``authEventId`` of the connections made with it.
    """

    client_id: str
    user_id: str
    scopes: frozenset[str]
    adviser: bool
    event_id: str
