"""What the simulators offer, by their own tables, and what of it a client has driven.

An operation that is added to a table and that no client drives fails the tests of the clients.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from providers.simulators.content_coding import unpacked
from providers.simulators.qbo.entities.catalogue import BY_PATH, ENTITIES
from providers.simulators.qbo.query.language import parse
from providers.simulators.xero.http.dispatch import resource_named
from providers.simulators.xero.rules.catalogue import (
    RESOURCES,
    TRACKING_CATEGORIES,
    WITH_ALLOCATIONS,
    ApiResource,
)

# What the table of the Xero simulator answers, and no client of Xero's asks: there is no such
# path in Xero-OpenAPI xero_accounting.yaml 16.1.0.
NO_PATH_AT_XERO: Final = frozenset(
    {
        "GET Currencies/id",
        "GET Organisations/id",
        "POST Accounts",
        "POST TaxRates/id",
        "POST TrackingCategories",
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was answered with what it asked for."""

    method: str
    path: tuple[str, ...]
    params: dict[str, str]
    body: bytes


class Driven:
    """An application, and the operations of it that were carried out.

    Args:
        operations: Returns the names of what a request asked for.
    """

    def __init__(self, app: ASGIApp, operations: Callable[[Asked], Iterator[str]]) -> None:
        self._app = app
        self._operations = operations
        self.done: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()

        async def hear() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 300:
                self.done.update(self._operations(_asked(scope, bytes(body))))
            await send(message)

        await self._app(scope, hear, answer)


def _asked(scope: Scope, body: bytes) -> Asked:
    coding = Headers(scope=scope).get("content-encoding", "")
    params = parse_qs(scope["query_string"].decode())
    return Asked(
        scope["method"],
        tuple(part for part in scope["path"].split("/") if part),
        {name: values[0] for name, values in params.items()},
        unpacked(coding, body),
    )


def qbo_operations(asked: Asked) -> Iterator[str]:
    """Yield what a request asked of QuickBooks' accounting API, such as ``void Invoice``."""
    if asked.path[:2] != ("v3", "company"):
        return
    match asked.path[3:]:
        case ("query",):
            statement = asked.params.get("query") or asked.body.decode()
            yield f"query {_named(parse(statement).entity)}"
        case ("cdc",):
            yield from (f"changes {_named(n)}" for n in asked.params["entities"].split(","))
        case ("batch",):
            yield "batch"
        case (name, *rest):
            yield f"{_done(asked, rest)} {_named(name)}"


def _named(name: str) -> str:
    entity = BY_PATH.get(name.lower())
    return entity.name if entity else name


def _done(asked: Asked, rest: Sequence[str]) -> str:
    if rest[1:] == ["send"]:
        return "send"
    return "read" if asked.method == "GET" else _written(asked)


def _written(asked: Asked) -> str:
    operation = asked.params.get("operation", "")
    if operation == "delete":
        return operation
    if "void" in (operation, asked.params.get("include")):
        return "void"
    return "update" if orjson.loads(asked.body).get("Id") else "create"


def offered_by_qbo() -> set[str]:
    """Return every operation that the entities of the QuickBooks simulator have."""
    found = {"batch"}
    for entity in ENTITIES.values():
        operations = ["read", "query"]
        operations += ["changes"] if entity.tracked else []
        operations += [] if entity.unchanging else ["create", "update"]
        operations += ["delete"] if entity.is_transaction else []
        operations += ["void"] if entity.voidable else []
        operations += ["send"] if "EmailStatus" in entity.properties else []
        found |= {f"{operation} {entity.name}" for operation in operations}
    return found


def xero_operations(asked: Asked) -> Iterator[str]:
    """Yield what a request asked of Xero, such as ``POST Invoices/id``."""
    match asked.path:
        case ("connections" | "Connections", *rest):
            yield f"{asked.method} connections{'/id' if rest else ''}"
        case ("api.xro", "2.0", name, *rest):
            parts = [resource_named(name).name]
            parts += [part if n == 1 else "id" for n, part in enumerate(rest)]
            yield f"{asked.method} {'/'.join(parts)}"


def offered_by_xero() -> set[str]:
    """Return every operation that the resources of the Xero simulator have."""
    found = {one for resource in RESOURCES.values() for one in _of_resource(resource)}
    return found - NO_PATH_AT_XERO | {"GET connections", "DELETE connections/id"}


def _of_resource(one: ApiResource) -> Iterator[str]:
    name = one.name
    yield f"GET {name}"
    yield f"GET {name}/id"
    if one.create is not None:
        yield f"PUT {name}"
    if one.update is not None or (one.create is not None and one.post_creates):
        yield f"POST {name}"
    if one.update is not None:
        yield f"POST {name}/id"
    if one.delete is not None:
        yield f"DELETE {name}/id"
    if one in WITH_ALLOCATIONS:
        yield from (f"PUT {name}/id/Allocations", f"DELETE {name}/id/Allocations/id")
    if one is TRACKING_CATEGORIES:
        yield f"PUT {name}/id/Options"
        yield from (f"{method} {name}/id/Options/id" for method in ("POST", "DELETE"))
