"""The settings of who seals tokens: what is chosen, and what is refused with which line."""

import pytest

from gateway.config.settings import Settings
from gateway.config.vault_settings import SecretStore
from gateway.errors import WrongSetting
from gateway.extras import ExtraMissing
from gateway.wiring.vaults import open_vault
from tests.fakes.environment import environment

TRANSIT = {
    "VAULT_TRANSIT_URL": "http://127.0.0.1:8200",
    "VAULT_TRANSIT_TOKEN": "hvs.canary",
    "VAULT_TRANSIT_KEY": "ledgerlane",
}
KMS = {"VAULT_KMS_KEY": "alias/ledgerlane", "VAULT_KMS_REGION": "eu-west-1"}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have AWS's library ask no machine for some."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-test")


def read(**changes: str) -> Settings:
    return Settings.from_environ(environment(**changes))


def test_by_default_the_keys_of_the_settings_seal() -> None:
    assert read().vault.store is SecretStore.KEYS
    assert open_vault(read()).key_id == "k1"


NO_KEYS = {"VAULT_KEYS": ""}


@pytest.mark.parametrize(
    ("said", "key_id"),
    [
        ({"VAULT_STORE": "transit", **TRANSIT}, "transit:transit/ledgerlane"),
        ({"VAULT_STORE": "transit", **TRANSIT, **NO_KEYS}, "transit:transit/ledgerlane"),
        ({"VAULT_STORE": "kms", **KMS}, "kms:eu-west-1/alias/ledgerlane"),
        ({"VAULT_STORE": "kms", **KMS, **NO_KEYS}, "kms:eu-west-1/alias/ledgerlane"),
        ({**TRANSIT, **KMS}, "k1"),
    ],
)
def test_the_store_that_is_chosen_seals(said: dict[str, str], key_id: str) -> None:
    """Without keys of our own where another store seals, and beside them while tokens move."""
    assert open_vault(read(**said)).key_id == key_id


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"VAULT_KEYS": ""}, "LEDGERLANE_VAULT_KEYS is not set: "),
        ({"VAULT_STORE": "safe"}, "LEDGERLANE_VAULT_STORE: "),
        (
            {"VAULT_STORE": "transit", **TRANSIT, "VAULT_TRANSIT_TOKEN": ""},
            "LEDGERLANE_VAULT_TRANSIT_TOKEN is not set, but LEDGERLANE_VAULT_STORE is transit",
        ),
        (
            {"VAULT_STORE": "kms", "VAULT_KMS_KEY": "alias/x"},
            "LEDGERLANE_VAULT_KMS_REGION is not set, but LEDGERLANE_VAULT_STORE is kms",
        ),
        (
            {"VAULT_KMS_REGION": "eu-west-1"},
            "LEDGERLANE_VAULT_KMS_KEY is not set, but other variables of kms are",
        ),
        ({**TRANSIT, "VAULT_TRANSIT_URL": "vault"}, "LEDGERLANE_VAULT_TRANSIT_URL: "),
    ],
)
def test_what_is_incomplete_is_refused_in_one_line(said: dict[str, str], line: str) -> None:
    with pytest.raises(WrongSetting) as caught:
        read(**said)
    assert str(caught.value).startswith(line)
    assert "canary" not in str(caught.value)


def test_the_token_of_vault_is_shown_as_set() -> None:
    name = "LEDGERLANE_VAULT_TRANSIT_TOKEN"
    assert read(**TRANSIT).shown()[name] == "set"
    assert "canary" not in repr(read(**TRANSIT))


@pytest.mark.parametrize(("said", "module"), [(TRANSIT, "hvac"), (KMS, "boto3")])
def test_a_store_without_its_library_says_what_to_install(
    said: dict[str, str], module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.extras.find_spec", lambda name: None)
    extra = "vault" if module == "hvac" else "kms"
    with pytest.raises(ExtraMissing, match=rf"needs {module}: .*ledgerlane\[{extra}\]"):
        open_vault(read(**said))
