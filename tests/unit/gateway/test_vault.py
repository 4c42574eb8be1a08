import base64
from itertools import product

import pytest

from gateway.config.settings import Settings
from gateway.errors import WrongSetting
from gateway.vault import AesVault, new_key, read_keys
from providers.grants import CannotOpen, Vault
from tests.contracts.vault import SECRET, VaultContract, seal
from tests.fakes.environment import environment

KEYS = read_keys(f"k1:{new_key()}")


class TestAesVault(VaultContract):
    def make(self) -> Vault:
        return AesVault(KEYS)


async def test_an_older_key_opens_and_the_first_seals() -> None:
    old, new = new_key(), new_key()
    before = AesVault(read_keys(f"old:{old}"))
    after = AesVault(read_keys(f"new:{new},old:{old}"))
    sealed = await seal(before)
    assert await after.open_(sealed, purpose="a") == SECRET
    assert (await seal(after)).key_id == "new"


async def test_another_key_under_the_same_id_does_not_open() -> None:
    sealed = await seal(AesVault(read_keys(f"k1:{new_key()}")))
    with pytest.raises(CannotOpen):
        await AesVault(read_keys(f"k1:{new_key()}")).open_(sealed, purpose="a")


def test_a_key_does_not_show_in_its_repr() -> None:
    encoded = new_key()
    (key,) = read_keys(f"k1:{encoded}")
    assert encoded not in repr(key)
    assert repr(base64.b64decode(encoded)) not in repr(key)


def _encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


WEAK = {
    "missing": "",
    "zero": f"k1:{_encoded(bytes(32))}",
    "short": f"k1:{_encoded(bytes(range(31)))}",
    "long": f"k1:{_encoded(bytes(range(33)))}",
    "typed": f"k1:{_encoded(b'change-me-change-me-change-me-12')}",
    "no base64": "k1:not base64!",
    "no id": new_key(),
    "one of two": f"k1:{new_key()},k2:{_encoded(bytes(32))}",
    "an id twice": f"k1:{new_key()},k1:{new_key()}",
}


@pytest.mark.accepts("TOK-07")
@pytest.mark.parametrize(("weakness", "world"), list(product(WEAK, ["production", "sandbox"])))
def test_a_weak_key_is_refused_everywhere(weakness: str, world: str) -> None:
    environ = environment(VAULT_KEYS=WEAK[weakness], ENVIRONMENT=world)
    with pytest.raises(WrongSetting, match="LEDGERLANE_VAULT_KEYS") as caught:
        Settings.from_environ(environ)
    encoded = WEAK[weakness].partition(":")[2]
    assert not encoded or encoded not in str(caught.value)
