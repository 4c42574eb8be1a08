"""The settings of every role, and the only reader of the environment.

A setting is a field whose metadata has its variable, its description and the reader of its
text. `docs/settings.md` and `.env.example` are generated from the same fields. It has more than
400 lines, as one list says what can be set.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, ClassVar, Final, Self

from consumers.lanes.policy import LanePolicy
from gateway.config.provider_settings import ProviderSettings
from gateway.config.variables import (
    ApiKey,
    CrashPoint,
    OutboxSource,
    api_keys,
    brokers,
    choice,
    count,
    count_to,
    crash_point,
    database_url as read_database_url,
    names,
    port,
    read_fields,
    return_urls,
    shards,
    sources,
    switch,
    text,
    variable,
    variable_of,
    web_address,
)
from gateway.config.vault_settings import VaultSettings, incomplete
from gateway.errors import WrongSetting
from gateway.vault import VaultKey, read_keys
from producers.maintenance.ring import LONGEST_RETENTION_DAYS
from producers.relay_policy import PoisonPolicy
from providers.registry import PROVIDERS
from schemas.ids import ProviderName

PREFIX: Final = "LEDGERLANE_"
# What the tests of the lanes run with is what ships.
SHIPPED_LANES: Final = LanePolicy()


class Environment(StrEnum):
    """Whether the providers' sandboxes or real companies are used; decides their addresses."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


class CompaniesPerProvider(StrEnum):
    """How many companies a tenant may have connected at one provider."""

    SEVERAL = "several"
    SINGLE = "single"


class LogLevel(StrEnum):
    """The lowest level that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSettings:
    """The limits of a worker's lanes."""

    resident_limit: int = field(
        default=SHIPPED_LANES.resident_limit,
        metadata=variable(
            "RESIDENT_LIMIT",
            "Signals of one realm in a worker's memory; more stay in the table.",
            count,
        ),
    )
    in_flight: int = field(
        default=SHIPPED_LANES.max_tasks,
        metadata=variable(
            "IN_FLIGHT", "Provider calls at once in one worker, over all realms.", count
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of every role; one environment serves all of them."""

    LANES_PREFIX: ClassVar[str] = f"{PREFIX}LANE_"
    VAULT_PREFIX: ClassVar[str] = f"{PREFIX}VAULT_"

    database_url: str = field(
        repr=False,
        metadata=variable(
            "DATABASE_URL",
            "The gateway's PostgreSQL database: postgresql://user@host:port/name.",
            read_database_url,
            secret=True,
        ),
    )
    owner_database_url: str = field(
        default="",
        repr=False,
        metadata=variable(
            "OWNER_DATABASE_URL",
            "The same database, with the login that owns its tables: for `ledgerlane migrate` "
            "and the relay, where that of DATABASE_URL may only become `ledgerlane_app`. "
            "DATABASE_URL by default.",
            read_database_url,
            secret=True,
        ),
    )
    kafka_bootstrap: str = field(
        metadata=variable(
            "KAFKA_BOOTSTRAP", "Kafka brokers to start from: host:port,host:port.", brokers
        ),
    )
    vault_keys: tuple[VaultKey, ...] = field(
        default=(),
        repr=False,
        metadata=variable(
            "VAULT_KEYS",
            "Keys that seal tokens: id:key,id:key; the first is current. "
            "`ledgerlane vault new-key` makes one. Required unless VAULT_STORE is another.",
            read_keys,
            secret=True,
        ),
    )
    environment: Environment = field(
        default=Environment.SANDBOX,
        metadata=variable(
            "ENVIRONMENT",
            "sandbox or production: whose books are written. "
            "Production must be set explicitly.",
            choice(Environment),
        ),
    )
    sources: tuple[OutboxSource, ...] = field(
        default=(),
        repr=False,
        metadata=variable(
            "SOURCES",
            "Databases of platform services whose outboxes are relayed beside the gateway's "
            "own: name=url,name=url. With wal+postgresql:// in place of postgresql:// an "
            "outbox is read from the write-ahead log, not from its table.",
            sources,
            secret=True,
        ),
    )
    strict_sources: tuple[str, ...] = field(
        default=(),
        metadata=variable(
            "STRICT_SOURCES",
            "Sources, as their events name them in ce_source, whose events are refused where a "
            "document has a field that is not known: /crm,/billing. Of the others such fields "
            "are left out and counted.",
            names,
        ),
    )
    relay_shards: tuple[tuple[str, int], ...] = field(
        default=(),
        metadata=variable(
            "RELAY_SHARDS",
            "In how many shards a source is relayed, so that several relays share it: "
            "source=count,source=count; `gateway` is our own. One shard by default. "
            "A change takes effect when all relays of the old count have stopped.",
            shards,
        ),
    )
    relay_strict: bool = field(
        default=False,
        metadata=variable(
            "RELAY_STRICT",
            "Whether relays publish in Kafka transactions, so that readers of committed "
            "records see no repeat after a crash: true or false, the same for all relays.",
            switch,
        ),
    )
    relay_poison: PoisonPolicy = field(
        default=PoisonPolicy.GO_ON,
        metadata=variable(
            "RELAY_POISON",
            "What later events of a key do behind one that can never be published and is "
            "parked: go-on, they pass it; hold-key, they wait for a person's decision.",
            choice(PoisonPolicy),
        ),
    )
    relay_retention_days: int = field(
        default=3,
        metadata=variable(
            "RELAY_RETENTION_DAYS",
            "Whole days for which every outbox keeps its published events, for replays, after "
            f"the day of their append: 1 to {LONGEST_RETENTION_DAYS}.",
            count_to(LONGEST_RETENTION_DAYS),
        ),
    )
    listen_host: str = field(
        default="127.0.0.1",
        metadata=variable(
            "LISTEN_HOST",
            "Address that API and metrics listen on; 0.0.0.0 in a container.",
            text,
        ),
    )
    api_port: int = field(
        default=8000, metadata=variable("API_PORT", "Port of the HTTP API.", port)
    )
    api_keys: tuple[ApiKey, ...] = field(
        default=(),
        repr=False,
        metadata=variable(
            "API_KEYS",
            "Bearer keys of the API that may do everything for every tenant, to start with: "
            "name:key,name:key. Keys with scopes, tenant and expiry are made by the command.",
            api_keys,
            secret=True,
        ),
    )
    public_url: str = field(
        default="http://127.0.0.1:8000",
        metadata=variable(
            "PUBLIC_URL",
            "Address at which browsers reach the API: where people connect companies.",
            web_address,
        ),
    )
    return_urls: tuple[str, ...] = field(
        default=(),
        metadata=variable(
            "RETURN_URLS",
            "Addresses of the platform, with commas between, to which a browser may return "
            "after a consent. Without any, nobody can connect in a browser.",
            return_urls,
        ),
    )
    companies_per_provider: CompaniesPerProvider = field(
        default=CompaniesPerProvider.SEVERAL,
        metadata=variable(
            "COMPANIES_PER_PROVIDER",
            "Whether a tenant may have several companies at one provider or a single one: "
            "several or single.",
            choice(CompaniesPerProvider),
        ),
    )
    api_calls_per_minute: int = field(
        default=6_000,
        metadata=variable(
            "API_CALLS_PER_MINUTE",
            "Calls that one key may make of one process of the API in a minute; as many may "
            "come at once.",
            count,
        ),
    )
    metrics_port: int = field(
        default=9100,
        metadata=variable(
            "METRICS_PORT", "Port of health and metrics in the roles without an API.", port
        ),
    )
    log_level: LogLevel = field(
        default=LogLevel.INFO,
        metadata=variable(
            "LOG_LEVEL",
            "debug, info, warning or error. "
            "The signal SIGHUP switches a running process to debug, and back.",
            choice(LogLevel),
        ),
    )
    worker_enabled: bool = field(
        default=True,
        metadata=variable(
            "WORKER_ENABLED", "Whether `up` and `worker` take work: true or false.", switch
        ),
    )
    worker_name: str = field(
        default="",
        metadata=variable(
            "WORKER_NAME",
            "Name of this worker, unique among all workers. One that starts again under its "
            "name has its partitions back at once.",
            text,
        ),
    )
    crash_point: CrashPoint | None = field(
        default=None,
        metadata=variable(
            "CRASH_POINT",
            "For fault tests: name[:nth], where the process kills itself. "
            "Refused in production.",
            crash_point,
        ),
    )
    lanes: LaneSettings = LaneSettings()
    vault: VaultSettings = field(default_factory=VaultSettings)
    providers: Mapping[ProviderName, ProviderSettings] = field(default_factory=dict)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read and check the settings.

        Raises:
            WrongSetting: one line that names every variable that is missing or unusable.
        """
        own, wrong = read_fields(own_fields(), PREFIX, environ)
        lanes, wrong_lanes = read_fields(fields(LaneSettings), cls.LANES_PREFIX, environ)
        wrong += wrong_lanes
        stores, wrong_stores = read_fields(fields(VaultSettings), cls.VAULT_PREFIX, environ)
        vault = VaultSettings(**stores)
        has_keys = bool(environ.get(f"{PREFIX}VAULT_KEYS", "").strip())
        wrong += wrong_stores or incomplete(cls.VAULT_PREFIX, vault, has_keys=has_keys)
        providers = {}
        for name in PROVIDERS:
            found, wrong_here = read_fields(
                fields(ProviderSettings), provider_prefix(name), environ
            )
            providers[name] = ProviderSettings(**found)
            wrong += wrong_here or _half_registered(name, providers[name])
        if own.get("environment") is Environment.PRODUCTION and own.get("crash_point"):
            wrong.append(f"{PREFIX}CRASH_POINT: is for tests, and refused in production")
        wrong += _shards_of_nothing(own)
        wrong += _logs_read_otherwise(own)
        if wrong:
            raise WrongSetting("; ".join(wrong))
        return cls(**own, lanes=LaneSettings(**lanes), vault=vault, providers=providers)

    @property
    def owner_url(self) -> str:
        """The gateway's database, with the login that owns its tables."""
        return self.owner_database_url or self.database_url

    @property
    def relay_sources(self) -> tuple[OutboxSource, ...]:
        """The databases to relay from: results and dead letters leave by our own outbox."""
        own, counts = OutboxSource("gateway", self.owner_url), dict(self.relay_shards)
        return tuple(
            replace(one, shards=counts.get(one.name, 1)) for one in (own, *self.sources)
        )

    def shown(self) -> dict[str, str]:
        """Return every variable and its value for the start-up log; secrets as set or unset."""
        return {
            prefix + variable_of(one).name: _shown(one, getattr(part, one.name))
            for prefix, described, part in self._parts()
            for one in described
        }

    def _parts(self) -> Iterator[tuple[str, tuple[Field[Any], ...], object]]:
        yield PREFIX, own_fields(), self
        yield self.LANES_PREFIX, fields(self.lanes), self.lanes
        yield self.VAULT_PREFIX, fields(self.vault), self.vault
        for name, provider in self.providers.items():
            yield provider_prefix(name), fields(provider), provider


def environment() -> dict[str, str]:
    """Return a copy of this process's environment, for child processes."""
    return dict(os.environ)


def own_fields() -> tuple[Field[Any], ...]:
    """Return the fields of :class:`Settings` that a variable decides, without its parts."""
    return tuple(one for one in fields(Settings) if one.metadata)


def provider_prefix(name: ProviderName) -> str:
    """Return what the variables of a provider start with: ``LEDGERLANE_QBO_``."""
    return f"{PREFIX}{name.upper()}_"


def _shards_of_nothing(own: Mapping[str, Any]) -> Iterator[str]:
    names = sorted({"gateway", *(source.name for source in own.get("sources", ()))})
    for name, _ in own.get("relay_shards", ()):
        if name not in names:
            yield f"{PREFIX}RELAY_SHARDS: {name!r} is no source; they are {', '.join(names)}"


def _logs_read_otherwise(own: Mapping[str, Any]) -> Iterator[str]:
    """Refuse what only a source on the table can do."""
    counts = dict(own.get("relay_shards", ()))
    for name in (source.name for source in own.get("sources", ()) if source.reads_log):
        instead = f"or write postgresql:// for it in {PREFIX}SOURCES"
        if counts.get(name, 1) > 1:
            yield (
                f"{PREFIX}RELAY_SHARDS: source {name!r} is read from the log, which is read "
                f"whole: leave it out, {instead}"
            )
        if own.get("relay_strict"):
            yield (
                f"{PREFIX}RELAY_STRICT: source {name!r} is read from the log, whose cursor "
                f"Kafka's transactions do not hold: write false, {instead}"
            )


def _half_registered(name: ProviderName, provider: ProviderSettings) -> Iterator[str]:
    given = {
        "CLIENT_ID": provider.client_id,
        "CLIENT_SECRET": provider.client_secret,
        "REDIRECT_URI": provider.redirect_uri,
    }
    if any(given.values()):
        for variable_name, value in given.items():
            if not value:
                yield f"{provider_prefix(name)}{variable_name} is not set, but others of it are"


def _shown(described: Field[Any], value: object) -> str:
    if variable_of(described).secret:
        return "set" if value else "unset"
    return "unset" if value in ("", (), None) else str(value)
