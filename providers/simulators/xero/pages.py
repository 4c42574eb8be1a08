"""The pages that people look at: organisations, their ledger, single documents."""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.simulators.xero.books.ledger import RESOURCE_OF_SECTION, describe_ledger
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.render import View
from providers.simulators.xero.html import PAGES
from providers.simulators.xero.rules.catalogue import RESOURCES
from providers.simulators.xero.state import XeroState
from providers.simulators.xero.wire import codec

ROWS_SHOWN = 1000


class XeroPages:
    """The pages over one simulator's organisations; nothing can be changed there."""

    def __init__(self, state: XeroState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the pages under their paths."""
        return [
            Route("/", self._overview),
            Route("/ledger/{realm}", self._ledger),
            Route("/ledger/{realm}/{section}", self._documents),
            Route("/ledger/{realm}/{section}/{id}", self._document),
        ]

    async def _overview(self, _request: Request) -> Response:
        return PAGES.page(
            "overview.html",
            organisations=self._state.organisations.values(),
            now=self._state.clock.now(),
            traffic={t: self._state.traffic.describe(t) for t in self._state.organisations},
        )

    async def _ledger(self, request: Request) -> Response:
        org = self._organisation(request)
        if org is None:
            return _missing()
        return PAGES.page("ledger.html", ledger=describe_ledger(org, documents=False))

    async def _documents(self, request: Request) -> Response:
        org, name = self._organisation(request), request.path_params["section"]
        if org is None or name not in RESOURCE_OF_SECTION:
            return _missing()
        ledger = describe_ledger(org)
        section = ledger["entities"][name]
        shown = section["documents"][-ROWS_SHOWN:]
        return PAGES.page(
            "documents.html", ledger=ledger, name=name, section=section, shown=shown
        )

    async def _document(self, request: Request) -> Response:
        """Show one document as the API would."""
        org, name = self._organisation(request), request.path_params["section"]
        resource = RESOURCES.get(RESOURCE_OF_SECTION.get(name, ""))
        if org is None or resource is None:
            return _missing()
        record = resource.table(org).get(request.path_params["id"])
        if record is None:
            return _missing()
        shown = codec.dumps(resource.render(org, record, View(unit_places=4)))
        text = json.dumps(json.loads(shown, parse_float=str), indent=2, ensure_ascii=False)
        return PAGES.page("document.html", org=org, name=name, text=text)

    def _organisation(self, request: Request) -> OrganisationBooks | None:
        realm: str = request.path_params["realm"]
        return self._state.organisations.get(realm.lower())


def _missing() -> Response:
    return PAGES.page("missing.html", status=404)
