"""What the pages of a connect session show."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode, urlsplit

from fastapi import Request, Response

from gateway.http.connect.html import Pages
from gateway.http.connect.texts import OutcomeText, text_of
from gateway.http.problem_codes import CONSENT_EXPIRED
from gateway.http.problems import ProblemCode
from gateway.operations.connect_sessions import ConnectSessions
from gateway.operations.consent_steps import ConsentSteps
from providers.connect_sessions import ConnectOutcome, ConnectSession
from schemas.ids import ProviderName

PRODUCTION: Final = "production"

NOT_THERE: Final = OutcomeText(
    "This link is not good",
    "It is unknown, was used already, or is too old. Begin again on the platform.",
)
ELSEWHERE: Final = OutcomeText(
    "Another browser",
    "The consent was begun in another browser. Go on there, or begin again on the platform.",
)


@dataclass(frozen=True, slots=True)
class ConnectViews:
    """Fills the templates.

    Attributes:
        found: Finds sessions.
        steps: Takes their steps.
        pages: Makes the HTML.
        titles: What people call each provider.
        environment: Which of the providers' worlds is connected: sandbox or production.
    """

    found: ConnectSessions
    steps: ConsentSteps
    pages: Pages
    titles: Mapping[ProviderName, str]
    environment: str

    @property
    def is_production(self) -> bool:
        """Whether real books are connected, which is to be confirmed in writing."""
        return self.environment == PRODUCTION

    def start(self, session: ConnectSession, *, error: str = "") -> Response:
        """Show what will be read and written, and the choice of a ledger."""
        if session.outcome_at(self.steps.now()):
            return self.result(session, HTTPStatus.GONE)
        offered = self.found.offered(session)
        return self.pages.page(
            "start.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
            again=session.connection_id is not None,
            tenant=session.tenant_id,
            environment=self.environment,
            is_production=self.is_production,
            providers=[{"name": name, "title": self.titles[name]} for name in offered],
            back=_back(session.return_url, ConnectOutcome.DENIED, str(session.id)),
            error=error,
        )

    async def choice(self, session: ConnectSession, *, error: str = "") -> Response:
        """Show what a consent covers, to choose among it."""
        if session.outcome_at(self.steps.now()) or not session.companies:
            return self.pages.redirect(f"/connect/sessions/{session.id}/result")
        others = await self.steps.in_the_way(session)
        return self.pages.page(
            "companies.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
            companies=session.companies,
            is_single=self.steps.is_single(session),
            others=[one.company_name for one in others],
            error=error,
        )

    def result(self, session: ConnectSession, status: HTTPStatus = HTTPStatus.OK) -> Response:
        """Show how a session ended, with the way back to the platform."""
        outcome = session.outcome_at(self.steps.now())
        if outcome is None:
            return self.message(NOT_THERE, HTTPStatus.NOT_FOUND)
        back = _back(session.return_url, outcome, str(session.id))
        return self.message(text_of(outcome, session.detail), status, back)

    def message(self, text: OutcomeText, status: HTTPStatus, back: str = "") -> Response:
        """Show a text, and the way back where one is known."""
        return self.pages.page(
            "result.html",
            status=status,
            title=text.title,
            message=text.message,
            back=back,
            host=urlsplit(back).hostname,
        )

    def refused(self, request: Request, text: OutcomeText, code: ProblemCode) -> Response:
        """Refuse a provider's answer: for a person as a page, for a program as a problem."""
        if "text/html" in request.headers.get("accept", ""):
            return self.message(text, HTTPStatus.BAD_REQUEST)
        return code.problem().answer()

    def too_late(self, request: Request, return_url: str, session_id: str) -> Response:
        """Refuse a provider's answer that came too late, with the way back for a person."""
        text = text_of(ConnectOutcome.EXPIRED)
        if "text/html" not in request.headers.get("accept", ""):
            return self.refused(request, text, CONSENT_EXPIRED)
        back = _back(return_url, ConnectOutcome.EXPIRED, session_id)
        return self.message(text, HTTPStatus.BAD_REQUEST, back)


def _back(return_url: str, outcome: ConnectOutcome, session_id: str) -> str:
    """Return the address of the platform, with the outcome in its query."""
    said = urlencode({"outcome": outcome.value, "connect_session": session_id})
    return f"{return_url}{'&' if urlsplit(return_url).query else '?'}{said}"
