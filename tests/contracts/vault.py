"""What every vault promises."""

from abc import ABC, abstractmethod

import pytest

from providers.grants import CannotOpen, Sealed, Vault

SECRET = b"canary-refresh-token"


class VaultContract(ABC):
    @abstractmethod
    def make(self) -> Vault: ...

    def test_what_was_sealed_opens_for_the_same_purpose(self) -> None:
        vault = self.make()
        assert vault.open_(vault.seal(SECRET, purpose="a"), purpose="a") == SECRET

    def test_it_does_not_open_for_another_purpose(self) -> None:
        vault = self.make()
        with pytest.raises(CannotOpen):
            vault.open_(vault.seal(SECRET, purpose="a"), purpose="b")

    def test_the_seal_names_the_current_key(self) -> None:
        vault = self.make()
        assert vault.seal(SECRET, purpose="a").key_id == vault.key_id

    def test_neither_seal_nor_errors_show_the_secret(self) -> None:
        vault = self.make()
        sealed = vault.seal(SECRET, purpose="a")
        with pytest.raises(CannotOpen) as caught:
            vault.open_(sealed, purpose="b")
        assert SECRET not in sealed.data
        assert SECRET.decode() not in f"{sealed!r} {caught.value!r}"

    def test_the_same_secret_never_seals_alike(self) -> None:
        vault = self.make()
        assert len({vault.seal(SECRET, purpose="a").data for _ in range(100)}) == 100

    @pytest.mark.accepts("TOK-06")
    def test_any_flipped_bit_keeps_it_shut(self) -> None:
        vault = self.make()
        sealed = vault.seal(SECRET, purpose="a")
        for bit in range(8 * len(sealed.data)):
            data = bytearray(sealed.data)
            data[bit // 8] ^= 1 << bit % 8
            with pytest.raises(CannotOpen):
                vault.open_(Sealed(sealed.key_id, bytes(data)), purpose="a")

    @pytest.mark.parametrize("length", [0, 1, 11, 12, 20])
    def test_a_cut_seal_does_not_open(self, length: int) -> None:
        vault = self.make()
        sealed = vault.seal(SECRET, purpose="a")
        with pytest.raises(CannotOpen):
            vault.open_(Sealed(sealed.key_id, sealed.data[:length]), purpose="a")

    def test_an_unknown_key_opens_nothing(self) -> None:
        vault = self.make()
        sealed = vault.seal(SECRET, purpose="a")
        with pytest.raises(CannotOpen, match="no key 'lost'"):
            vault.open_(Sealed("lost", sealed.data), purpose="a")
