"""Random steps, and what was seen or changed of another tenant's rows in them."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from uuid import uuid4

from consumers.intake.events import Received
from consumers.position import Position
from consumers.store.protocols import Transaction
from consumers.store.tasks import Task
from gateway.runtime.lifecycle import utc_now
from schemas.documents.catalogue import encode
from schemas.documents.customer import Customer
from schemas.documents.document import DocumentType
from schemas.envelope import Envelope
from schemas.errors import ErrorCategory, Reason, Solver
from schemas.ids import RecordId
from schemas.result import SyncState
from tests.isolation.world import Tenant, World

DOCUMENTS: Final = 40
MOST_EVENTS: Final = 40
WALKERS: Final = 4
CODE: Final = "isolation"


@dataclass
class Walk:
    """Steps of several walkers at once, so that a connection of the pool serves many tenants.

    Attributes:
        steps: The number of events taken in, tries of records, and calls of the API.
        own: The number of own rows that were seen or changed: that much really happened.
        across: What was seen or changed of another tenant's rows; each a line for people.
    """

    world: World
    chance: random.Random
    steps: int = 0
    own: int = 0
    across: list[str] = field(default_factory=list)
    _offsets: Iterator[int] = field(default_factory=count)

    async def run(self, steps: int) -> None:
        """Make so many steps, or a few more."""
        async with asyncio.TaskGroup() as group:
            for _ in range(WALKERS):
                group.create_task(self._until(steps))

    async def _until(self, steps: int) -> None:
        kinds: Sequence[Callable[[], Awaitable[None]]] = (self._announce, self._try, self._call)
        while self.steps < steps and not self.across:
            await self.chance.choice(kinds)()

    async def _announce(self) -> None:
        """Let intake take in a batch of several tenants' events, some for a realm of others."""
        batch = [self._event() for _ in range(self.chance.randint(1, MOST_EVENTS))]
        for _, signal in await self.world.intake.accept(batch):
            owner = self.world.owner_of(signal.connection_id)
            self._saw(owner, signal.tenant_id, "a signal")
            newest = max(signal.revision, owner.revisions.get(signal.record_id, 0))
            owner.revisions[signal.record_id] = newest
        self.steps += len(batch)

    def _event(self) -> Received:
        tenant, other = self._two()
        number = next(self._offsets)
        realm = other if self.chance.random() < 0.1 else tenant
        envelope = Envelope(
            id=str(uuid4()),
            source="/isolation",
            type="customer.changed.v1",
            tenant_id=tenant.name,
            entity_version=number,
            realm_id=realm.connection.realm_id,
        )
        id_ = f"{tenant.name}:{self.chance.randrange(DOCUMENTS)}"
        value = encode(Customer(id=id_, name=tenant.name))
        return Received(Position("platform.events", 0, number), envelope.headers(), value)

    async def _try(self) -> None:
        """Let a lane of one tenant load and settle records of any, by their right ids."""
        actor, owner = self._two()
        known = sorted(owner.revisions)
        ids = sorted(self.chance.sample(known, min(len(known), self.chance.randint(1, 5))))
        connection = owner.connection.id
        async with self.world.store.transaction(owners_of=[actor.connection.id]) as tx:
            for id_ in await tx.records.load(connection, ids):
                self._saw(owner, actor.name, f"record {id_}")
            for related in await tx.related.named(ids):
                self._saw(owner, actor.name, f"related record {related.record_id}")
            if await tx.connections.get(connection) is not None:
                self._saw(owner, actor.name, "a connection")
        async with self.world.store.transaction(actor.name) as tx:
            await tx.dependencies.lock(connection, ids)
            for id_ in ids:
                await self._settle(tx, actor, owner, id_)
        self.steps += len(ids)

    async def _settle(
        self, tx: Transaction, actor: Tenant, owner: Tenant, record: RecordId
    ) -> None:
        """Hold a record, for a reason that names who did it."""
        reason, now = _by(actor), utc_now()
        held = await tx.records.set_state(
            record, SyncState.HELD, revision=owner.revisions[record], reason=reason, now=now
        )
        if held:
            self._saw(owner, actor.name, f"record {record} changed")
        await tx.records.count_failures([record])
        await tx.intents.close([record])
        await tx.tasks.close(record, now=now)
        if actor is owner:
            task = _task(owner, record, reason)
            await tx.tasks.open(task)
            owner.tasks.append(task.id)

    async def _call(self) -> None:
        """Call the API with the key of one tenant, about another or itself."""
        actor, owner = self._two()
        task = self.chance.choice(owner.tasks) if owner.tasks else uuid4()
        of_owner = f"/v1/tenants/{owner.name}"
        method, path = self.chance.choice(
            [
                ("GET", f"{of_owner}/records?limit=20"),
                ("GET", f"{of_owner}/connections"),
                ("POST", f"{of_owner}/providers/qbo/refresh"),
                ("GET", f"/v1/tasks?state=all&limit=20&tenant={owner.name}"),
                ("GET", "/v1/tasks?limit=20"),
                ("GET", f"/v1/tasks/{task}"),
                ("POST", f"/v1/tasks/{task}/solve"),
            ]
        )
        body = {"note": actor.name} if path.endswith("/solve") else None
        answer = await self.world.api.request(method, path, json=body, headers=actor.headers)
        if answer.is_success:
            asked = actor if path == "/v1/tasks?limit=20" else owner
            self._saw(asked, actor.name, f"{answer.status_code} of {method} {path}")
            for row in _rows(answer.json()):
                if row.get("tenant_id", actor.name) != actor.name:
                    self.across.append(f"{actor.name} saw {row} by {method} {path}")
        elif answer.status_code >= 500:
            self.across.append(f"{answer.status_code} of {method} {path}: {answer.text}")
        self.world.sent.signals.clear()
        self.steps += 1

    def _two(self) -> tuple[Tenant, Tenant]:
        """Return who acts, and whose rows are meant: half of the time its own."""
        actor = self.chance.choice(self.world.tenants)
        other = self.chance.choice(self.world.tenants)
        return actor, other if self.chance.random() < 0.5 else actor

    def _saw(self, owner: Tenant, actor: str, what: str) -> None:
        if owner.name == actor:
            self.own += 1
        else:
            self.across.append(f"{actor} reached {what} of {owner.name}")


def _by(actor: Tenant) -> Reason:
    return Reason(CODE, ErrorCategory.SETTING, actor.name, "Nothing.", Solver.OPERATOR)


def _task(owner: Tenant, record: RecordId, reason: Reason) -> Task:
    return Task(
        id=uuid4(),
        record_id=record,
        connection_id=owner.connection.id,
        tenant_id=owner.name,
        realm_id=owner.connection.realm_id,
        provider=owner.connection.provider,
        document_type=DocumentType.CUSTOMER,
        document_id=str(record),
        version=1,
        reason=reason,
        seen_at=utc_now(),
    )


def _rows(answer: Any) -> list[dict[str, Any]]:
    """Return the rows of an answer: those of its lists, or itself."""
    if isinstance(answer, list):
        return [row for row in answer if isinstance(row, dict)]
    lists = [value for value in answer.values() if isinstance(value, list)]
    return [row for rows in lists for row in rows if isinstance(row, dict)] or [answer]
