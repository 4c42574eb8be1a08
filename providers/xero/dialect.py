"""What every call to Xero carries, and how its answers are told apart.

Source: Xero developer page "Requests and Responses", read 2026-09: without ``Accept`` the
answers are XML; ``xero-tenant-id`` says which organisation is meant.
"""

from collections.abc import Mapping

from providers.errors import ProviderError
from providers.http import Call, Realm, Reply
from providers.xero.errors import classify


class XeroDialect:
    """See :class:`providers.http.Dialect`."""

    def headers(self, realm: Realm, token: str) -> Mapping[str, str]:
        """See :meth:`Dialect.headers`."""
        return {
            "Authorization": f"Bearer {token}",
            "xero-tenant-id": realm.realm_id,
            "Accept": "application/json",
        }

    def trace_id(self, headers: Mapping[str, str]) -> str:
        """See :meth:`Dialect.trace_id`."""
        return headers.get("xero-correlation-id", "")

    def error(self, call: Call, reply: Reply) -> ProviderError | None:
        """See :meth:`Dialect.error`."""
        return classify(call, reply)
