"""Several vaults in a row: the first seals, and each opens what it sealed."""

import pytest

from gateway.vault import AesVault, new_key, read_keys
from gateway.vaults.chain import VaultChain
from providers.grants import CannotOpen, Vault
from tests.contracts.vault import SECRET, VaultContract, seal

OLD = AesVault(read_keys(f"old:{new_key()}"))
NEW = AesVault(read_keys(f"new:{new_key()}"))


class TestVaultChain(VaultContract):
    def make(self) -> Vault:
        return VaultChain([NEW, OLD])


async def test_what_the_one_before_sealed_opens_and_the_first_seals() -> None:
    chain = VaultChain([NEW, OLD])
    assert await chain.open_(await seal(OLD), purpose="a") == SECRET
    assert (await seal(chain)).key_id == "new"


async def test_what_was_taken_away_opens_nothing() -> None:
    with pytest.raises(CannotOpen, match="no key 'old'"):
        await VaultChain([NEW]).open_(await seal(OLD), purpose="a")
