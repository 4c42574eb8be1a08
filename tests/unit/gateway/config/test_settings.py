from pathlib import Path

import pytest

from gateway.config.settings import Environment, LogLevel, Settings
from gateway.config.variables import CrashPoint, OutboxSource
from gateway.docs.reference import pages
from gateway.errors import NotConfigured, WrongSetting
from gateway.wiring.providers import oauth_app, open_registrations
from gateway.wiring.retention import retention_policy
from producers.maintenance.ring import RetentionPolicy
from producers.relay_policy import PoisonPolicy, RelayPolicy
from providers.registry import PROVIDERS
from schemas.ids import ProviderName
from tests.fakes.environment import VAULT_KEY, environment

QBO = PROVIDERS[ProviderName("qbo")]
QBO_APP = {
    "QBO_CLIENT_ID": "client",
    "QBO_CLIENT_SECRET": "canary-client-secret",
    "QBO_REDIRECT_URI": "https://gateway.example/callback",
}


def test_what_is_required_is_enough() -> None:
    settings = Settings.from_environ(environment())
    assert settings.environment is Environment.SANDBOX
    assert settings.log_level is LogLevel.INFO
    assert settings.worker_enabled
    assert settings.lanes.resident_limit == 100
    assert settings.database_url.startswith("postgresql+asyncpg://")


def test_the_own_outbox_is_always_relayed() -> None:
    settings = Settings.from_environ(environment())
    assert settings.relay_sources == (OutboxSource("gateway", settings.database_url),)


def test_sources_are_read_by_name() -> None:
    sources = "billing=postgresql://h/billing,crm=postgres://h/crm"
    settings = Settings.from_environ(environment(SOURCES=sources))
    assert settings.relay_sources == (
        OutboxSource("gateway", settings.database_url),
        OutboxSource("billing", "postgresql+asyncpg://h/billing"),
        OutboxSource("crm", "postgresql+asyncpg://h/crm"),
    )


def test_sources_are_relayed_in_one_shard_where_not_said_otherwise() -> None:
    settings = Settings.from_environ(
        environment(
            SOURCES="billing=postgresql://h/billing,crm=postgres://h/crm",
            RELAY_SHARDS="crm=4, gateway=2",
        )
    )
    assert {source.name: source.shards for source in settings.relay_sources} == {
        "gateway": 2,
        "billing": 1,
        "crm": 4,
    }
    assert not settings.relay_strict


def test_a_source_is_read_from_the_log_where_its_address_says_so() -> None:
    sources = "billing=wal+postgresql://h/billing,crm=postgresql://h/crm"
    settings = Settings.from_environ(environment(SOURCES=sources, RELAY_SHARDS="crm=2"))
    assert settings.relay_sources == (
        OutboxSource("gateway", settings.database_url),
        OutboxSource("billing", "postgresql+asyncpg://h/billing", reads_log=True),
        OutboxSource("crm", "postgresql+asyncpg://h/crm", shards=2),
    )


def test_the_poison_policies_are_those_of_the_relay() -> None:
    settings = Settings.from_environ(environment(RELAY_POISON="hold-key"))
    assert settings.relay_poison is PoisonPolicy.HOLD_KEY


@pytest.mark.accepts("DRV-30")
def test_by_default_later_events_pass_one_that_can_never_be_published() -> None:
    settings = Settings.from_environ(environment())
    assert settings.relay_poison is PoisonPolicy.GO_ON
    assert RelayPolicy().poison is PoisonPolicy.GO_ON


@pytest.mark.accepts("DRV-28")
def test_sources_are_strict_by_name() -> None:
    settings = Settings.from_environ(environment(STRICT_SOURCES="/crm, /billing"))
    assert settings.strict_sources == ("/crm", "/billing")
    assert Settings.from_environ(environment()).strict_sources == ()


def test_retention_is_what_upkeep_can_keep() -> None:
    settings = Settings.from_environ(environment(RELAY_RETENTION_DAYS="6"))
    assert retention_policy(settings) == RetentionPolicy(days=6)
    assert retention_policy(Settings.from_environ(environment())) == RetentionPolicy()


@pytest.mark.parametrize(
    ("name", "value"), [("RELAY_SHARDS", "crm=2"), ("RELAY_STRICT", "true")]
)
def test_a_source_read_from_the_log_is_neither_in_shards_nor_strict(
    name: str, value: str
) -> None:
    environ = environment(SOURCES="crm=wal+postgresql://h/crm", **{name: value})
    with pytest.raises(WrongSetting) as caught:
        Settings.from_environ(environ)
    line = str(caught.value)
    assert line.startswith(f"LEDGERLANE_{name}: source 'crm' is read from the log")
    assert "write postgresql:// for it in LEDGERLANE_SOURCES" in line
    assert "\n" not in line


def test_one_error_names_everything_that_is_wrong() -> None:
    environ = environment(API_PORT="80000", LANE_IN_FLIGHT="0", WORKER_ENABLED="maybe")
    del environ["LEDGERLANE_KAFKA_BOOTSTRAP"]
    with pytest.raises(WrongSetting) as caught:
        Settings.from_environ(environ)
    line = str(caught.value)
    assert "\n" not in line
    for name in ("KAFKA_BOOTSTRAP", "API_PORT", "LANE_IN_FLIGHT", "WORKER_ENABLED"):
        assert f"LEDGERLANE_{name}" in line


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("DATABASE_URL", "mysql://h/x", "postgresql://"),
        ("DATABASE_URL", "postgresql://h", "postgresql://"),
        ("KAFKA_BOOTSTRAP", "kafka", "host:port"),
        ("ENVIRONMENT", "prod", "sandbox, production"),
        ("SOURCES", "postgresql://h/x", "name=postgresql://"),
        ("SOURCES", "a=postgresql://h/x,a=postgresql://h/y", "twice"),
        ("SOURCES", "a=mysql://h/x", "source 'a'"),
        ("SOURCES", "a=wal+mysql://h/x", "source 'a'"),
        ("DATABASE_URL", "wal+postgresql://h/x", "postgresql://"),
        ("RELAY_POISON", "drop", "hold-key, go-on"),
        ("RELAY_RETENTION_DAYS", "0", "whole number from 1"),
        ("RELAY_RETENTION_DAYS", "7", "6 at most"),
        ("RELAY_SHARDS", "gateway", "whole number"),
        ("RELAY_SHARDS", "gateway=2,gateway=3", "once for each"),
        ("RELAY_SHARDS", "gateway=65", "64 at most"),
        ("RELAY_SHARDS", "elsewhere=2", "they are gateway"),
        ("RELAY_STRICT", "yes", "true or false"),
        ("STRICT_SOURCES", "/crm,,/billing", "one comma between each two"),
        ("API_KEYS", "ops:short", "32 characters"),
        ("LOG_LEVEL", "loud", "debug, info, warning, error"),
        ("METRICS_PORT", "0", "a port from 1"),
        ("CRASH_POINT", "here:x", "whole number"),
        ("QBO_API_URL", "localhost:9000", "https://"),
    ],
)
def test_a_wrong_value_is_named_with_its_remedy(name: str, value: str, remedy: str) -> None:
    with pytest.raises(WrongSetting, match=f"LEDGERLANE_{name}") as caught:
        Settings.from_environ(environment(**{name: value}))
    assert remedy in str(caught.value)


def test_half_a_registration_is_refused() -> None:
    with pytest.raises(WrongSetting, match="LEDGERLANE_QBO_CLIENT_SECRET is not set"):
        Settings.from_environ(environment(**{**QBO_APP, "QBO_CLIENT_SECRET": ""}))


@pytest.mark.accepts("CON-14")
@pytest.mark.parametrize(
    ("said", "host"),
    [
        ({}, "https://sandbox-quickbooks.api.intuit.com"),
        ({"ENVIRONMENT": "sandbox"}, "https://sandbox-quickbooks.api.intuit.com"),
        ({"ENVIRONMENT": "production"}, "https://quickbooks.api.intuit.com"),
    ],
)
def test_the_environment_decides_the_hosts(said: dict[str, str], host: str) -> None:
    settings = Settings.from_environ(environment(**QBO_APP, **said))
    assert oauth_app(QBO, settings).api_url == host


@pytest.mark.accepts("CON-14")
@pytest.mark.parametrize(
    ("said", "hosts"),
    [
        ({}, {"qbo": "sandbox-quickbooks.api.intuit.com", "xero": "api.xero.com"}),
        (
            {"ENVIRONMENT": "sandbox"},
            {"qbo": "sandbox-quickbooks.api.intuit.com", "xero": "api.xero.com"},
        ),
        (
            {"ENVIRONMENT": "production"},
            {"qbo": "quickbooks.api.intuit.com", "xero": "api.xero.com"},
        ),
    ],
)
async def test_a_role_starts_with_the_hosts_of_its_environment(
    said: dict[str, str], hosts: dict[str, str]
) -> None:
    """Xero's demo companies are at the same host as every other."""
    xero = {name.replace("QBO", "XERO"): value for name, value in QBO_APP.items()}
    settings = Settings.from_environ(environment(**QBO_APP, **xero, **said))
    async with open_registrations(settings, audit=lambda call: None) as registrations:
        found = {str(name): one.client.base_url.host for name, one in registrations.items()}
    assert found == hosts


@pytest.mark.accepts("CON-14")
@pytest.mark.parametrize("said", ["prod", "live", "true", "sandbox,production"])
def test_production_is_not_guessed_from_another_word(said: str) -> None:
    with pytest.raises(WrongSetting, match="LEDGERLANE_ENVIRONMENT"):
        Settings.from_environ(environment(**QBO_APP, ENVIRONMENT=said))


def test_a_simulator_takes_the_place_of_the_hosts_but_not_of_the_paths() -> None:
    here = "http://127.0.0.1:9000"
    settings = Settings.from_environ(
        environment(**QBO_APP, QBO_API_URL=here, QBO_AUTH_URL=f"{here}/")
    )
    app = oauth_app(QBO, settings)
    assert app.api_url == here
    assert app.token_url == f"{here}/oauth2/v1/tokens/bearer"


def test_an_unregistered_provider_is_refused_by_name() -> None:
    with pytest.raises(NotConfigured, match="LEDGERLANE_QBO_CLIENT_ID"):
        oauth_app(QBO, Settings.from_environ(environment()))


def test_a_crash_point_is_for_tests_alone() -> None:
    crash = {"CRASH_POINT": "after_cursor:3"}
    assert Settings.from_environ(environment(**crash)).crash_point == CrashPoint(
        "after_cursor", 3
    )
    with pytest.raises(WrongSetting, match="LEDGERLANE_CRASH_POINT"):
        Settings.from_environ(environment(**crash, ENVIRONMENT="production"))


@pytest.mark.accepts("TOK-09")
def test_secrets_are_shown_as_set_or_unset() -> None:
    settings = Settings.from_environ(
        environment(**QBO_APP, SOURCES="a=postgresql://u:canary-password@h/x")
    )
    shown = settings.shown()
    expected = {"QBO_CLIENT_SECRET": "set", "API_KEYS": "unset", "API_PORT": "8000"}
    for name, said in expected.items():
        assert shown[f"LEDGERLANE_{name}"] == said
    for secret in ("hunter2", VAULT_KEY, "canary-client-secret", "canary-password"):
        assert secret not in f"{settings!r} {shown}"


@pytest.mark.accepts("CFG-02")
@pytest.mark.parametrize("path", pages(), ids=str)
def test_the_pages_in_the_repository_are_those_of_the_code(path: Path) -> None:
    root = Path(__file__).parents[4]
    assert (root / path).read_text("utf-8") == pages()[path], "run `ledgerlane docs`"


@pytest.mark.accepts("CFG-02")
def test_every_setting_is_in_the_table_and_in_the_example() -> None:
    written = pages()
    for name in Settings.from_environ(environment()).shown():
        assert f"`{name}`" in written[Path("docs/settings.md")]
        assert f"{name}=" in written[Path(".env.example")]


def test_the_example_needs_nothing_but_a_key() -> None:
    lines = pages()[Path(".env.example")].splitlines()
    said = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    with pytest.raises(WrongSetting) as caught:
        Settings.from_environ(said)
    assert str(caught.value).startswith("LEDGERLANE_VAULT_KEYS is not set")
    Settings.from_environ({**said, "LEDGERLANE_VAULT_KEYS": f"k1:{VAULT_KEY}"})
