"""Envelope sealing: each secret under a data key of its own, which a secret store wraps.

The store never sees a secret, and a secret is sealed without asking it once the data key is
there: so a store that goes away between the two loses nothing.

Source: NIST SP 800-38D (AES-256-GCM); AWS Key Management Service developer guide, "Data keys",
and Vault's transit engine, "datakey", read 2026-11.
"""

import hashlib
import os
from dataclasses import dataclass, field
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from providers.grants import CannotOpen, Sealed, Sealer

_NONCE_BYTES: Final = 12
_LENGTH_BYTES: Final = 2
_DIGEST_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key for one purpose, in clear and as only the store can read it.

    Attributes:
        plain: 32 bytes; never stored.
        wrapped: What the store makes the key of again; under 64 KiB.
    """

    plain: bytes = field(repr=False)
    wrapped: bytes = field(repr=False)


class DataKeys(Protocol):
    """What a secret store does for an envelope; it takes no more than seconds to say so."""

    @property
    def key_id(self) -> str:
        """The id of the store's key; no two stores have one in common."""

    async def make(self, *, purpose: str) -> DataKey:
        """Return a new data key, bound to its purpose.

        Raises:
            Down: the store does not answer, or refuses us.
        """

    async def unwrap(self, wrapped: bytes, *, purpose: str) -> bytes:
        """Return the data key in clear.

        Raises:
            CannotOpen: it was altered, or made for another purpose or by another key.
            Down: the store does not answer, or refuses us.
        """


class EnvelopeVault:
    """A vault on a secret store's data keys."""

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys
        self.key_id = keys.key_id
        self.key_ids = frozenset({keys.key_id})

    async def sealer(self, *, purpose: str) -> Sealer:
        """Return what seals secrets for a purpose without asking the store again.

        Raises:
            Down: the store does not answer, or refuses us.
        """
        key = await self._keys.make(purpose=purpose)
        head = _head(key.wrapped)

        def seal(plain: bytes) -> Sealed:
            nonce = os.urandom(_NONCE_BYTES)
            cipher = AESGCM(key.plain).encrypt(nonce, plain, _bound(self.key_id, purpose))
            return Sealed(self.key_id, head + key.wrapped + nonce + cipher)

        return seal

    async def open_(self, sealed: Sealed, *, purpose: str) -> bytes:
        """Open a sealed secret with the data key that lies beside it.

        Raises:
            CannotOpen: it was altered, or sealed for another purpose or under another key.
            Down: the store does not answer, or refuses us.
        """
        if sealed.key_id != self.key_id:
            raise CannotOpen(f"the vault has no key {sealed.key_id!r}: name it in the settings")
        wrapped, nonce, cipher = _parts(sealed.data)
        key = await self._keys.unwrap(wrapped, purpose=purpose)
        try:
            return AESGCM(key).decrypt(nonce, cipher, _bound(self.key_id, purpose))
        except (InvalidTag, ValueError) as exc:
            raise CannotOpen("a sealed value was altered, or belongs elsewhere") from exc


def _bound(key_id: str, purpose: str) -> bytes:
    return f"ledgerlane/envelope/1/{key_id}/{purpose}".encode()


def _head(wrapped: bytes) -> bytes:
    return len(wrapped).to_bytes(_LENGTH_BYTES, "big") + _digest(wrapped)


def _digest(wrapped: bytes) -> bytes:
    """Return by what an altered key is told from one that the store refuses us.

    It keeps nobody from altering both: that is what the store's own seal is for.
    """
    return hashlib.sha256(wrapped).digest()[:_DIGEST_BYTES]


def _parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    start = _LENGTH_BYTES + _DIGEST_BYTES
    end = start + int.from_bytes(data[:_LENGTH_BYTES], "big")
    wrapped = data[start:end]
    if _digest(wrapped) != data[_LENGTH_BYTES:start]:
        raise CannotOpen("a sealed value was altered, or belongs elsewhere")
    nonce = end + _NONCE_BYTES
    return wrapped, data[end:nonce], data[nonce:]
