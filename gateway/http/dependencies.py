"""What the API's routes are given: they hand it on to the use cases of `operations/`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.config.variables import ApiKey
from gateway.database.sessions import Sessions
from gateway.operations.connect_sessions import ConnectSessions
from gateway.operations.consent_steps import ConsentSteps
from gateway.operations.disconnect import Disconnector
from gateway.operations.probe import ConnectionProbe
from gateway.operations.signals import SignalSender
from schemas.ids import ProviderName

Check = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Connecting:
    """What it takes to connect companies in a browser, to test and to disconnect them.

    Attributes:
        found: Opens connect sessions, and finds them.
        steps: Leads a browser through one.
        disconnectors: What disconnects companies, for each provider that is configured.
        probes: What tests connections, for each of them.
        public_url: Where browsers reach the API, without a slash at the end.
        environment: Which of the providers' worlds is connected: sandbox or production.
        titles: What people call each provider.
        consent_origins: Scheme and host of the providers' consent pages.
    """

    found: ConnectSessions
    steps: ConsentSteps
    disconnectors: Mapping[ProviderName, Disconnector]
    probes: Mapping[ProviderName, ConnectionProbe]
    public_url: str
    environment: str
    titles: Mapping[ProviderName, str]
    consent_origins: Sequence[str]


@dataclass(frozen=True, slots=True)
class ApiDependencies:
    """Everything that the routes need.

    Attributes:
        sessions: The gateway's database.
        signals: Where the signals of started work go.
        now: The clock, in UTC.
        api_keys: The keys of the settings; they open the API beside those of the database.
        calls_per_minute: How many calls one key may make.
        configured: For every provider that is known, whether we are registered there.
        checks: By name, what must work for this process to be ready; each raises
            :class:`gateway.errors.Refusal` where it does not.
        connecting: What the consent in a browser needs; without it no page of it is served.
    """

    sessions: Sessions
    signals: SignalSender
    now: Callable[[], datetime]
    api_keys: Sequence[ApiKey]
    calls_per_minute: int
    configured: Mapping[ProviderName, bool]
    checks: Mapping[str, Check]
    connecting: Connecting | None = None
