"""The control API of QuickBooks' simulator: prepare companies, cause trouble, read results."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.simulators.control_api import (
    ClockCommands,
    Command,
    FaultCommands,
    Handler,
    routes,
    wants_documents,
)
from providers.simulators.faults import FaultRule
from providers.simulators.qbo.books import ledger, seed
from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.config import CompanySpec, FrozenModel
from providers.simulators.qbo.entities.catalogue import BY_PATH
from providers.simulators.qbo.http import operations
from providers.simulators.qbo.state import QboState, RealmExists
from providers.simulators.qbo.wire import codec
from providers.simulators.qbo.wire.errors import QboRefused
from providers.simulators.qbo.wire.fault_bodies import service_fault


class CompanyCommand(FrozenModel):
    """What can be changed of a company from outside; what is left out stays.

    Attributes:
        close_books: Last date, ISO, of the closed period; an empty text opens the books.
        lapsed: Whether the subscription has ended, so that every call is refused with 6190.
    """

    close_books: str | None = None
    lapsed: bool | None = None


class UnknownCompany(LookupError):
    """There is no company with that realm id."""


def _json(body: Any, status: int = 200) -> Response:
    return Response(codec.dumps(body), status, media_type="application/json")


def _any_kind(_rule: FaultRule) -> None:
    """Accept every rule: QuickBooks has a shape for each kind of fault."""


def _guarded(handler: Handler) -> Handler:
    """Return a handler that answers what is wrong with a command with a 4xx."""

    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except ValidationError as exc:
            return _json({"error": exc.errors(include_url=False, include_context=False)}, 422)
        except UnknownCompany as exc:
            return _json({"error": f"no company {exc}"}, 404)
        except RealmExists as exc:
            return _json({"error": f"company {exc} exists"}, 409)
        except QboRefused as exc:
            return _json(service_fault(exc), exc.status)

    return guarded


class QboControlApi:
    """The control API of one simulator."""

    def __init__(self, state: QboState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the commands under their paths."""
        commands: list[Command] = [
            ("GET", "/stats", self.stats),
            ("GET", "/ledger/{realm}", self.ledger),
            ("GET", "/creates/{realm}", self.creates),
            *ClockCommands(self._state.clock, codec.dumps).commands(),
            *FaultCommands(self._state.faults, codec.dumps, check=_any_kind).commands(),
            ("GET", "/companies", self.show_companies),
            ("POST", "/companies", self.add_company),
            ("POST", "/companies/{realm}", self.change_company),
            ("POST", "/switches", self.change_switches),
            ("POST", "/quotas", self.change_quotas),
            ("POST", "/latency", self.set_latency),
            ("POST", "/connections/{realm}/disconnect", self.disconnect),
            ("POST", "/connections/{realm}/expire-access", self.expire_access),
            ("POST", "/connections/{realm}/rotate-refresh", self.rotate_refresh),
            ("GET", "/books/{realm}/{entity}/{id}", self.read_object),
            ("POST", "/books/{realm}/{entity}", self.write_object),
            ("POST", "/reset", self.reset),
        ]
        return routes(commands, _guarded)

    def _company(self, request: Request) -> CompanyBooks:
        realm = request.path_params["realm"]
        company = self._state.companies.get(realm)
        if company is None:
            raise UnknownCompany(realm)
        return company

    async def stats(self, _request: Request) -> Response:
        """Return what was observed: traffic, faults, metering, writes, duplicates."""
        state = self._state
        return _json(
            {
                "realms": state.traffic.describe(),
                "faults": state.faults.describe(),
                "metering": state.meter.describe(),
                "writes": {
                    realm: company.log.describe() for realm, company in state.companies.items()
                },
            }
        )

    async def ledger(self, request: Request) -> Response:
        """Return a company's books; without documents when ``documents=false``."""
        documents = wants_documents(request)
        return _json(ledger.company_ledger(self._company(request), documents=documents))

    async def creates(self, request: Request) -> Response:
        """Return every create of a company by natural key."""
        return _json({"creates": self._company(request).log.creates()})

    async def show_companies(self, _request: Request) -> Response:
        """Return the companies."""
        return _json({"companies": [self._shown(c) for c in self._state.companies.values()]})

    def _shown(self, company: CompanyBooks) -> dict[str, Any]:
        return {
            "realm": company.realm,
            "name": company.spec.name,
            "country": company.spec.country,
            "connected": self._state.tokens.is_connected(company.realm),
        }

    async def add_company(self, request: Request) -> Response:
        """Create a company from a `CompanySpec`."""
        spec = CompanySpec.model_validate_json(await request.body() or b"{}")
        return _json(self._shown(self._state.add_company(spec)), 201)

    async def change_company(self, request: Request) -> Response:
        """Close the books or end the subscription, as a `CompanyCommand` says."""
        company = self._company(request)
        change = CompanyCommand.model_validate_json(await request.body())
        if change.close_books is not None:
            seed.close_books(company, change.close_books)
        if change.lapsed is not None:
            company.lapsed = change.lapsed
        return _json(self._shown(company))

    async def change_switches(self, request: Request) -> Response:
        """Change switches, and return all of them."""
        self._state.change_switches(await _object(request))
        return _json(self._state.switches.model_dump())

    async def change_quotas(self, request: Request) -> Response:
        """Change quotas, and return all of them."""
        self._state.change_quotas(await _object(request))
        return _json(self._state.quotas.model_dump())

    async def set_latency(self, request: Request) -> Response:
        """Set the least duration of an API answer: ``{"latency_ms": 0}``."""
        adapter = TypeAdapter(dict[str, int])
        self._state.latency_ms = adapter.validate_json(await request.body())["latency_ms"]
        return _json({"latency_ms": self._state.latency_ms})

    async def disconnect(self, request: Request) -> Response:
        """End every connection of a company, as its customer can."""
        ended = self._state.tokens.disconnect(self._company(request).realm)
        return _json({"disconnected": ended})

    async def expire_access(self, request: Request) -> Response:
        """End every access token of a company now."""
        ended = self._state.tokens.expire_access(self._company(request).realm)
        return _json({"expired": ended})

    async def rotate_refresh(self, request: Request) -> Response:
        """Make the next refresh replace the refresh token's value."""
        turned = self._state.tokens.rotate_next(self._company(request).realm)
        return _json({"rotating": turned})

    async def read_object(self, request: Request) -> Response:
        """Return one object as the API shows it, uncounted."""
        entity = BY_PATH.get(request.path_params["entity"].lower())
        company = self._company(request)
        if entity is None:
            return _json({"error": "no such entity"}, 404)
        return _json(operations.read_object(company, entity, request.path_params["id"]))

    async def write_object(self, request: Request) -> Response:
        """Write as a person at QuickBooks' own pages, by the rules of the API."""
        entity = BY_PATH.get(request.path_params["entity"].lower())
        company = self._company(request)
        if entity is None:
            return _json({"error": "no such entity"}, 404)
        raw = codec.loads(await request.body())
        content = operations.write_object(
            self._state,
            company,
            entity,
            raw,
            operation=request.query_params.get("operation"),
            includes=frozenset(request.query_params.get("include", "").split(",")),
        )
        return _json(content)

    async def reset(self, _request: Request) -> Response:
        """Forget everything but the clock and start again from the configuration."""
        self._state.reset()
        return _json({})


async def _object(request: Request) -> Mapping[str, Any]:
    return TypeAdapter(dict[str, Any]).validate_json(await request.body())
