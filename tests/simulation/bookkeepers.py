"""People who work in a simulated ledger, and a feed that sees what they did: late, or twice."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from consumers.store.observed_states import ObservedDocument, ObservedState
from providers.base import External
from providers.connections import Connection
from schemas.documents.catalogue import DOCUMENTS, encode
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RecordId, ledger_document_id, record_id
from tests.fakes.record_store import MemoryStore
from tests.simulation.books import Page
from tests.simulation.faults import TROUBLED_S
from tests.simulation.worker import Site
from tests.virtual_time import START

REPEATED: Final = 0.2
CUSTOMER, INVOICE = DocumentType.CUSTOMER, DocumentType.INVOICE


@dataclass
class Bookkeepers:
    """The bookkeepers of a world.

    They change what the platform never does, so that the default policy, under which it wins,
    leaves their changes alone unless it must write the whole document.

    Attributes:
        site: What they share with the programs.
        connections: The companies whose books they keep.
        random: Their own numbers: those of the world stay as they are without them.
        newest: The newest version that the feed has told of each of the ledger's records, under
            the record that its mark names.
        done: Whether all that they did was seen.
    """

    site: Site
    connections: list[Connection]
    random: Random
    newest: dict[tuple[RecordId, ConnectionId, str], int] = field(default_factory=dict)
    done: bool = False

    async def run(self) -> None:
        """Work for a while."""
        async with asyncio.TaskGroup() as looks:
            for n in range(self.random.choice([0, 3, 12])):
                await asyncio.sleep(self.random.expovariate(8 / TROUBLED_S))
                seen = self._work(n)
                repeats = 1 + (self.random.random() < REPEATED)
                for state in [seen] * repeats if seen else []:
                    looks.create_task(self._look(state))
        self.done = True

    def _work(self, n: int) -> ObservedState | None:
        """Change a record of a company, or make one; return it if the feed tells of it."""
        connection = self.random.choice(self.connections)
        books = self.site.realms[connection.id].books
        known = [p for p in books.pages.values() if p.kind in (CUSTOMER, INVOICE) and p.mark]
        if self.random.random() < 0.1:
            name = f"Walk-in {n}"
            page = books.add(CUSTOMER, DOCUMENTS[CUSTOMER](id="w", name=name))  # type: ignore[call-arg]
        elif known:
            page = self.random.choice(known)
            _edit(page, n)
        else:
            return None
        # Where answers to writes name no version, a look from before a write that is stored
        # after it would count as newer. Such a provider may have no feed (ADR 0018, "Open").
        return _seen(connection, page) if books.names_versions else None

    async def _look(self, state: ObservedState) -> None:
        """Tell the store what was seen, some time after; its signal is always lost."""
        await asyncio.sleep(self.random.uniform(0, 10))

        async def pause(_: str) -> None:
            await asyncio.sleep(self.random.uniform(0, 0.01))

        store = MemoryStore(self.site.database, pause, tables=self.site.parts.tables)
        async with store.transaction() as tx:
            await tx.records.observe([state], now=START)
        key = (state.record_id, state.connection_id, state.external.id)
        self.newest[key] = max(state.seen.version, self.newest.get(key, -1))

    def violations(self) -> Iterator[str]:
        """Name what the feed has told and no record knows."""
        rows = self.site.database.records.rows
        linked = {
            (r.announced.connection_id, r.external.id): r for r in rows.values() if r.external
        }
        for (id_, connection, external), version in self.newest.items():
            # Two documents may claim one of the ledger's records by its name. What was told is
            # stored with the one that was linked then, else with the one whose mark it had.
            known = [one for one in (linked.get((connection, external)), rows.get(id_)) if one]
            seen = [one.observed.version for one in known if one.observed]
            if max(seen, default=-1) < version:
                yield f"{external} was seen at {version} and is known at {seen}"


def _edit(page: Page, n: int) -> None:
    name, value = ("email", f"n{n}@example.com")
    if page.kind is INVOICE:
        name, value = ("due_on", f"2026-09-{n + 1:02}")
    page.fields = _valid(page, {name: value}).model_dump()
    page.edited.add(name)
    page.token += 1


def _seen(connection: Connection, page: Page) -> ObservedState:
    id_ = page.mark or ledger_document_id(connection.id, page.kind, page.id)
    return ObservedState(
        record_id=RecordId(record_id(connection.id, page.kind, id_)),
        connection_id=connection.id,
        tenant_id=connection.tenant_id,
        realm_id=connection.realm_id,
        provider=connection.provider,
        document_type=page.kind,
        document_id=id_,
        external=External(page.id, str(page.token)),
        seen=ObservedDocument(encode(_valid(page, {"id": id_})).decode(), page.token),
    )


def _valid(page: Page, changes: dict[str, Any]) -> Any:
    return DOCUMENTS[page.kind].model_validate({**page.fields, **changes})
