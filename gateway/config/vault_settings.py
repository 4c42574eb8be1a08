"""The settings of where tokens are sealed: keys of our own, or a secret store elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.config.variables import choice, text, variable, web_address


class SecretStore(StrEnum):
    """Who has the key that seals tokens."""

    KEYS = "keys"  # the settings, so every process
    TRANSIT = "transit"  # HashiCorp's Vault
    KMS = "kms"  # AWS


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSettings:
    """Where tokens are sealed. Each store that is set opens what it sealed; one seals."""

    store: SecretStore = field(
        default=SecretStore.KEYS,
        metadata=variable(
            "STORE",
            "Who seals tokens: keys, those of VAULT_KEYS; transit, HashiCorp's Vault; kms, "
            "AWS. `ledgerlane vault rekey` seals anew what another one had sealed, as long as "
            "that is set still.",
            choice(SecretStore),
        ),
    )
    transit_url: str = field(
        default="",
        metadata=variable("TRANSIT_URL", "Address of HashiCorp's Vault.", web_address),
    )
    transit_token: str = field(
        default="",
        repr=False,
        metadata=variable(
            "TRANSIT_TOKEN",
            "Token of Vault that may `update` datakey/plaintext and decrypt of the key.",
            text,
            secret=True,
        ),
    )
    transit_key: str = field(
        default="",
        metadata=variable(
            "TRANSIT_KEY",
            "Name of the key in the transit engine, of type aes256-gcm96 and derived.",
            text,
        ),
    )
    transit_mount: str = field(
        default="transit",
        metadata=variable("TRANSIT_MOUNT", "Path that the transit engine is mounted at.", text),
    )
    kms_key: str = field(
        default="",
        metadata=variable(
            "KMS_KEY",
            "Id, ARN or alias of a symmetric key of AWS KMS. Credentials are found as all "
            "programs of AWS find theirs.",
            text,
        ),
    )
    kms_region: str = field(
        default="", metadata=variable("KMS_REGION", "Region of AWS that the key is in.", text)
    )
    kms_url: str = field(
        default="",
        metadata=variable(
            "KMS_URL",
            "Address of KMS in place of AWS's own.",
            web_address,
        ),
    )

    @property
    def has_transit(self) -> bool:
        """Whether HashiCorp's Vault can be asked."""
        return bool(self.transit_url and self.transit_token and self.transit_key)

    @property
    def has_kms(self) -> bool:
        """Whether AWS KMS can be asked."""
        return bool(self.kms_key and self.kms_region)


def incomplete(prefix: str, vault: VaultSettings, *, has_keys: bool) -> Iterator[str]:
    """Yield a line for each variable that is missing of a store that is chosen or half set.

    Args:
        has_keys: Whether there are keys of our own.
    """
    if vault.store is SecretStore.KEYS and not has_keys:
        yield f"{prefix}KEYS is not set: write id:key; `ledgerlane vault new-key` makes a key"
    needed = {
        SecretStore.TRANSIT: {
            "TRANSIT_URL": vault.transit_url,
            "TRANSIT_TOKEN": vault.transit_token,
            "TRANSIT_KEY": vault.transit_key,
        },
        SecretStore.KMS: {"KMS_KEY": vault.kms_key, "KMS_REGION": vault.kms_region},
    }
    for store, variables in needed.items():
        if store is vault.store or any(variables.values()):
            for name, value in variables.items():
                if not value:
                    yield f"{prefix}{name} is not set, but {_why(prefix, store, vault)}"


def _why(prefix: str, store: SecretStore, vault: VaultSettings) -> str:
    if store is vault.store:
        return f"{prefix}STORE is {store.value}"
    return f"other variables of {store.value} are"
