"""The vault of the settings: who seals tokens, and who opens what was sealed before."""

from collections.abc import Iterator

from gateway.config.settings import Settings
from gateway.config.vault_settings import SecretStore
from gateway.extras import KMS, VAULT, check_extra
from gateway.vault import AesVault
from gateway.vaults.chain import KnownKeys, VaultChain
from gateway.vaults.envelope import EnvelopeVault
from providers.grants import Vault


def open_vault(settings: Settings) -> Vault:
    """Return the vault of the settings; no store is asked until a secret is sealed or opened.

    Raises:
        ExtraMissing: the library of a secret store is not installed.
    """
    found = dict(_configured(settings))
    current = found.pop(settings.vault.store)
    return VaultChain([current, *found.values()])


def _configured(settings: Settings) -> Iterator[tuple[SecretStore, KnownKeys]]:
    if settings.vault_keys:
        yield SecretStore.KEYS, AesVault(settings.vault_keys)
    if settings.vault.has_transit:
        yield SecretStore.TRANSIT, _transit(settings)
    if settings.vault.has_kms:
        yield SecretStore.KMS, _kms(settings)


# Imported where they are needed: their libraries are extras, which few installations have.
def _transit(settings: Settings) -> EnvelopeVault:
    check_extra("LEDGERLANE_VAULT_TRANSIT_URL", VAULT)
    from gateway.vaults.transit import TransitKeys

    ours = settings.vault
    keys = TransitKeys(
        ours.transit_url, ours.transit_token, key=ours.transit_key, mount=ours.transit_mount
    )
    return EnvelopeVault(keys)


def _kms(settings: Settings) -> EnvelopeVault:
    check_extra("LEDGERLANE_VAULT_KMS_KEY", KMS)
    from gateway.vaults.kms import KmsKeys

    ours = settings.vault
    return EnvelopeVault(KmsKeys(key=ours.kms_key, region=ours.kms_region, url=ours.kms_url))
