"""What must hold once a world has come to rest."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from consumers.store.dependencies import STOPPED
from consumers.sync.plan import BACK_TO_DRAFT, NEVER_SENT, NOT_APPROVED
from schemas.documents.document import DocumentType, Status
from schemas.reasons import ALREADY_LINKED, INVALID_DOCUMENT, WAITING_FOR_STOPPED
from schemas.result import SyncState
from schemas.signal import NO_VERSION
from schemas.topics import PLATFORM_EVENTS
from tests.fakes.database import Record
from tests.simulation import wrong
from tests.simulation.books import (
    HELD,
    MARKED,
    PERIOD_CLOSED,
    REFUSED,
    RealmBooks,
    is_void,
    natural_key,
    note_of,
    own_name,
)
from tests.simulation.platform import Announcement, Platform
from tests.simulation.process import Process
from tests.simulation.watch import OPEN
from tests.simulation.worker import Site

RESTING = {
    SyncState.AGREED,
    SyncState.HELD,
    SyncState.WAITING,
    SyncState.DEAD,
    SyncState.SKIPPED,
}

SKIPPED_FOR = {NEVER_SENT.code, NOT_APPROVED.code}


def unrest(site: Site, processes: Sequence[Process]) -> Iterator[str]:
    """Name what is still to be done."""
    for record in site.database.records.rows.values():
        if record.state in OPEN:
            yield f"{record.announced.document_id} is {record.state}"
    for id_ in site.database.intents.rows:
        # One that stops in doubt keeps its intent: when it goes on, it is looked up or written.
        if site.database.records.rows[id_].state is SyncState.AGREED:
            yield f"an intent of {id_} is open"
    yield from _lag(site)
    for process in processes:
        engine = process.engine if process.alive else None
        if engine is None:
            continue
        if engine.resident or any(engine.delayed_of(*place) for place in site.log.written()):
            yield f"{process.name} has work in memory"


def _lag(site: Site) -> Iterator[str]:
    for place in site.log.written():
        group = site.intake if place[0] == PLATFORM_EVENTS else site.lanes
        if group.offsets[place] < site.log.end(place):
            yield f"{place} is committed to {group.offsets[place]} of {site.log.end(place)}"


def violations(platform: Platform, site: Site) -> Iterator[str]:
    """Return what does not hold, now that nothing is to be done."""
    lost = [
        f"{one.document.id} was lost"
        for id_, one in (platform.newest | platform.unreadable).items()
        if id_ not in site.database.records.rows
    ]
    yield from lost or _of_records(platform, site)
    yield from _of_waits(site)
    for realm in site.realms.values():
        yield from _of_pages(platform, site, realm.books)


def _of_records(platform: Platform, site: Site) -> Iterator[str]:
    for id_ in platform.newest | platform.unreadable:
        one, unreadable = platform.newest.get(id_), platform.unreadable.get(id_)
        record = site.database.records.rows[id_]
        if unreadable and (one is None or one.version < unreadable.version):
            yield from wrong.of_refusal(unreadable.document.id, unreadable, record)
            yield from _of_version(unreadable.document.id, one, record)
        elif one:
            yield from wrong.of_refusal(one.document.id, None, record)
            yield from _of_version(one.document.id, one, record)
            yield from _of_record(site, one, record)
    yield from wrong.of_letters(platform, site.database)
    yield from wrong.of_contradictions(platform, site.database)


def _of_version(name: str, one: Announcement | None, record: Record) -> Iterator[str]:
    """See that the newest version that could be read is the desired one."""
    version = one.version if one else NO_VERSION
    if record.announced.version != version:
        yield f"{name} is known at {record.announced.version}, announced at {version}"


def _of_record(site: Site, one: Announcement, record: Record) -> Iterator[str]:
    name = one.document.id
    if record.state not in RESTING:
        yield f"{name} rests as {record.state}"
    yield from _of_reason(one, record, renames=_books(site, one).renames)
    letters = {letter.record_id for letter in site.database.dead_letters.rows.values()}
    if record.state is SyncState.DEAD and one.record_id not in letters:
        yield f"{name} is dead without a letter"
    if record.state is SyncState.AGREED:
        yield from _of_agreed(site, one, record)


def _books(site: Site, one: Announcement) -> RealmBooks:
    return site.realms[one.connection.id].books


def _of_reason(one: Announcement, record: Record, *, renames: bool) -> Iterator[str]:
    """See that a record rests for a reason that its newest version gives."""
    code = record.reason.code if record.reason else ""
    if record.state is SyncState.SKIPPED and code not in SKIPPED_FOR:
        yield f"{one.document.id} is skipped for {code or 'no reason'}"
    said = note_of(one.document)
    status = getattr(one.document, "status", Status.APPROVED)
    holds = {
        INVALID_DOCUMENT.code: False,
        REFUSED: said.startswith(REFUSED),
        PERIOD_CLOSED: said.startswith(HELD),
        NOT_APPROVED.code: status is Status.DRAFT,
        BACK_TO_DRAFT.code: status is Status.DRAFT,
        ALREADY_LINKED.code: not renames,
        NEVER_SENT.code: is_void(one.document) or not getattr(one.document, "active", True),
    }
    if not holds.get(code, True):
        yield f"{one.document.id} rests for {code}, which its newest version is not"


def _of_agreed(site: Site, one: Announcement, record: Record) -> Iterator[str]:
    """Compare what the ledger holds with what was announced last."""
    name = one.document.id
    if record.base_version != one.version:
        yield f"{name} agreed on {record.base_version} of {one.version}"
    if record.external is None:
        if not is_void(one.document):
            yield f"{name} agreed without a link"
        return
    page = _books(site, one).pages.get(record.external.id)
    if page is None or page.name not in _names(site, one):
        yield f"{name} is linked to a record that is not its own"
    elif is_void(one.document):
        if not page.voided:
            yield f"{name} is not void in the ledger"
    elif _without(page.fields, page.edited) != _without(one.document.model_dump(), page.edited):
        yield f"{name} is not in the ledger as announced"


def _names(site: Site, one: Announcement) -> tuple[str, ...]:
    """Return the names under which a realm may have a document."""
    own = (own_name(one.document),) if _books(site, one).renames else ()
    return (natural_key(one.document), *own)


def _without(fields: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _of_waits(site: Site) -> Iterator[str]:
    waits = site.database.dependencies.rows
    for id_, record in site.database.records.rows.items():
        if record.state is not SyncState.WAITING:
            continue
        awaited = [w for w in waits.values() if w.key.record_id == id_]
        others = [site.database.records.rows.get(w.key.awaited_id) for w in awaited]
        pairs = list(zip(awaited, others, strict=True))
        name = record.announced.document_id
        if all(o is not None and o.is_there(agreed=w.agreed) for w, o in pairs):
            yield f"{name} waits for nothing"
        stopped = any(o is not None and o.state in STOPPED for o in others)
        if stopped and (
            record.reason is None or record.reason.code != WAITING_FOR_STOPPED.code
        ):
            yield f"{name} waits for one that is stopped, and does not say so"


def _of_pages(platform: Platform, site: Site, books: RealmBooks) -> Iterator[str]:
    pages = list(books.pages.values())
    claimed = _claimed(site, books)
    found = Counter((page.kind, page.mark) for page in pages if page.mark)
    for (kind, mark), number in found.items():
        if number > 1 + claimed[kind, mark]:
            yield f"{kind} {mark} is in the ledger {number} times"
    mine = {
        one.document.id
        for one in platform.newest.values()
        if one.connection.id == books.connection
    }
    for page in pages:
        if page.mark and page.mark not in mine:
            yield f"{page.kind} {page.mark} is in a realm that is not its own"


def _claimed(site: Site, books: RealmBooks) -> Counter[tuple[DocumentType, str]]:
    """Count the records of documents without a mark that others of their name were given.

    Of two customers of one name that are both in doubt, nothing tells who made the one record:
    the first gets it and writes over it, unless its own content is refused (ADR 0018, "Open").
    So only one that is stopped, where taken names lead to other ones, may have another's.
    """
    if not books.renames:
        return Counter()
    return Counter(
        (page.kind, page.mark)
        for record in site.database.records.rows.values()
        if record.announced.connection_id == books.connection
        and record.external is not None
        and record.state in {SyncState.DEAD, SyncState.HELD}
        and (page := books.pages.get(record.external.id)) is not None
        and page.kind not in MARKED
        and page.mark != record.announced.document_id
    )
