"""What every call to Xero carries, and how its answers are told apart.

Source: Xero developer page "Requests and Responses", read 2026-09: without ``Accept`` the
answers are XML; ``xero-tenant-id`` says which organisation is meant.
"""

from collections.abc import Mapping

from providers.errors import ProviderError
from providers.http import Call, Realm, Reply
from providers.xero.errors import classify


class XeroDialect:
    """What Xero does its own way about calls and answers."""

    def headers(self, realm: Realm, token: str) -> Mapping[str, str]:
        """Authorise the call for its organisation, and ask for JSON."""
        return {
            "Authorization": f"Bearer {token}",
            "xero-tenant-id": realm.realm_id,
            "Accept": "application/json",
        }

    def trace_id(self, headers: Mapping[str, str]) -> str:
        """Return the id that Xero's support asks for; not every answer has one."""
        return headers.get("xero-correlation-id", "")

    def error(self, call: Call, reply: Reply) -> ProviderError | None:
        """Return what an answer means; ``None`` is success."""
        return classify(call, reply)
