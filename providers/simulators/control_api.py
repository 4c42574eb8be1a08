"""The part of the control API that both simulators share: the clock and the faults.

Everything below ``/_simulator`` needs no token and meets no quota, fault or latency.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.simulators.clock import ClockCommand, SimulatorClock
from providers.simulators.faults import FaultMenu, FaultRule

PREFIX = "/_simulator"
Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
Command: TypeAlias = tuple[str, str, Handler]
"""HTTP method, path below the prefix, and what carries the command out."""
ToJson: TypeAlias = Callable[[object], bytes]


def routes(commands: Iterable[Command], guarded: Callable[[Handler], Handler]) -> list[Route]:
    """Return commands as routes; ``guarded`` turns what is wrong with one into a 4xx."""
    return [
        Route(PREFIX + path, guarded(handler), methods=[method])
        for method, path, handler in commands
    ]


def wants_documents(request: Request) -> bool:
    """Return whether a ledger is asked for with its documents, as it is by default."""
    return request.query_params.get("documents", "true") != "false"


class ClockCommands:
    """Shows and moves a simulator's clock."""

    def __init__(self, clock: SimulatorClock, to_json: ToJson) -> None:
        self._clock = clock
        self._to_json = to_json

    def commands(self) -> list[Command]:
        """Return the commands under their paths."""
        return [("GET", "/clock", self._show), ("POST", "/clock", self._set)]

    async def _show(self, _request: Request) -> Response:
        return Response(self._to_json(self._clock.describe()), media_type="application/json")

    async def _set(self, request: Request) -> Response:
        """Set, advance, freeze or reset the clock, as a `ClockCommand` says."""
        self._clock.apply(ClockCommand.model_validate_json(await request.body()))
        return await self._show(request)


class FaultCommands:
    """Puts fault rules in force and takes them out."""

    def __init__(
        self, faults: FaultMenu, to_json: ToJson, *, check: Callable[[FaultRule], None]
    ) -> None:
        """``check`` raises for a rule of which the provider has no shape."""
        self._faults = faults
        self._to_json = to_json
        self._check = check

    def commands(self) -> list[Command]:
        """Return the commands under their paths."""
        return [
            ("GET", "/faults", self._show),
            ("POST", "/faults", self._add),
            ("DELETE", "/faults", self._clear),
            ("DELETE", "/faults/{name}", self._remove),
        ]

    async def _show(self, _request: Request) -> Response:
        return Response(self._to_json(self._faults.describe()), media_type="application/json")

    async def _add(self, request: Request) -> Response:
        """Put one `FaultRule`, or a list of them, in force: all or, if one is wrong, none."""
        sent = TypeAdapter(list[FaultRule] | FaultRule).validate_json(await request.body())
        rules = sent if isinstance(sent, list) else [sent]
        for rule in rules:
            self._check(rule)
        for rule in rules:
            self._faults.add(rule)
        return await self._show(request)

    async def _clear(self, request: Request) -> Response:
        self._faults.clear()
        return await self._show(request)

    async def _remove(self, request: Request) -> Response:
        self._faults.remove(request.path_params["name"])
        return await self._show(request)
