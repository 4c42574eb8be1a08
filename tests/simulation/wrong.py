"""What must hold at rest of versions that intake refused, and of documents that contradict."""

from collections.abc import Iterator, Mapping
from itertools import product

from consumers.sync.consistency import Related, compared, contradictions
from schemas.contradictions import OUT_OF_USE
from schemas.documents.document import Document
from schemas.documents.payment import Payment
from schemas.ids import RecordId, record_id
from schemas.result import SyncState
from schemas.topics import PLATFORM_DEAD
from tests.fakes.database import Database, Record
from tests.simulation.books import is_void
from tests.simulation.platform import Announcement, Platform


def of_letters(platform: Platform, database: Database) -> Iterator[str]:
    """Name the refused versions that left no dead letter."""
    letters = {
        (letter.document_id, letter.version)
        for letter in database.dead_letters.rows.values()
        if letter.topic == PLATFORM_DEAD
    }
    for one in platform.announcements:
        if not one.readable and (one.subject, one.version) not in letters:
            yield f"{one.subject} v{one.version} was refused without a letter"


def of_refusal(name: str, refused: Announcement | None, record: Record) -> Iterator[str]:
    """See that a record is held by the version that intake refused, and by no older one.

    Args:
        refused: The refused version, if it is the newest of all.
    """
    known = record.refused.version if record.refused else None
    wanted = refused.version if refused else None
    if known != wanted:
        yield f"{name} knows of the refused version {known}, and it is {wanted}"
    elif record.refused and (record.state, record.reason) != (
        SyncState.HELD,
        record.refused.reason,
    ):
        yield f"{name} is {record.state}, and its newest version was refused"


def of_contradictions(platform: Platform, database: Database) -> Iterator[str]:
    """See that what is held for a contradiction contradicts, and what agrees does not."""
    versions: dict[RecordId, list[Document]] = {}
    for one in platform.announcements:
        if one.readable:
            versions.setdefault(one.record_id, []).append(one.document)
    newest = {id_: one.document for id_, one in platform.newest.items()}
    for id_, one in platform.newest.items():
        record, name = database.records.rows[id_], one.document.id
        code = record.reason.code if record.reason else ""
        contradicts = (
            code in _codes(one, newest)
            or (code == OUT_OF_USE.code and _names_out_of_use(one, newest))
            or _overtaken(platform, one)
        )
        if record.contradicts and not contradicts:
            yield f"{name} rests for {code}, and contradicts nothing"
        if _is_written(record, one) and _always(one, versions):
            yield f"{name} agrees, and contradicts all that was ever announced"


def _names_out_of_use(one: Announcement, known: Mapping[RecordId, Document]) -> bool:
    """Whether a document names one of which the newest version is out of use."""
    named = (known.get(record_id(one.connection.id, *ref)) for ref in one.document.references())
    return any(not getattr(document, "active", True) for document in named if document)


def _overtaken(platform: Platform, one: Announcement) -> bool:
    """Whether something that a document names came after a newer version that was refused.

    It is stored and never settled, as its record is held, so that nobody is woken until a
    newer version comes.
    """
    for ref in compared(one.document):
        id_ = record_id(one.connection.id, *ref)
        late, refused = platform.newest.get(id_), platform.unreadable.get(id_)
        if late and refused and refused.version > late.version and refused.at < late.at:
            return True
    return False


def _is_written(record: Record, one: Announcement) -> bool:
    """Whether the ledger has a version; one that is void was taken out of it."""
    agreed = record.state is SyncState.AGREED and record.base_version == one.version
    return agreed and record.external is not None and not is_void(one.document)


def _codes(one: Announcement, known: Mapping[RecordId, Document]) -> set[str]:
    """Return the codes of what a document contradicts among those that are known.

    Of each invoice there is one payment, so that no other settles any of it.
    """
    related = {
        ref: known[id_]
        for ref in compared(one.document)
        if (id_ := record_id(one.connection.id, *ref)) in known
    }
    # What settles an invoice may be of a customer out of use: of that the invoice is held.
    out_of_use = frozenset(
        ref
        for ref, document in related.items()
        if not isinstance(one.document, Payment) and not getattr(document, "active", True)
    )
    found = contradictions(one.document, Related(related, out_of_use=out_of_use))
    return {reason.code for reason in found}


def _always(one: Announcement, versions: Mapping[RecordId, list[Document]]) -> bool:
    """Whether a document contradicts every combination of versions of what it names."""
    named = [record_id(one.connection.id, *ref) for ref in compared(one.document)]
    choices = [[(id_, v) for v in versions[id_]] for id_ in named if id_ in versions]
    return all(_codes(one, dict(chosen)) for chosen in product(*choices))
