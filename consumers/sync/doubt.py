"""Looking up what may be in the ledger, as it is by now and as it was sent before."""

from collections.abc import Sequence

from consumers.store.protocols import RecordStore
from consumers.sync.loaded_record import LoadedRecord
from consumers.sync.sent_as import sent_as
from providers.base import Ledger, Result, Write, Written
from providers.errors import ProviderError, Taken


async def find(ledger: Ledger, writes: Sequence[Write]) -> Sequence[Result | None]:
    """Look documents up; an error of the whole call is the result of all."""
    try:
        return await ledger.find(writes)
    except ProviderError as error:
        return [error] * len(writes)


async def found_as_sent(
    store: RecordStore, ledger: Ledger, loaded: LoadedRecord, linked: set[str]
) -> Result | None:
    """Look a record up by what it was sent as before, where that is otherwise by now.

    What is there and certainly another one's is not what was sent.

    Args:
        linked: The ledger's records that others of the same try are to be linked to; one that
            is found is added.
    """
    now = sent_as(loaded.desired, ledger.naming) if loaded.desired else ""
    for stored in loaded.sent:
        if stored == now or not loaded.is_linked(loaded.sent[stored]):
            continue
        seen = (await find(ledger, [loaded.write_sent(stored)]))[0]
        if seen is None or isinstance(seen, Taken):
            continue
        if isinstance(seen, Written):
            holder = seen.external.id
            async with store.transaction(loaded.row.tenant_id) as tx:
                elsewhere = await tx.records.linked_elsewhere({loaded.id: holder})
            if elsewhere or holder in linked:
                continue
            linked.add(holder)
        return seen
    return None
