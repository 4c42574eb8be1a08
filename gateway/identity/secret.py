"""Secrets that we hand out: how they are made, told apart, and stored.

What is stored is a SHA-256 digest. A slow hash as for passwords would add nothing: it makes
guessing costly where people choose from few words, and nobody guesses one of 2**256 random
values. A fast one lets every request be checked for about a microsecond. Nor is a secret
compared by its characters: its digest is looked up, and how much of a digest agrees says
nothing about the secret.
"""

import secrets
from hashlib import sha256
from typing import Final

KEY_PREFIX: Final = "llk_"
TOKEN_PREFIX: Final = "llt_"  # noqa: S105 - the beginning of every one
CLIENT_PREFIX: Final = "llc_"
_BYTES: Final = 32
_LENGTH: Final = len(KEY_PREFIX) + 2 * _BYTES
_SHOWN: Final = len(KEY_PREFIX) + 8


def new_secret(prefix: str = KEY_PREFIX) -> str:
    """Return a new secret: the prefix of its kind, and 256 random bits as hex digits.

    The prefix lets scanners of source code find a secret that was committed.
    """
    return prefix + secrets.token_hex(_BYTES)


def looks_like_a_key(said: str) -> bool:
    """Return whether a text has the form of our keys, so that it is worth a look-up."""
    return len(said) == _LENGTH and said.startswith(KEY_PREFIX)


def looks_like_a_token(said: str) -> bool:
    """Return whether a text has the form of the tokens that integrators get."""
    return len(said) == _LENGTH and said.startswith(TOKEN_PREFIX)


def digest_of(secret: str) -> bytes:
    """Return what is stored of a secret, and what it is found by."""
    return sha256(secret.encode()).digest()


def shown_prefix(secret: str) -> str:
    """Return the beginning of a secret, for people to tell keys apart: 32 of its 256 bits."""
    return secret[:_SHOWN]
