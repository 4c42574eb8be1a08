"""The calls of Xero's accounting API that we make, for one organisation.

Source: Xero developer pages "Requests and Responses" and "Efficient data retrieval", read
2026-09: unpaged lists leave members out.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from providers.errors import Gone
from providers.http import Call, RealmSession, Reply
from providers.quotas import CallKind
from providers.wire import Record
from providers.xero.faults import parsed
from providers.xero.mapping.catalogue import Resource
from providers.xero.query import chunks

API: Final = "/api.xro/2.0"


class XeroClient:
    """Reads and writes the collections of one realm.

    Every call raises the errors of :meth:`RealmSession.send`.
    """

    def __init__(self, session: RealmSession) -> None:
        self._session = session

    async def send(self, call: Call) -> Reply:
        """Make a call that writes; what each element of it came to is in the reply."""
        return await self._session.send(call)

    async def one(self, resource: Resource, key: str) -> Record | None:
        """Return the record with this id, or this number where the collection has one."""
        path = f"{resource.collection}/{quote(key, safe='')}"
        try:
            records, _ = await self._get(path, resource.collection, resource.params)
        except Gone:
            return None
        return records[0] if records else None

    async def whole(self, resource: Resource, **params: str) -> Sequence[Record]:
        """Return a collection that has no pages, or the part that ``where`` chooses."""
        return await self.plain(
            resource.collection, resource.collection, **resource.params, **params
        )

    async def plain(self, path: str, root: str, **params: str) -> Sequence[Record]:
        """Return what we never write; ``root`` is the member that its list answers under."""
        records, _ = await self._get(path, root, params)
        return records

    async def pages(self, resource: Resource, **params: str) -> Sequence[Record]:
        """Return all pages of what the parameters choose."""
        found: list[Record] = []
        page, last = 1, 1
        while page <= last:
            chosen = {**resource.params, **params, "page": str(page)}
            records, last = await self._get(resource.collection, resource.collection, chosen)
            found.extend(records)
            page += 1
        return found

    async def by_ids(
        self, resource: Resource, ids: Sequence[str], **params: str
    ) -> Mapping[str, Record]:
        """Return the records with these ids, by id in lower case.

        Only for collections with an ``IDs`` list.
        """
        found: dict[str, Record] = {}
        for chunk in chunks(ids):
            for record in await self.pages(resource, IDs=",".join(chunk), **params):
                found[record[resource.id_field].lower()] = record
        return found

    async def _get(
        self, path: str, root: str, params: Mapping[str, str]
    ) -> tuple[Sequence[Record], int]:
        """Make one read; return the records and the number of pages there are."""
        call = Call("GET", f"{API}/{path}", CallKind.READ, params=params)
        body = parsed(await self._session.send(call))
        pages = body.get("pagination", {}).get("pageCount", 1)
        return body.get(root) or (), int(pages)
