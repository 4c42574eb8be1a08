"""The pages that people look at: companies, their ledger, single documents."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.simulators.qbo.books import ledger, render
from providers.simulators.qbo.entities.catalogue import ENTITIES
from providers.simulators.qbo.html import PAGES
from providers.simulators.qbo.state import QboState
from providers.simulators.qbo.wire import codec

ROWS_SHOWN = 1000


class QboPages:
    """The pages, over one simulator's companies."""

    def __init__(self, state: QboState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the pages under their paths."""
        return [
            Route("/", self.overview),
            Route("/ledger/{realm}", self.company),
            Route("/ledger/{realm}/{entity}", self.documents),
            Route("/ledger/{realm}/{entity}/{id}", self.document),
        ]

    async def overview(self, _request: Request) -> Response:
        """Show the companies and what the simulator has seen."""
        state = self._state
        return PAGES.page(
            "overview.html",
            companies=state.companies.values(),
            connected=state.tokens.is_connected,
            traffic=state.traffic.describe(),
            now=state.clock.now(),
        )

    async def company(self, request: Request) -> Response:
        """Show counts and totals of a company."""
        company = self._state.companies.get(request.path_params["realm"])
        if company is None:
            return _missing()
        held = ledger.company_ledger(company, documents=False)
        accounts = ledger.trial_balance(company)
        return PAGES.page("company.html", ledger=held, accounts=accounts)

    async def documents(self, request: Request) -> Response:
        """Show the documents of one entity, the latest change first."""
        company = self._state.companies.get(request.path_params["realm"])
        name = request.path_params["entity"]
        if company is None or name not in ENTITIES:
            return _missing()
        records = company.table(name).by_change()
        shown, home = records[: -ROWS_SHOWN - 1 : -1], company.home_currency
        lines = [ledger.document_line(record, home) for record in shown]
        return PAGES.page(
            "documents.html",
            company=company,
            entity=name,
            lines=lines,
            hidden=len(records) - len(lines),
        )

    async def document(self, request: Request) -> Response:
        """Show one document as the API answers it."""
        company = self._state.companies.get(request.path_params["realm"])
        name = request.path_params["entity"]
        if company is None or name not in ENTITIES:
            return _missing()
        record = company.table(name).get(request.path_params["id"])
        if record is None:
            return _missing()
        shown = codec.dumps(render.full(company, record), indented=True).decode()
        return PAGES.page(
            "document.html", company=company, entity=name, record=record, shown=shown
        )


def _missing() -> Response:
    return PAGES.page("refused.html", status=404, reason="There is no such page.")
