"""Test a connection: read its company now, and say how it went and how long it took."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from gateway.database.sessions import Sessions
from gateway.errors import ConnectionRequired
from gateway.operations.connect import Unpaced
from providers.base import Profile, Provider
from providers.connections import Connection, ConnectionState, ConnectionStore
from providers.errors import ProviderError, Unauthorized
from providers.http import Audit, RealmSession, TokenSource
from providers.tokens import Registration
from schemas.errors import Reason


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """How the reading of a company went.

    Attributes:
        duration_s: How long it took, in seconds, whatever came of it.
        company_name: The company's name as it is now; empty where it was not read.
        reason: Why it was not read; ``None`` where it was.
    """

    duration_s: float
    company_name: str
    reason: Reason | None


class ConnectionProbe:
    """Tests connections of one provider."""

    def __init__(
        self,
        provider: Provider,
        registration: Registration,
        *,
        sessions: Sessions,
        tokens: TokenSource,
        audit: Audit,
        now: Callable[[], datetime],
    ) -> None:
        self._provider = provider
        self._registration = registration
        self._sessions = sessions
        self._tokens = tokens
        self._audit = audit
        self._now = now

    async def test(self, seen: Connection) -> ProbeResult:
        """Read a company; store its name, or that the provider no longer lets us in.

        Raises:
            ConnectionRequired: the connection can't be used as it stands.
        """
        if seen.state is not ConnectionState.CONNECTED:
            raise ConnectionRequired(f"{seen.company_name} is {seen.state}: connect it again")
        started_at, started = self._now(), perf_counter()
        try:
            profile = await self._read(seen)
        except ProviderError as exc:
            duration_s = perf_counter() - started
            if isinstance(exc, Unauthorized):
                await self._expire(seen, exc.reason)
            return ProbeResult(duration_s, "", exc.reason)
        duration_s = perf_counter() - started
        async with self._sessions.tenant_session(seen.tenant_id) as database:
            await ConnectionStore(database).save_profile(seen, profile, now=started_at)
        return ProbeResult(duration_s, profile.company_name, None)

    async def _read(self, seen: Connection) -> Profile:
        session = RealmSession(
            self._registration.client,
            seen.realm,
            tokens=self._tokens,
            pace=Unpaced(),
            dialect=self._provider.dialect,
            audit=self._audit,
        )
        return await self._provider.open_ledger(session).describe()

    async def _expire(self, seen: Connection, reason: Reason) -> None:
        async with self._sessions.tenant_session(seen.tenant_id) as database:
            await ConnectionStore(database).expire(seen, reason, now=self._now())
