"""One vault of several: one seals, and what the others sealed before opens still."""

from collections.abc import Sequence
from typing import Protocol

from providers.grants import CannotOpen, Sealed, Sealer, Vault


class KnownKeys(Vault, Protocol):
    """A vault that knows which keys it opens with."""

    @property
    def key_ids(self) -> frozenset[str]:
        """The ids of all keys that open."""


class VaultChain:
    """Vaults in a row, of which the first seals: so tokens move from store to store."""

    def __init__(self, vaults: Sequence[KnownKeys]) -> None:
        """Take the vaults; the first is the current one."""
        self._vaults = vaults
        self.key_id = vaults[0].key_id

    async def sealer(self, *, purpose: str) -> Sealer:
        """Return what seals secrets for a purpose, by the first vault.

        Raises:
            Down: the secret store does not answer.
        """
        return await self._vaults[0].sealer(purpose=purpose)

    async def open_(self, sealed: Sealed, *, purpose: str) -> bytes:
        """Open a sealed secret by the vault that has its key.

        Raises:
            CannotOpen: none has it, or it was altered or sealed for another purpose.
            Down: the secret store does not answer.
        """
        for vault in self._vaults:
            if sealed.key_id in vault.key_ids:
                return await vault.open_(sealed, purpose=purpose)
        raise CannotOpen(f"the vault has no key {sealed.key_id!r}: name it in the settings")
