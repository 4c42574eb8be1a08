"""Reads of Xero's collections: one record, a list of ids, or a filtered list, page by page.

Source: Xero developer pages "Requests and Responses" and "Efficient data retrieval", read
2026-09: unpaged lists leave members out, lists of values stay near 40, filters on fields that
are not optimised are refused in large organisations. Addresses of about 2,000 characters have
been refused (Xero-OpenAPI issue 534).
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar
from urllib.parse import quote

from providers.base import Result, Write, Written
from providers.errors import Down, Gone, ProviderError, Retryable
from providers.http import Call, RealmSession
from providers.quotas import CallKind
from providers.xero.errors import parsed
from providers.xero.mapping.catalogue import Resource
from providers.xero.wire import API, Element

D = TypeVar("D")

_VALUES_PER_CALL: Final = 40
_ROOM: Final = 1_500  # characters of the address that a list may take
_JOINT: Final = len("%20OR%20")


class Reader:
    """Reads one realm's records."""

    def __init__(self, session: RealmSession) -> None:
        self._session = session

    async def one(self, resource: Resource, key: str) -> Element | None:
        """Read the record with this id, or this number where the collection has one."""
        path = f"{resource.collection}/{quote(key, safe='')}"
        try:
            elements, _ = await self._get(path, resource.collection, resource.params)
        except Gone:
            return None
        return elements[0] if elements else None

    async def whole(self, resource: Resource, **params: str) -> Sequence[Element]:
        """Read a collection that has no pages, or the part of it that ``where`` chooses."""
        return await self.plain(
            resource.collection, resource.collection, **resource.params, **params
        )

    async def plain(self, path: str, root: str, **params: str) -> Sequence[Element]:
        """Read what we never write; ``root`` is the member that its list answers under."""
        elements, _ = await self._get(path, root, params)
        return elements

    async def pages(self, resource: Resource, **params: str) -> Sequence[Element]:
        """Read all pages of what the parameters choose."""
        found: list[Element] = []
        page, last = 1, 1
        while page <= last:
            chosen = {**resource.params, **params, "page": str(page)}
            elements, last = await self._get(resource.collection, resource.collection, chosen)
            found.extend(elements)
            page += 1
        return found

    async def by_ids(
        self, resource: Resource, ids: Sequence[str], **params: str
    ) -> Mapping[str, Element]:
        """Read the records with these ids from a collection with an ``IDs`` list; by id."""
        found: dict[str, Element] = {}
        for chunk in chunks(ids):
            for element in await self.pages(resource, IDs=",".join(chunk), **params):
                found[element[resource.id_field].lower()] = element
        return found

    async def _get(
        self, path: str, root: str, params: Mapping[str, str]
    ) -> tuple[Sequence[Element], int]:
        """Make one read; give the elements and the number of pages there are."""
        call = Call("GET", f"{API}/{path}", CallKind.READ, params=params)
        body = parsed(await self._session.send(call))
        pages = body.get("pagination", {}).get("pageCount", 1)
        return body.get(root) or (), int(pages)


def chunks(values: Iterable[str]) -> Iterator[Sequence[str]]:
    """Cut a list into parts that fit in an address each."""
    part: list[str] = []
    room = _ROOM
    for value in values:
        size = len(quote(value, safe="")) + _JOINT
        if part and (size > room or len(part) == _VALUES_PER_CALL):
            yield part
            part, room = [], _ROOM
        part.append(value)
        room -= size
    if part:
        yield part


async def one_by_one(
    pairs: Sequence[tuple[Write, D]], look: Callable[[Write, D], Awaitable[Result | None]]
) -> Sequence[Result | None]:
    """Look documents up with a call or two for each; none is made after one that failed.

    What was found before that counts. Those that are left were not asked for, so the failure
    costs them no attempt: a long list gets done in parts where calls fail now and then.

    Raises:
        ProviderError: the first look-up failed.
    """
    results: list[Result | None] = []
    for write, document in pairs:
        try:
            results.append(await look(write, document))
        except ProviderError as error:
            if not results:
                raise
            left = Down(error.reason) if isinstance(error, Retryable) else error
            return [*results, error, *[left] * (len(pairs) - len(results) - 1)]
    return results


def written(resource: Resource, element: Element | None) -> Written | None:
    """Read an element, if there is one."""
    return None if element is None else resource.read(element)


def any_of(conditions: Sequence[str]) -> str:
    """Join conditions of which one must hold."""
    return " OR ".join(conditions)


def is_quotable(text: str) -> bool:
    """Whether a text can stand in a condition: how Xero escapes in one is not published."""
    return '"' not in text and "\\" not in text
