"""The calls of the Accounting API that we make, for one company.

Source: Intuit Accounting API, "REST API features", minor version 75, read 2026-11.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from uuid import UUID

from providers.http import Call, RealmSession
from providers.quotas import CallKind
from providers.wire import to_json

MINOR_VERSION: Final = "75"
PAGE: Final = 1000


class QboClient:
    """Reads and writes entities, by their QuickBooks names: ``Invoice``.

    Every call raises the errors of :meth:`RealmSession.send`.
    """

    def __init__(self, session: RealmSession) -> None:
        self._session = session
        self._realm_id = session.realm.realm_id
        self._root = f"/v3/company/{self._realm_id}"

    async def post(
        self, entity: str, body: Mapping[str, Any], key: UUID, **options: str
    ) -> Mapping[str, Any]:
        """Write a record, once for each ``key``; gives what QuickBooks made of it."""
        call = Call(
            "POST",
            f"{self._root}/{entity.lower()}",
            CallKind.WRITE,
            params={"minorversion": MINOR_VERSION, "requestid": str(key), **options},
            headers={"Content-Type": "application/json"},
            content=to_json(body),
        )
        answer = (await self._session.send(call)).json()
        return _inner(answer, entity)

    async def read(self, entity: str, entity_id: str) -> Mapping[str, Any]:
        """Read one record, inactive and void ones too."""
        return _inner(await self._get(f"{entity.lower()}/{entity_id}"), entity)

    async def query(self, entity: str, where: str = "", *, columns: str = "*") -> list[Any]:
        """Read the first thousand records that fit; ``where`` as ``query.py`` writes it."""
        async for page in self.pages(entity, where, columns=columns):
            return page
        return []

    async def pages(
        self, entity: str, where: str = "", *, columns: str = "*"
    ) -> AsyncIterator[list[Any]]:
        """Read all records that fit, a page at a time, until a page is short."""
        start = 1
        while True:
            page = await self._page(" ".join(("select", columns, "from", entity, where)), start)
            yield page
            if len(page) < PAGE:
                return
            start += PAGE

    async def company_info(self) -> Mapping[str, Any]:
        """Read who the company is."""
        return _inner(await self._get(f"companyinfo/{self._realm_id}"), "CompanyInfo")

    async def preferences(self) -> Mapping[str, Any]:
        """Read what the company has switched on."""
        return _inner(await self._get("preferences"), "Preferences")

    async def _page(self, statement: str, start: int) -> list[Any]:
        paged = f"{statement} startposition {start} maxresults {PAGE}"
        answer = await self._get("query", query=paged)
        found = answer["QueryResponse"].values()
        return next((value for value in found if isinstance(value, list)), [])

    async def _get(self, path: str, **params: str) -> Mapping[str, Any]:
        params["minorversion"] = MINOR_VERSION
        call = Call("GET", f"{self._root}/{path}", CallKind.READ, params=params)
        answer: Mapping[str, Any] = (await self._session.send(call)).json()
        return answer


def _inner(answer: Mapping[str, Any], entity: str) -> Mapping[str, Any]:
    inner: Mapping[str, Any] = answer[entity]
    return inner
