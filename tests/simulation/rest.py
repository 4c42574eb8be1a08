"""What must hold once a world has come to rest."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from consumers.sync.plan import BACK_TO_DRAFT, NEVER_SENT, NOT_APPROVED
from schemas.documents.document import Status
from schemas.result import SyncState
from schemas.topics import PLATFORM_EVENTS
from tests.fakes.database import Record
from tests.simulation.books import (
    HELD,
    PERIOD_CLOSED,
    REFUSED,
    Page,
    is_void,
    natural_key,
    note_of,
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
    for id_, one in platform.newest.items():
        record = site.database.records.rows.get(id_)
        if record is None:
            yield f"{one.document.id} was lost"
        else:
            yield from _of_record(site, one, record)
    yield from _of_waits(site)
    for realm in site.realms.values():
        yield from _of_pages(platform, list(realm.books.pages.values()), realm.books.connection)


def _of_record(site: Site, one: Announcement, record: Record) -> Iterator[str]:
    name = one.document.id
    if record.announced.version != one.version:
        yield f"{name} is known at {record.announced.version}, announced at {one.version}"
    if record.state not in RESTING:
        yield f"{name} rests as {record.state}"
    yield from _of_reason(one, record)
    letters = {letter.record_id for letter in site.database.dead_letters.rows.values()}
    if record.state is SyncState.DEAD and one.record_id not in letters:
        yield f"{name} is dead without a letter"
    if record.state is SyncState.AGREED:
        yield from _of_agreed(site, one, record)


def _of_reason(one: Announcement, record: Record) -> Iterator[str]:
    """See that a record rests for a reason that its newest version gives."""
    code = record.reason.code if record.reason else ""
    said = note_of(one.document)
    status = getattr(one.document, "status", Status.APPROVED)
    holds = {
        REFUSED: said.startswith(REFUSED),
        PERIOD_CLOSED: said.startswith(HELD),
        NOT_APPROVED.code: status is Status.DRAFT,
        BACK_TO_DRAFT.code: status is Status.DRAFT,
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
    page = site.realms[one.connection.id].books.pages.get(record.external.id)
    if page is None or page.name != natural_key(one.document):
        yield f"{name} is linked to a record that is not its own"
    elif is_void(one.document):
        if not page.voided:
            yield f"{name} is not void in the ledger"
    elif _without(page.fields, page.edited) != _without(one.document.model_dump(), page.edited):
        yield f"{name} is not in the ledger as announced"


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
        if all(o is not None and o.is_there(agreed=w.agreed) for w, o in pairs):
            yield f"{record.announced.document_id} waits for nothing"


def _of_pages(platform: Platform, pages: list[Page], connection: object) -> Iterator[str]:
    found = Counter((page.kind, page.mark) for page in pages if page.mark)
    for (kind, mark), number in found.items():
        if number > 1:
            yield f"{kind} {mark} is in the ledger {number} times"
    mine = {
        one.document.id for one in platform.newest.values() if one.connection.id == connection
    }
    for page in pages:
        if page.mark and page.mark not in mine:
            yield f"{page.kind} {page.mark} is in a realm that is not its own"
