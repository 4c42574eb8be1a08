"""The vault, which seals and opens tokens: AES-256-GCM under a ring of keys.

The first key of the ring seals; all of them open, so that a new key can be put in front and
the rows be sealed again later. A value that was sealed for one purpose opens for that alone.

Source: NIST SP 800-38D, section 8.2.2 (random 96-bit nonces; far under 2**32 seals a key).
"""

import base64
import binascii
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from providers.grants import CannotOpen, Sealed, Sealer

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
# Of 32 random bytes, 16 or fewer are distinct once in about 10**20 keys.
_LEAST_DISTINCT_BYTES: Final = 17
_KEY_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ADVICE: Final = "make one with `ledgerlane vault new-key`"


@dataclass(frozen=True, slots=True)
class VaultKey:
    """A key and the id that rows name it by."""

    id: str
    key: bytes = field(repr=False)


class AesVault:
    """The vault that runs inside this process."""

    def __init__(self, keys: Sequence[VaultKey]) -> None:
        """Take the ring; the first key is the current one."""
        self.key_id = keys[0].id
        self.key_ids = frozenset(key.id for key in keys)
        self._ring = {key.id: AESGCM(key.key) for key in keys}

    async def sealer(self, *, purpose: str) -> Sealer:
        """Return what seals secrets under the current key, bound to the purpose."""

        def seal(plain: bytes) -> Sealed:
            nonce = os.urandom(NONCE_BYTES)
            cipher = self._ring[self.key_id].encrypt(nonce, plain, _bound(self.key_id, purpose))
            return Sealed(self.key_id, nonce + cipher)

        return seal

    async def open_(self, sealed: Sealed, *, purpose: str) -> bytes:
        """Open a sealed secret with the key that its id names.

        Raises:
            CannotOpen: it was altered, or sealed for another purpose or under a lost key.
        """
        key = self._ring.get(sealed.key_id)
        if key is None:
            raise CannotOpen(f"the vault has no key {sealed.key_id!r}: put it back on the ring")
        nonce, cipher = sealed.data[:NONCE_BYTES], sealed.data[NONCE_BYTES:]
        try:
            return key.decrypt(nonce, cipher, _bound(sealed.key_id, purpose))
        except (InvalidTag, ValueError) as exc:
            raise CannotOpen("a sealed value was altered, or belongs elsewhere") from exc


def _bound(key_id: str, purpose: str) -> bytes:
    return f"ledgerlane/1/{key_id}/{purpose}".encode()


def new_key() -> str:
    """Make a key, written as the setting wants it."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def read_keys(said: str) -> tuple[VaultKey, ...]:
    """Read ``id:base64,...``; the first is current.

    Raises:
        ValueError: a key is not 32 random bytes, or an id comes twice. Names ids, never keys.
    """
    keys = tuple(_read_key(one.strip()) for one in said.split(","))
    if len({key.id for key in keys}) < len(keys):
        raise ValueError("has a key id twice: give each key an id of its own")
    return keys


def _read_key(said: str) -> VaultKey:
    key_id, _, encoded = said.partition(":")
    if not _KEY_ID.fullmatch(key_id) or not encoded:
        raise ValueError(f"is no list of keys: write id:key,... and {_ADVICE}")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise ValueError(f"key {key_id!r} is not base64: {_ADVICE}") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"key {key_id!r} has {len(key)} bytes, not {KEY_BYTES}: {_ADVICE}")
    if len(set(key)) < _LEAST_DISTINCT_BYTES:
        raise ValueError(f"key {key_id!r} was not made at random: {_ADVICE}")
    return VaultKey(key_id, key)
