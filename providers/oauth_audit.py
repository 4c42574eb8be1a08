"""The audit of the calls that are made before or beside a realm's session: those of OAuth.

A session audits its own calls, with tenant and realm. Exchange, refresh and revocation, and
the list of the companies of a consent, belong to no realm yet or to several; their rows have
neither.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

import httpx

from providers.http import AUDITED, LIMITS, TIMEOUT, ApiCall, Audit
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId

NO_CONNECTION: Final = ConnectionId(UUID(int=0))
"""The connection in the rows of calls that are made for none."""


class AuditedClient(httpx.AsyncClient):
    """Writes a row for each request that no session writes one for.

    A client and no transport: one that is given a transport would not heed the environment's
    proxies any more.
    """

    def __init__(
        self,
        provider: ProviderName,
        audit: Audit,
        *,
        trace_id: Callable[[Mapping[str, str]], str],
        base_url: str,
    ) -> None:
        """Take what is needed; ``trace_id`` finds the provider's id in an answer's headers."""
        super().__init__(base_url=base_url, timeout=TIMEOUT, limits=LIMITS)
        self._provider = provider
        self._audit = audit
        self._trace_id = trace_id

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Make the call; its row is written whether or not an answer comes."""
        # By what a session says of its request, and not by address: whatever else is called
        # one day is audited without being listed here.
        if request.extensions.get(AUDITED):
            return await super().send(request, **options)
        response: httpx.Response | None = None
        started = time.perf_counter()
        try:
            response = await super().send(request, **options)
        finally:
            self._audit(self._row(request, response, time.perf_counter() - started))
        return response

    def _row(
        self, request: httpx.Request, response: httpx.Response | None, duration_s: float
    ) -> ApiCall:
        headers = {} if response is None else dict(response.headers)
        return ApiCall(
            connection_id=NO_CONNECTION,
            tenant_id=TenantId(""),
            realm_id=RealmId(""),
            provider=self._provider,
            method=request.method,
            # Without the query: a token endpoint might be given a secret there one day.
            path=request.url.path,
            status=None if response is None else response.status_code,
            duration_s=duration_s,
            trace_id=self._trace_id(headers),
        )
