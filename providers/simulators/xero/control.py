"""The control API of Xero's simulator: prepare organisations, cause trouble, read results."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
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
from providers.simulators.write_log import WriteLog
from providers.simulators.xero.books.ledger import describe_ledger
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.config import Country, OrganisationSpec
from providers.simulators.xero.http.accounting_api import to_response
from providers.simulators.xero.http.dispatch import XeroCall, handle
from providers.simulators.xero.http.fault_answers import UNKNOWN_TO_XERO
from providers.simulators.xero.rules.documents import WriteOptions
from providers.simulators.xero.state import TenantExists, XeroState
from providers.simulators.xero.wire import codec
from providers.simulators.xero.wire.errors import ApiError


class OrganisationCommand(BaseModel):
    """A new organisation, in the fields of `OrganisationSpec`.

    Attributes:
        name: Name of the organisation.
        country: Country, which sets currency, time zone and tax codes.
        tenant_id: Tenant id, a GUID; drawn by the simulator when absent.
        period_lock_date: Last day of the period in which only advisers may write.
        end_of_year_lock_date: Last day of the period in which no user may write.
        foreign_currencies: Rate of the day by ISO code; the default of the specification
            when absent.
        tracking: Options by tracking category; the default of the specification when
            absent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "Simulated organisation"
    country: Country = "NZ"
    tenant_id: str | None = None
    period_lock_date: date | None = None
    end_of_year_lock_date: date | None = None
    foreign_currencies: dict[str, Decimal] | None = None
    tracking: dict[str, tuple[str, ...]] | None = None

    def spec(self) -> OrganisationSpec:
        """Return the specification of the organisation."""
        return OrganisationSpec(**self.model_dump(exclude_none=True))


class LockDates(BaseModel):
    """Both lock dates of an organisation.

    Attributes:
        period_lock_date: Last day of the period in which only advisers may write; None
            lifts the lock.
        end_of_year_lock_date: Last day of the period in which no user may write; None lifts
            the lock.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    period_lock_date: date | None = None
    end_of_year_lock_date: date | None = None


class UnknownOrganisation(LookupError):
    """There is no organisation with that tenant id."""


class UnknownFault(ValueError):
    """A kind of fault that Xero has no shape for."""


def _json(body: object, status: int = 200) -> Response:
    return Response(codec.dumps(body), status, media_type="application/json")


def _known_kind(rule: FaultRule) -> None:
    """Refuse a rule of a kind that Xero has no shape for.

    Raises:
        UnknownFault: it is of such a kind.
    """
    if rule.kind in UNKNOWN_TO_XERO:
        raise UnknownFault(rule.kind)


def _guarded(handler: Handler) -> Handler:
    """Return a handler that answers what is wrong with a command with a 4xx."""

    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except ValidationError as exc:
            return _json({"error": str(exc)}, 422)
        except UnknownFault as exc:
            return _json({"error": f"Xero has no {exc}"}, 422)
        except UnknownOrganisation as exc:
            return _json({"error": f"no organisation {exc}"}, 404)
        except TenantExists as exc:
            return _json({"error": f"organisation {exc} exists"}, 409)
        except ApiError as exc:
            return to_response(exc)

    return guarded


class XeroControlApi:
    """The control API of one simulator."""

    def __init__(self, state: XeroState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the commands under their paths."""
        commands: list[Command] = [
            ("GET", "/stats", self._stats),
            ("GET", "/ledger/{realm}", self._ledger),
            ("GET", "/creates/{realm}", self._creates),
            *ClockCommands(self._state.clock, codec.dumps).commands(),
            *FaultCommands(self._state.faults, codec.dumps, check=_known_kind).commands(),
            ("GET", "/organisations", self._show_organisations),
            ("POST", "/organisations", self._add_organisation),
            ("POST", "/organisations/{realm}", self._set_locks),
            ("POST", "/switches", self._change_switches),
            ("POST", "/connections/{realm}/disconnect", self._disconnect),
            ("POST", "/connections/{realm}/expire-access", self._expire_access),
            *(
                (method, "/books/{realm}/{path:path}", self._act_as_person)
                for method in ("GET", "PUT", "POST", "DELETE")
            ),
            ("POST", "/reset", self._reset),
        ]
        return routes(commands, _guarded)

    def _organisation(self, request: Request) -> OrganisationBooks:
        realm: str = request.path_params["realm"]
        org = self._state.organisations.get(realm.lower())
        if org is None:
            raise UnknownOrganisation(realm)
        return org

    async def _stats(self, _request: Request) -> Response:
        """Return what was observed: traffic, faults, creates, duplicates."""
        state = self._state
        realms = {
            realm: {"name": org.name, **state.traffic.describe(realm)}
            for realm, org in state.organisations.items()
        }
        writes = {realm: state.logs[realm].describe() for realm in realms}
        return _json(
            {
                "realms": realms,
                "faults": state.faults.describe(),
                "writes": writes,
                "webhook": state.webhook_status,
            }
        )

    async def _ledger(self, request: Request) -> Response:
        """Return an organisation's books; without documents when ``documents=false``."""
        documents = wants_documents(request)
        return _json(describe_ledger(self._organisation(request), documents=documents))

    async def _creates(self, request: Request) -> Response:
        """Return every create of an organisation by natural key."""
        org = self._organisation(request)
        return _json({"creates": self._state.logs[org.tenant_id].creates()})

    async def _show_organisations(self, _request: Request) -> Response:
        organisations = [self._shown(org) for org in self._state.organisations.values()]
        return _json({"organisations": organisations})

    def _shown(self, org: OrganisationBooks) -> Mapping[str, Any]:
        return {
            "realm": org.tenant_id,
            "name": org.name,
            "country": org.country,
            "connected": self._state.connections.is_connected(org.tenant_id),
        }

    async def _add_organisation(self, request: Request) -> Response:
        command = OrganisationCommand.model_validate_json(await request.body() or b"{}")
        return _json(self._shown(self._state.add_organisation(command.spec())), 201)

    async def _set_locks(self, request: Request) -> Response:
        """Set both `LockDates`."""
        org = self._organisation(request)
        dates = LockDates.model_validate_json(await request.body())
        org.set_locks(period=dates.period_lock_date, end_of_year=dates.end_of_year_lock_date)
        return _json(self._shown(org))

    async def _change_switches(self, request: Request) -> Response:
        """Change fields of `XeroSwitches`, and return all of them."""
        changes = TypeAdapter(dict[str, Any]).validate_json(await request.body())
        return _json(self._state.change_switches(changes))

    async def _disconnect(self, request: Request) -> Response:
        """End every connection of an organisation, as its owner can."""
        org = self._organisation(request)
        return _json({"disconnected": self._state.connections.disconnect_tenant(org.tenant_id)})

    async def _expire_access(self, request: Request) -> Response:
        """End the access tokens of every user who connected an organisation."""
        org = self._organisation(request)
        holders = self._state.connections.holders(org.tenant_id)
        return _json({"expired": self._state.tokens.expire_of(holders)})

    async def _act_as_person(self, request: Request) -> Response:
        """Read or write as an adviser at Xero's own pages would, by the rules of the API."""
        answer = handle(
            XeroCall(
                org=self._organisation(request),
                method=request.method,
                path=request.path_params["path"].split("/"),
                query={k.lower(): v for k, v in request.query_params.items()},
                body=await request.body(),
                modified_since=None,
                options=WriteOptions(unit_places=4, adviser=True),
                wall=None,
                log=WriteLog(),
            )
        )
        return _json(answer.content or {}, answer.status)

    async def _reset(self, _request: Request) -> Response:
        """Forget everything but the clock and start again from the configuration."""
        self._state.reset()
        return _json({})
