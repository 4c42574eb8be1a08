"""Finds the principal of a secret, without a look-up in the database for every request."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.config.variables import ApiKey
from gateway.database.sessions import Sessions
from gateway.identity import api_keys
from gateway.identity.api_keys import StoredKey
from gateway.identity.principal import ALL_SCOPES, Principal, PrincipalKind
from gateway.identity.secret import digest_of, looks_like_a_key

# A revoked key works for this long at most, in the processes that have just seen it.
REMEMBERED_S: Final = 5.0
_MOST_REMEMBERED: Final = 10_000


def principals_of_settings(keys: Sequence[ApiKey]) -> Mapping[bytes, Principal]:
    """Return, by the digest of its key, each holder in the settings: it may do everything.

    These keys make the first start possible: others are made with the database.
    """
    return {
        digest_of(one.key): Principal(
            f"settings:{one.name}", one.name, PrincipalKind.KEY, None, ALL_SCOPES
        )
        for one in keys
    }


@dataclass(frozen=True, slots=True)
class _Remembered:
    key: StoredKey
    until_s: float


class Authenticator:
    """Finds who calls, by the keys of the settings and those of the database.

    A key of the database is remembered for five seconds, so a busy caller costs one look-up
    in that time for each process; a wrong key is not remembered.
    """

    def __init__(
        self,
        sessions: Sessions,
        settings_keys: Sequence[ApiKey],
        *,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._of_settings = principals_of_settings(settings_keys)
        self._now = now
        self._monotonic_s = monotonic_s
        self._remembered: dict[bytes, _Remembered] = {}

    async def principal_of(self, secret: str) -> Principal | None:
        """Return whose key a secret is; ``None`` if nobody's, or the key ended."""
        digest = digest_of(secret)
        if (ours := self._of_settings.get(digest)) is not None:
            return ours
        if not looks_like_a_key(secret):
            return None
        key = await self._key(digest)
        return key.principal if key is not None and key.opens(now=self._now()) else None

    async def _key(self, digest: bytes) -> StoredKey | None:
        found = self._remembered.get(digest)
        if found is not None and self._monotonic_s() < found.until_s:
            return found.key
        asked_at_s = self._monotonic_s()
        key = await self._look_up(digest)
        if key is not None:
            self._remember(digest, _Remembered(key, asked_at_s + REMEMBERED_S))
        return key

    async def _look_up(self, digest: bytes) -> StoredKey | None:
        """Return the stored key, and store that it is used, if it still opens something."""
        now = self._now()
        async with self._sessions.system_session() as database:
            owner = await api_keys.owner_of(database, digest)
        if owner is None:
            return None
        async with self._sessions.session(*owner) as database:
            key = await api_keys.find(database, digest)
            if key is not None and key.opens(now=now):
                await api_keys.note_use(database, key.id, now=now)
        return key

    def _remember(self, digest: bytes, found: _Remembered) -> None:
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[digest] = found
