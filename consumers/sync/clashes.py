"""Names and numbers that another record of the ledger has: whose they are, and what then.

By the connection's settings a person is asked, or the document goes under a name or number of
its own. That is never done while the record in its way may be the document's own, from a
create whose answer was lost: it would be in the ledger twice.
"""

from collections.abc import Sequence

from consumers.store.protocols import RecordStore
from consumers.sync.loaded_record import LoadedRecord, total_mismatch
from providers.base import Ledger, Operation, Result, Write, Written
from providers.errors import ProviderError, Taken, Uncertain
from schemas import reasons
from schemas.errors import Reason

Looked = Result | None


def is_foreign(ledger: Ledger, loaded: LoadedRecord, seen: Looked) -> bool:
    """Return whether another record certainly has the name, and it may be another one here."""
    renames = ledger.renames(loaded.row.document_type)
    return renames and isinstance(seen, Taken) and seen.foreign


def goes_under_own_name(
    ledger: Ledger, loaded: LoadedRecord, write: Write, seen: Looked, error: ProviderError
) -> bool:
    """Return whether a create that ended in an error is repeated under a name of its own.

    Args:
        seen: What the look-up after it has found.
    """
    if write.renamed or not isinstance(seen, Taken):
        return False
    if isinstance(error, Uncertain) or loaded.record.in_doubt:
        return is_foreign(ledger, loaded, seen)
    return ledger.renames(loaded.row.document_type)


def taken_by_change(
    ledger: Ledger, operation: Operation, write: Write, result: Result
) -> Taken | None:
    """Return what a change ran into, where it is then made under a name of its own."""
    if operation is not Operation.UPDATE or write.renamed or not isinstance(result, Taken):
        return None
    return result if ledger.renames(write.document_type) else None


async def without_linked(
    store: RecordStore,
    ledger: Ledger,
    looked: Sequence[tuple[LoadedRecord, Looked]],
    linked: set[str],
) -> list[Looked]:
    """Return what was looked up; what is linked to another document comes as taken by it.

    It matters only where taken names lead to other ones, so nothing is asked otherwise.

    Args:
        linked: The ledger's records that documents of the same try are about to be linked to;
            those that are found for others are added.
    """
    if not looked or not ledger.renames(looked[0][0].row.document_type):
        return [seen for _, seen in looked]
    holders = {loaded.id: id_ for loaded, seen in looked if (id_ := _holder(seen))}
    async with store.transaction(looked[0][0].row.tenant_id) as tx:
        elsewhere = await tx.records.linked_elsewhere(holders)
    # Of several that find one record it is that one's whose figures it has: two documents of
    # one number can both be in doubt, where a ledger has no room for our mark.
    own = {
        loaded.id: _own(seen, linked, elsewhere=loaded.id in elsewhere)
        for loaded, seen in sorted(looked, key=_differs)
    }
    return [own[loaded.id] for loaded, _ in looked]


def already_linked(found: Result | None) -> Reason:
    """Return that a record of the ledger is another document's already, and which one it is."""
    if not isinstance(found, Written):
        return reasons.ALREADY_LINKED.reason(record="of this name or number")
    name = found.known_as or found.external.code
    called = (
        f"{name!r} (id {found.external.id})" if name else f"with the id {found.external.id}"
    )
    return reasons.ALREADY_LINKED.reason(record=called)


def _differs(one: tuple[LoadedRecord, Looked]) -> bool:
    loaded, seen = one
    return isinstance(seen, Written) and total_mismatch(loaded, seen.figures) is not None


def _holder(seen: Looked) -> str:
    if isinstance(seen, Written):
        return seen.external.id
    return seen.external_id if isinstance(seen, Taken) else ""


def _own(seen: Looked, linked: set[str], *, elsewhere: bool) -> Looked:
    holder = _holder(seen)
    if holder and (elsewhere or holder in linked):
        reason = seen.reason if isinstance(seen, Taken) else already_linked(seen)
        return Taken(reason, foreign=True, external_id=holder)
    if isinstance(seen, Written):
        linked.add(holder)
    return seen
