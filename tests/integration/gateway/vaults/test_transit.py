"""HashiCorp's Vault as a vault, by `hvac` against a stand-in of the transit engine."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateway.vaults.envelope import EnvelopeVault
from gateway.vaults.transit import TransitKeys
from providers.errors import Down
from providers.grants import CannotOpen, Vault
from tests.contracts.vault import SECRET, VaultContract, seal
from tests.eventually import eventually
from tests.fakes.listening import listening
from tests.fakes.transit import KEY, MOUNT, TOKEN, TransitEngine

SOON = timedelta(milliseconds=200)


@pytest.fixture
def engine() -> TransitEngine:
    return TransitEngine()


@pytest.fixture
def url(engine: TransitEngine) -> Iterator[str]:
    with listening(engine.app()) as found:
        yield found
        engine.holds.set()


def vault_at(
    url: str, *, token: str = TOKEN, key: str = KEY, timeout: timedelta = timedelta(seconds=30)
) -> EnvelopeVault:
    return EnvelopeVault(TransitKeys(url, token, key=key, mount=MOUNT, timeout=timeout))


class TestTransitVault(VaultContract):
    @pytest.fixture(autouse=True)
    def _serve(self, url: str) -> None:
        self.url = url

    def make(self) -> Vault:
        return vault_at(self.url)


async def test_what_an_older_version_of_the_key_sealed_opens(
    engine: TransitEngine, url: str
) -> None:
    sealed = await seal(vault_at(url))
    engine.rotate()
    assert await vault_at(url).open_(sealed, purpose="a") == SECRET
    assert await vault_at(url).open_(await seal(vault_at(url)), purpose="a") == SECRET


@pytest.mark.parametrize("wrong", [{"token": "hvs.expired"}, {"key": "another"}])
async def test_whom_vault_refuses_has_to_wait(url: str, wrong: dict[str, str]) -> None:
    with pytest.raises(Down, match="secret_store_away") as caught:
        await seal(vault_at(url, **wrong))  # type: ignore[arg-type]
    assert "hvs" not in f"{caught.value} {caught.value.reason}"


async def test_a_vault_that_is_sealed_makes_work_wait_and_not_fail(
    engine: TransitEngine, url: str
) -> None:
    vault = vault_at(url)
    sealed = await seal(vault)
    engine.sealed = True
    with pytest.raises(Down):
        await vault.open_(sealed, purpose="a")
    engine.sealed = False
    assert await vault.open_(sealed, purpose="a") == SECRET


async def test_a_vault_that_is_not_there_makes_work_wait() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with pytest.raises(Down):
        await seal(vault_at(f"http://127.0.0.1:{port}"))


async def test_a_vault_that_does_not_answer_is_given_up(
    engine: TransitEngine, url: str
) -> None:
    engine.holds.clear()
    with pytest.raises(Down):
        await seal(vault_at(url, timeout=SOON))


async def test_other_work_goes_on_while_vault_thinks(engine: TransitEngine, url: str) -> None:
    """Its answer leaves only after this loop, which waits for it, has done something else."""
    engine.holds.clear()
    async with asyncio.TaskGroup() as group:
        sealing = group.create_task(seal(vault_at(url)))

        async def asked() -> bool:
            return bool(engine.asked)

        await eventually(asked)
        assert not sealing.done()
        engine.holds.set()
    assert sealing.result().key_id == f"transit:{MOUNT}/{KEY}"


async def test_a_seal_of_another_key_of_the_same_engine_does_not_open(url: str) -> None:
    sealed = await seal(vault_at(url))
    other = vault_at(url, key="another")
    with pytest.raises(CannotOpen, match="no key"):
        await other.open_(sealed, purpose="a")
