"""Data keys of AWS KMS, by ``boto3``, whose calls are made in threads, as they block.

The purpose goes to KMS as the *encryption context*: a data key opens for that alone, and the
trail of AWS shows for what it was opened. Credentials are found as all programs of AWS find
theirs: by its environment variables, its files, or the role of the machine.

Source: AWS KMS API reference, ``GenerateDataKey`` and ``Decrypt``, read 2026-11.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from gateway.vaults.envelope import DataKey
from providers.errors import Down
from providers.grants import CannotOpen
from providers.reasons import SECRET_STORE_AWAY

TIMEOUT: Final = timedelta(seconds=5)
_ATTEMPTS: Final = 2
_AGAIN_AFTER: Final = timedelta(seconds=30)
_ALTERED: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


class KmsKeys:
    """Data keys under one key of KMS.

    Args:
        key: The key's id, ARN or alias. Its key material may rotate; another key is another
            vault, so an alias has to stay with its key.
        region: The region of AWS.
        url: Where KMS is, in place of AWS's own address; empty for that.
        timeout: For connecting, and for each part of an answer, of which two are tried.
    """

    def __init__(
        self, *, key: str, region: str, url: str = "", timeout: timedelta = TIMEOUT
    ) -> None:
        seconds = timeout.total_seconds()
        patience = Config(
            connect_timeout=seconds,
            read_timeout=seconds,
            retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
        )
        self._kms = boto3.client(
            "kms", region_name=region, endpoint_url=url or None, config=patience
        )
        self._key = key
        self.key_id = f"kms:{region}/{key}"

    async def make(self, *, purpose: str) -> DataKey:
        """Return a new data key, bound to its purpose.

        Raises:
            Down: KMS does not answer, or refuses us.
        """
        given = self._bound(purpose)
        made = await _ask(self._kms.generate_data_key, KeySpec="AES_256", **given)
        return DataKey(made["Plaintext"], made["CiphertextBlob"])

    async def unwrap(self, wrapped: bytes, *, purpose: str) -> bytes:
        """Return the data key in clear.

        Raises:
            CannotOpen: it was altered, or made for another purpose or by another key.
            Down: KMS does not answer, or refuses us.
        """
        opened = await _ask(self._kms.decrypt, CiphertextBlob=wrapped, **self._bound(purpose))
        plain: bytes = opened["Plaintext"]
        return plain

    def _bound(self, purpose: str) -> dict[str, Any]:
        return {"KeyId": self._key, "EncryptionContext": {"ledgerlane:purpose": purpose}}


async def _ask(call: Callable[..., Any], **given: Any) -> Any:
    """Return KMS's answer, and leave the event loop to others meanwhile."""
    try:
        return await asyncio.to_thread(call, **given)
    except ClientError as exc:
        code = exc.response.get("Error", {}).get("Code", "")
        if code in _ALTERED:
            raise CannotOpen("a sealed value was altered, or belongs elsewhere") from exc
        raise _down(code) from exc
    except BotoCoreError as exc:
        raise _down(type(exc).__name__) from exc


def _down(what: str) -> Down:
    reason = SECRET_STORE_AWAY.reason(store="AWS KMS", what=what)
    return Down(reason, retry_after=_AGAIN_AFTER)
