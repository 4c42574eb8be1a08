"""Data keys of HashiCorp's Vault, by its transit secrets engine.

Each call is made in a thread, as ``hvac`` blocks. The purpose goes to Vault as the *context*,
so that a key that is *derived* opens nothing for another one.

Tested against a stand-in that answers as the documentation says, not against Vault itself.

Source: Vault's HTTP API, "Transit secrets engine", ``datakey`` and ``decrypt``, read 2026-11.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import hvac
import requests
from hvac.exceptions import InvalidRequest, VaultError

from gateway.vaults.envelope import DataKey
from providers.errors import Down
from providers.grants import CannotOpen
from providers.reasons import SECRET_STORE_AWAY

TIMEOUT: Final = timedelta(seconds=5)
_AGAIN_AFTER: Final = timedelta(seconds=30)


class TransitKeys:
    """Data keys under one named key of a transit engine.

    Args:
        url: Where Vault is, without a path.
        token: What lets us use the key; it needs ``update`` on ``datakey/plaintext`` and
            ``decrypt`` of it.
        key: The name of the key in Vault.
        mount: The path that the engine is mounted at.
        timeout: For connecting, and for each part of an answer.
    """

    def __init__(
        self, url: str, token: str, *, key: str, mount: str, timeout: timedelta = TIMEOUT
    ) -> None:
        client = hvac.Client(url=url, token=token, timeout=timeout.total_seconds())
        self._transit = client.secrets.transit
        self._key = {"name": key, "mount_point": mount}
        self.key_id = f"transit:{mount}/{key}"

    async def make(self, *, purpose: str) -> DataKey:
        """Return a new data key, bound to its purpose.

        Raises:
            Down: Vault does not answer, is sealed, or refuses us.
        """
        made = await _ask(
            self._transit.generate_data_key,
            key_type="plaintext",
            context=_base64(purpose.encode()),
            **self._key,
        )
        return DataKey(base64.b64decode(made["plaintext"]), _packed(made["ciphertext"]))

    async def unwrap(self, wrapped: bytes, *, purpose: str) -> bytes:
        """Return the data key in clear.

        Raises:
            CannotOpen: it was altered, or made for another purpose or by another key.
            Down: Vault does not answer, is sealed, or refuses us.
        """
        opened = await _ask(
            self._transit.decrypt_data,
            ciphertext=_unpacked(wrapped),
            context=_base64(purpose.encode()),
            **self._key,
        )
        return base64.b64decode(opened["plaintext"])


async def _ask(call: Callable[..., Any], **given: str) -> Any:
    """Return the data of Vault's answer, and leave the event loop to others meanwhile."""
    try:
        answer = await asyncio.to_thread(call, **given)
    except InvalidRequest as exc:
        if "ciphertext" in given:
            raise CannotOpen("a sealed value was altered, or belongs elsewhere") from exc
        raise _down(exc) from exc
    except (VaultError, requests.RequestException) as exc:
        raise _down(exc) from exc
    return answer["data"]


def _down(exc: Exception) -> Down:
    reason = SECRET_STORE_AWAY.reason(store="Vault", what=type(exc).__name__)
    return Down(reason, retry_after=_AGAIN_AFTER)


def _base64(plain: bytes) -> str:
    return base64.b64encode(plain).decode()


def _packed(ciphertext: str) -> bytes:
    """Return ``vault:v1:<base64>`` with its last part as bytes, of which none has two forms."""
    name, version, cipher = ciphertext.split(":", 2)
    return f"{name}:{version}:".encode() + base64.b64decode(cipher)


def _unpacked(wrapped: bytes) -> str:
    try:
        name, version, cipher = wrapped.split(b":", 2)
        return f"{name.decode()}:{version.decode()}:{_base64(cipher)}"
    except (ValueError, binascii.Error) as exc:
        raise CannotOpen("a sealed value was altered, or belongs elsewhere") from exc
