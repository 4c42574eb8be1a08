"""What the API's routes are given: they hand it on to the use cases of `operations/`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.config.variables import ApiKey
from gateway.database.sessions import Sessions
from gateway.operations.signals import SignalSender
from schemas.ids import ProviderName

Check = Callable[[], Awaitable[None]]


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
    """

    sessions: Sessions
    signals: SignalSender
    now: Callable[[], datetime]
    api_keys: Sequence[ApiKey]
    calls_per_minute: int
    configured: Mapping[ProviderName, bool]
    checks: Mapping[str, Check]
