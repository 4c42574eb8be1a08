"""What every vault promises, whoever has its keys."""

import asyncio
from abc import ABC, abstractmethod

import pytest

from providers.grants import CannotOpen, Sealed, Vault

SECRET = b"canary-refresh-token"


async def seal(vault: Vault, *, purpose: str = "a") -> Sealed:
    return (await vault.sealer(purpose=purpose))(SECRET)


class VaultContract(ABC):
    @abstractmethod
    def make(self) -> Vault: ...

    async def test_what_was_sealed_opens_for_the_same_purpose(self) -> None:
        vault = self.make()
        assert await vault.open_(await seal(vault), purpose="a") == SECRET

    async def test_it_opens_in_another_process(self) -> None:
        sealed = await seal(self.make())
        assert await self.make().open_(sealed, purpose="a") == SECRET

    async def test_it_does_not_open_for_another_purpose(self) -> None:
        vault = self.make()
        with pytest.raises(CannotOpen):
            await vault.open_(await seal(vault), purpose="b")

    async def test_the_seal_names_the_current_key(self) -> None:
        vault = self.make()
        assert (await seal(vault)).key_id == vault.key_id

    async def test_neither_seal_nor_errors_show_the_secret(self) -> None:
        vault = self.make()
        sealed = await seal(vault)
        with pytest.raises(CannotOpen) as caught:
            await vault.open_(sealed, purpose="b")
        assert SECRET not in sealed.data
        assert SECRET.decode() not in f"{sealed!r} {caught.value!r}"

    async def test_the_same_secret_never_seals_alike(self) -> None:
        vault = self.make()
        sealer = await vault.sealer(purpose="a")
        of_one = {sealer(SECRET).data for _ in range(100)}
        assert len(of_one | {(await seal(vault)).data for _ in range(10)}) == 110

    async def test_what_one_sealer_sealed_opens_apart(self) -> None:
        vault = self.make()
        sealer = await vault.sealer(purpose="a")
        first, second = sealer(SECRET), sealer(b"")
        assert await vault.open_(second, purpose="a") == b""
        assert await vault.open_(first, purpose="a") == SECRET

    async def test_many_at_once_do_not_mix_their_secrets_up(self) -> None:
        vault = self.make()

        async def there_and_back(purpose: str) -> bytes:
            sealed = (await vault.sealer(purpose=purpose))(purpose.encode())
            return await vault.open_(sealed, purpose=purpose)

        purposes = [f"token {n}" for n in range(20)]
        opened = await asyncio.gather(*(there_and_back(one) for one in purposes))
        assert opened == [one.encode() for one in purposes]

    @pytest.mark.accepts("TOK-06", "TOK-08")
    async def test_any_flipped_bit_keeps_it_shut(self) -> None:
        vault = self.make()
        sealed = await seal(vault)
        for bit in range(8 * len(sealed.data)):
            data = bytearray(sealed.data)
            data[bit // 8] ^= 1 << bit % 8
            with pytest.raises(CannotOpen):
                await vault.open_(Sealed(sealed.key_id, bytes(data)), purpose="a")

    @pytest.mark.parametrize("length", [0, 1, 11, 12, 20, 100])
    async def test_a_cut_seal_does_not_open(self, length: int) -> None:
        vault = self.make()
        sealed = await seal(vault)
        with pytest.raises(CannotOpen):
            await vault.open_(
                Sealed(sealed.key_id, sealed.data[: length % len(sealed.data)]), purpose="a"
            )

    async def test_an_unknown_key_opens_nothing(self) -> None:
        vault = self.make()
        sealed = await seal(vault)
        with pytest.raises(CannotOpen, match="no key 'lost'"):
            await vault.open_(Sealed("lost", sealed.data), purpose="a")
