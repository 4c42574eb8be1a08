"""A gateway in memory with one company at a simulator in this process, and what people do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx
import orjson
from starlette.types import ASGIApp

from consumers.intake.events import Received
from consumers.intake.platform_events import Intake
from consumers.lanes.lane import Lane
from consumers.lanes.ports import Disposition
from consumers.lanes.work import Work
from consumers.position import Position
from consumers.store.dead_letters import DeadLetter
from consumers.sync.push import Push
from consumers.sync.reconciler import Reconciler
from consumers.sync.retry_policy import RetryPolicy
from providers import oauth
from providers.base import Ledger, Provider
from providers.connections import Connection, ConnectionState
from providers.errors import Unauthorized
from providers.http import Pace, Realm, RealmSession
from providers.oauth import GrantRefused, OAuthApp, Token
from providers.quotas import Quota
from schemas.afterwards import Afterwards
from schemas.documents.document import DocumentType
from schemas.envelope import Envelope
from schemas.errors import ReasonCode
from schemas.ids import ConnectionId, RealmId, RecordId, TenantId, record_id
from schemas.result import SyncState
from schemas.signal import Priority
from tests.fakes.connected import CONNECTED
from tests.fakes.database import Database, Kept, Record
from tests.fakes.lane_pace import lane_of
from tests.fakes.record_store import MemoryStore
from tests.fakes.unpaced import Unpaced
from tests.virtual_time import START

TENANT: Final = TenantId("harbour")
ROOMY: Final = Quota(per_minute=100_000, in_flight=100)
LEDGER_URL: Final = "http://ledger"
IN_ORDER: Final = tuple(DocumentType)

Fields = Mapping[str, Any]
Answer = Callable[[httpx.Request], httpx.Response | None]

# What becomes of a record by the last words of its reason's section.
RESTS: Final[Mapping[Afterwards, frozenset[SyncState]]] = {
    Afterwards.SOLVE: frozenset({SyncState.HELD}),
    Afterwards.COMPARE: frozenset({SyncState.HELD}),
    Afterwards.REFUSED: frozenset({SyncState.HELD}),
    Afterwards.LOOK_UP: frozenset({SyncState.HELD}),
    Afterwards.EDIT: frozenset({SyncState.DEAD}),
    Afterwards.DEFECT: frozenset({SyncState.DEAD}),
    Afterwards.RETRY: frozenset({SyncState.RETRYING, SyncState.DEAD}),
    Afterwards.BLOCKED: frozenset({SyncState.RETRYING, SyncState.HELD}),
    Afterwards.WAIT: frozenset({SyncState.WAITING, SyncState.HELD}),
    Afterwards.SKIP: frozenset({SyncState.SKIPPED}),
}
STOPPED_WITH_TASK: Final = frozenset({SyncState.HELD, SyncState.DEAD})


class Edge(httpx.AsyncBaseTransport):
    """The way to the simulator, which answers in its place while it is told to.

    Attributes:
        answer: What is answered in the simulator's place; ``None`` passes a request on.
        requests: What was asked for.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app=app)
        self.answer: Answer = lambda _: None
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        try:
            return self.answer(request) or await self._inner.handle_async_request(request)
        except ConnectionResetError as exc:
            raise httpx.ReadError("dropped") from exc


@dataclass
class Consent:
    """Tokens of one consent, refreshed at the simulator, as the vault's are."""

    client: httpx.AsyncClient
    app: OAuthApp
    provider: Provider
    token: Token

    async def access_token(self, connection: ConnectionId, tenant: TenantId) -> str:
        return self.token.access

    async def replace(self, connection: ConnectionId, tenant: TenantId, rejected: str) -> str:
        try:
            self.token = await oauth.refresh(
                self.client, self.app, self.provider.oauth, self.token, now=START
            )
        except GrantRefused as exc:
            raise Unauthorized(exc.reason) from exc
        return self.token.access


Consenting = Callable[[RealmId], Awaitable[Consent]]


@dataclass
class World:
    """One company of a tenant, and the workers of its provider.

    Attributes:
        documents: The fields of a document of each kind that the ledger takes.
        consents: Gives a new consent, as a person does.
        edge: The way to the ledger.
        lane: The lane, where one remembers what was found before; else each work has its own.
    """

    provider: Provider
    client: httpx.AsyncClient
    edge: Edge
    realm_id: RealmId
    documents: Mapping[DocumentType, Fields]
    consents: Consenting
    settings: dict[str, Any]
    tokens: Any = None
    lane: Lane | None = None
    now: datetime = START
    offset: int = 0
    versions: dict[tuple[DocumentType, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.database = Database()
        self.store = MemoryStore(self.database)
        self.id = ConnectionId(UUID(int=7))
        self.reconciler = self._reconciler()
        self.intake = Intake(self.store, now=self.clock)

    def clock(self) -> datetime:
        return self.now

    @property
    def connection(self) -> Connection:
        """The connection as it is stored."""
        return self.database.connections.rows[self.id]

    def change(self, **fields: Any) -> None:
        """Store something else of the connection: settings, a profile, a state."""
        rows = self.database.connections.rows
        rows[self.id] = replace(rows[self.id], **fields)

    async def connect(self) -> None:
        """Connect the company, or connect it again: a consent, and what it is read by."""
        self.tokens = await self.consents(self.realm_id)
        known = self.database.connections.rows.get(self.id)
        if known is None:
            known = replace(
                CONNECTED,
                id=self.id,
                tenant_id=TENANT,
                provider=self.provider.name,
                realm_id=self.realm_id,
                settings=self.settings,
            )
            self.database.connections.rows[self.id] = known
        profile = await self.opened(known.realm).describe()
        self.change(
            state=ConnectionState.CONNECTED,
            reason=None,
            # What is read is stored as JSON before it is used.
            profile=orjson.loads(orjson.dumps(dict(profile.data))),
            profile_read_at=self.now,
            updated_at=self.now,
        )
        async with self.store.transaction() as tx:
            epochs = await tx.leases.take(self.provider.name, [0], owner="a", now=self.now)
        self.epoch = epochs[0]

    def opened(self, realm: Realm, pace: Pace | None = None) -> Ledger:
        """Open the books, at the pace of a lane."""
        session = RealmSession(
            self.client,
            realm,
            tokens=self.tokens,
            pace=pace or Unpaced(),
            dialect=self.provider.dialect,
            audit=lambda _: None,
        )
        return self.provider.open_ledger(session)

    def _reconciler(self) -> Reconciler:
        push = Push(
            self.store,
            RetryPolicy(),
            batch_limit=self.provider.batch_limit,
            now=self.clock,
            chance=lambda: 0.0,
            crash_point=lambda _: None,
        )
        return Reconciler(
            self.store,
            self.provider,
            push,
            open_ledger=self.opened,
            epoch_of=lambda _: self.epoch,
            now=self.clock,
        )

    # What the platform does.

    def event(self, name: str, version: int, payload: Fields, *, realm: str = "") -> Received:
        """Return the next event, of a type such as ``customer.changed.v1``."""
        self.offset += 1
        envelope = Envelope(
            id=f"e{self.offset}",
            source="/billing",
            type=name,
            tenant_id=TENANT,
            entity_version=version,
            subject=str(payload.get("id", "")),
            realm_id=RealmId(realm) if realm else None,
        )
        position = Position("platform.events", 0, self.offset)
        return Received(position, envelope.headers(), orjson.dumps(payload))

    async def announce(
        self, kind: DocumentType, /, *, realm: str = "", **fields: Any
    ) -> RecordId:
        """Announce the next version of a document, of which some fields are otherwise."""
        said = {**self.documents[kind], **fields}
        key = (kind, said["id"])
        self.versions[key] = self.versions.get(key, 0) + 1
        event = self.event(f"{kind}.changed.v1", self.versions[key], said, realm=realm)
        await self.intake.accept([event])
        return record_id(self.id, kind, said["id"])

    # What the workers do.

    async def work(self) -> None:
        """Let the lanes work until nothing is due, or they rest."""
        lane = self.lane or lane_of(self.id, ROOMY)
        for _ in range(30):
            rows = self.database.records.rows.values()
            due = [
                one.announced
                for one in rows
                if one.is_work(self.now) and one.announced.connection_id == self.id
            ]
            if not due:
                return
            kind = min((one.document_type for one in due), key=IN_ORDER.index)
            works = [
                Work(one.record_id, kind, Priority.PUSH)
                for one in due
                if one.document_type is kind
            ]
            tried = await self.reconciler.handle(lane, works)
            if any(one.after in (Disposition.PAUSE, Disposition.SUSPEND) for one in tried):
                return
        raise AssertionError("nothing comes to rest")

    async def later(self, **delta: float) -> None:
        """Let time pass, and then the lanes work."""
        self.now += timedelta(**delta)
        await self.work()

    async def given_up(self, id_: RecordId) -> None:
        """Let every retry fail."""
        while self.record(id_).state is SyncState.RETRYING:
            await self.later(minutes=80)
        assert self.record(id_).state is SyncState.DEAD

    # What people do.

    async def solve(self, id_: RecordId) -> None:
        """Solve the task of a record, as `ledgerlane tasks solve` does."""
        assert self.open_tasks(id_), "there is nothing to solve"
        self.reopen(id_)
        await self.work()

    async def replay(self, code: str) -> None:
        """Replay the dead letters of a code, as `ledgerlane dead replay --code` does."""
        found = [one for one in self.letters() if one.reason.code == code]
        assert found, "there is nothing to replay"
        for letter in found:
            if letter.record_id:
                self.reopen(RecordId(letter.record_id))
            else:
                again = Received(
                    Position("platform.events", 0, 0),
                    [(name, text.encode()) for name, text in letter.original_headers],
                    letter.original_value,
                )
                await self.intake.accept([again])
        await self.work()

    def reopen(self, id_: RecordId) -> None:
        """Make a record pending, and have its company read before it is tried."""
        rows = self.database.records.rows
        if rows[id_].state is not SyncState.AGREED:
            rows[id_] = replace(
                rows[id_],
                state=SyncState.PENDING,
                reason=None,
                attempts_this_version=0,
                next_attempt_at=None,
            )
        self.change(profile_read_at=None)

    # What is seen.

    def record(self, id_: RecordId) -> Record:
        return self.database.records.rows[id_]

    def letters(self) -> list[DeadLetter]:
        return list(self.database.dead_letters.rows.values())

    def open_tasks(self, id_: RecordId) -> list[Kept]:
        return [one for one in self.database.tasks.rows.values() if one.is_open_of(id_)]

    def stopped(self, id_: RecordId, entry: ReasonCode) -> None:
        """Assert that a record rests for a reason, as its section says of what happens then."""
        record = self.record(id_)
        assert record.reason is not None, record.state
        assert record.reason.code == entry.code, record.reason
        assert record.state in RESTS[entry.then], record.state
        codes = [one.last.reason.code for one in self.open_tasks(id_)]
        assert codes == ([entry.code] if record.state in STOPPED_WITH_TASK else [])
        if record.state is SyncState.DEAD:
            assert entry.code in [one.reason.code for one in self.letters()]

    def rests(self, id_: RecordId) -> None:
        """Assert that a record waits for its lane: no try was used up, and no task opened."""
        record = self.record(id_)
        assert (record.state, record.attempts_total) == (SyncState.PENDING, 0), record.reason
        assert self.open_tasks(id_) == []

    def goes_on(self, id_: RecordId, state: SyncState = SyncState.AGREED) -> None:
        """Assert that a record agrees now, or is in another state that the advice promises."""
        record = self.record(id_)
        assert record.state is state, record.reason
        assert self.open_tasks(id_) == []
