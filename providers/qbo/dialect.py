"""What a QuickBooks call carries, and how its answer is read.

Source: Intuit "REST API features", headers, read 2026-11.
"""

from collections.abc import Mapping

from providers.errors import ProviderError
from providers.http import Call, Realm, Reply
from providers.qbo.errors import classify


class QboDialect:
    """What QuickBooks does its own way about calls and answers."""

    def headers(self, realm: Realm, token: str) -> Mapping[str, str]:
        """Authorise the call and ask for JSON, since QuickBooks answers XML otherwise."""
        return {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def trace_id(self, headers: Mapping[str, str]) -> str:
        """Return the id that Intuit's support asks for."""
        return headers.get("intuit_tid", "")

    def error(self, call: Call, reply: Reply) -> ProviderError | None:
        """Return what an answer means; ``None`` is success."""
        return classify(call, reply)
