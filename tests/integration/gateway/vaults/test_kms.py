"""AWS KMS as a vault, by `boto3` against the server of `moto`, which others wrote."""

import socket
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from gateway.vaults.envelope import EnvelopeVault
from gateway.vaults.kms import KmsKeys
from providers.errors import Down
from providers.grants import CannotOpen, Vault
from tests.contracts.vault import VaultContract, seal

REGION = "eu-west-1"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-test")


@pytest.fixture
def kms(url: str) -> Any:
    return boto3.client("kms", region_name=REGION, endpoint_url=url)


@pytest.fixture
def key(kms: Any) -> str:
    found: str = kms.create_key(Description="tokens")["KeyMetadata"]["Arn"]
    return found


def vault_at(url: str, key: str) -> EnvelopeVault:
    return EnvelopeVault(KmsKeys(key=key, region=REGION, url=url))


class TestKmsVault(VaultContract):
    @pytest.fixture(autouse=True)
    def _serve(self, url: str, key: str) -> None:
        self.url, self.key = url, key

    def make(self) -> Vault:
        return vault_at(self.url, self.key)


async def test_a_data_key_is_bound_to_its_purpose_by_kms_itself(url: str, key: str) -> None:
    keys = KmsKeys(key=key, region=REGION, url=url)
    made = await keys.make(purpose="a")
    assert await keys.unwrap(made.wrapped, purpose="a") == made.plain
    with pytest.raises(CannotOpen):
        await keys.unwrap(made.wrapped, purpose="b")


async def test_a_data_key_of_another_key_does_not_open(url: str, key: str, kms: Any) -> None:
    other = kms.create_key()["KeyMetadata"]["Arn"]
    sealed = await seal(vault_at(url, other))
    with pytest.raises(CannotOpen, match="no key"):
        await vault_at(url, key).open_(sealed, purpose="a")


async def test_a_key_that_we_may_not_use_makes_work_wait(url: str, key: str) -> None:
    unknown = key[:-12] + "0" * 12
    with pytest.raises(Down, match="NotFoundException"):
        await seal(vault_at(url, unknown))


async def test_a_kms_that_is_not_there_makes_work_wait(key: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with pytest.raises(Down, match="secret_store_away"):
        await seal(vault_at(f"http://127.0.0.1:{port}", key))
