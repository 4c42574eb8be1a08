"""The pages of a connect session, and the providers' callback; none needs a key or a script.

The secret in a session's address lets a person in; a cookie holds on to the browser that goes
to the provider, and without it the provider's answer is worth nothing.
"""

from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, FastAPI, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from gateway.errors import (
    AlreadyConnected,
    ConsentExpired,
    ForeignBrowser,
    NoSuchConnectSession,
    WrongChoice,
)
from gateway.http.connect.views import ELSEWHERE, NOT_THERE, PRODUCTION, ConnectViews
from gateway.http.document import refusals
from gateway.http.problem_codes import (
    CONSENT_EXPIRED,
    FOREIGN_BROWSER,
    INVALID_REQUEST,
    STATE_NOT_KNOWN,
)
from gateway.http.text import Text
from gateway.operations.consent_steps import ConsentAnswer
from providers.connect_sessions import ConnectSessionId, new_secret
from schemas.ids import ProviderName, RealmId

_COOKIE: Final = "ledgerlane-connect"
_COOKIE_S: Final = 3_600


def add_connect_pages(app: FastAPI, views: ConnectViews) -> None:
    """Add the pages; one of a session that is not there says so, wherever it is asked for."""

    def not_there(_: Request, __: Exception) -> Response:
        return views.message(NOT_THERE, HTTPStatus.NOT_FOUND)

    def elsewhere(_: Request, __: Exception) -> Response:
        return views.message(ELSEWHERE, HTTPStatus.FORBIDDEN)

    app.add_exception_handler(NoSuchConnectSession, not_there)
    app.add_exception_handler(ForeignBrowser, elsewhere)
    routes = APIRouter(prefix="/connect")

    @routes.get("/style.css", include_in_schema=False)
    async def style() -> Response:
        return views.pages.style()

    _add_callback(routes, views)
    _add_session_routes(routes, views)
    _add_address_routes(routes, views)
    app.include_router(routes)


def _add_callback(routes: APIRouter, views: ConnectViews) -> None:
    @routes.get(
        "/callback/{provider}",
        include_in_schema=True,
        status_code=HTTPStatus.SEE_OTHER,
        response_class=RedirectResponse,
        tags=["connections"],
        summary="Take a provider's answer to a consent, and lead the browser on.",
        responses=refusals(STATE_NOT_KNOWN, FOREIGN_BROWSER, CONSENT_EXPIRED, INVALID_REQUEST),
    )
    async def consent_answer(
        request: Request,
        provider: Text,
        state: Text = "",
        code: Text = "",
        error: Text = "",
        realm: Annotated[Text, Query(alias="realmId")] = "",
    ) -> Response:
        said = ConsentAnswer(state, code, error, RealmId(realm) if realm else None)
        try:
            session = await views.steps.finish(
                ProviderName(provider), said, browser=_browser(request)
            )
        except ConsentExpired as exc:
            return views.too_late(request, exc.return_url, str(exc.session_id))
        except NoSuchConnectSession:
            return views.refused(request, NOT_THERE, STATE_NOT_KNOWN)
        except ForeignBrowser:
            return views.refused(request, ELSEWHERE, FOREIGN_BROWSER)
        step = "result" if session.outcome else "companies"
        # Away from an address that has the code in it.
        return views.pages.redirect(f"/connect/sessions/{session.id}/{step}")


def _add_session_routes(routes: APIRouter, views: ConnectViews) -> None:
    """Add what comes after the consent, for the browser that gave it."""

    @routes.get("/sessions/{id_}/result", include_in_schema=False)
    async def result(request: Request, id_: UUID) -> Response:
        session = await views.found.of_browser(ConnectSessionId(id_), _browser(request))
        return views.result(session)

    @routes.get("/sessions/{id_}/companies", include_in_schema=False)
    async def companies(request: Request, id_: UUID) -> Response:
        session = await views.found.of_browser(ConnectSessionId(id_), _browser(request))
        return await views.choice(session)

    @routes.post("/sessions/{id_}/companies", include_in_schema=False)
    async def choose(
        request: Request,
        id_: UUID,
        company: Annotated[list[Text] | None, Form()] = None,
        decision: Annotated[Text, Form()] = "connect",
        replace: Annotated[Text, Form()] = "",
    ) -> Response:
        session_id, browser = ConnectSessionId(id_), _browser(request)
        realms = [RealmId(one) for one in company or ()]
        try:
            if decision == "cancel":
                await views.steps.cancel(session_id, browser=browser)
            else:
                await views.steps.choose(
                    session_id, realms, browser=browser, replace=replace == "yes"
                )
        except (WrongChoice, AlreadyConnected) as exc:
            session = await views.found.of_browser(session_id, browser)
            return await views.choice(session, error=str(exc))
        return views.pages.redirect(f"/connect/sessions/{id_}/result")


def _add_address_routes(routes: APIRouter, views: ConnectViews) -> None:
    """Add what an admin sees first; last of all, as an address may be any word."""

    @routes.get("/{address}", include_in_schema=False)
    async def start(request: Request, address: Text) -> Response:
        response = views.start(await views.found.at_address(address))
        if not _browser(request):
            _remember(response, is_secure=views.pages.is_secure)
        return response

    @routes.post("/{address}", include_in_schema=False)
    async def begin(
        request: Request,
        address: Text,
        provider: Annotated[Text, Form()] = "",
        confirmation: Annotated[Text, Form()] = "",
    ) -> Response:
        session, browser = await views.found.at_address(address), _browser(request)
        if not browser:
            return views.start(session, error="Allow cookies of this site, and try again.")
        if views.is_production and confirmation.strip() != PRODUCTION:
            return views.start(session, error=f"Type the word {PRODUCTION}.")
        try:
            url = await views.steps.begin(address, ProviderName(provider), browser=browser)
        except WrongChoice as exc:
            return views.start(session, error=str(exc))
        return views.pages.redirect(url)


def _browser(request: Request) -> str:
    return request.cookies.get(_COOKIE, "")


def _remember(response: Response, *, is_secure: bool) -> None:
    response.set_cookie(
        _COOKIE,
        new_secret(),
        max_age=_COOKIE_S,
        path="/connect",
        secure=is_secure,
        httponly=True,
        samesite="lax",  # and not strict: the provider's redirect has to bring it
    )
