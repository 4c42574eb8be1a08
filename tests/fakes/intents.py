"""The statements of the record store in memory about intents and leases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from consumers.store.intents import IntendedWrite
from consumers.store.leases import Fence
from providers.base import Operation
from schemas.ids import ProviderName, RecordId
from tests.fakes.database import Begun
from tests.fakes.statements import FencedStatements


class MemoryIntents(FencedStatements):
    """The intents in memory."""

    async def open(
        self, fence: Fence, writes: Sequence[IntendedWrite], *, now: datetime
    ) -> dict[RecordId, UUID]:
        await self._pause("open_intents")
        await self._share(fence)
        keys = {}
        for one in writes:
            known = await self._session.lock_row(self._database.intents, one.record_id)
            begun = Begun(
                one.record_id,
                one.operation,
                one.version,
                one.idempotency_key,
                fence.epoch,
                (one.sent_as,) if one.sent_as else (),
            )
            if known is not None:
                sent_as = tuple(dict.fromkeys((*known.sent_as, *begun.sent_as)))
                kept = self.kept_version(known, one)
                begun = replace(begun, version=kept, sent_as=sent_as)
            if known is not None and known.operation is Operation.CREATE:
                begun = replace(begun, key=known.key)
            self._session.put(self._database.intents, one.record_id, begun)
            keys[one.record_id] = begun.key
        return keys

    def kept_version(self, known: Begun, one: IntendedWrite) -> int:
        """Return the version of an intent that is open when another write begins."""
        return known.version

    async def close(self, record_ids: Sequence[RecordId]) -> None:
        await self._pause("close_intents")
        for id_ in record_ids:
            if await self._session.lock_row(self._database.intents, id_) is not None:
                self._session.put(self._database.intents, id_, None)


class MemoryLeases(FencedStatements):
    """The leases in memory."""

    async def take(
        self, provider: ProviderName, partitions: Sequence[int], *, owner: str, now: datetime
    ) -> dict[int, int]:
        await self._pause("take_leases")
        epochs = {}
        for partition in sorted(partitions):
            key = (provider, partition)
            epoch = (await self._session.lock_row(self._database.leases, key) or 0) + 1
            self._session.put(self._database.leases, key, epoch)
            epochs[partition] = epoch
        return epochs

    async def hold(self, fence: Fence) -> None:
        await self._pause("hold")
        await self._share(fence)
