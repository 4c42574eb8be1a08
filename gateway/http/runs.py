"""Runs: what a tenant asked to be pushed, listed, shown, and tried again."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from consumers.store.sync_runs import JobState, RunPlace
from gateway.errors import ConnectionRequired, NoSuchRun, UnknownDocuments
from gateway.http.access import needs
from gateway.http.answers import JobPage, RunPage, RunStatus
from gateway.http.configured import (
    NOT_CONNECTED,
    OF_A_PROVIDER,
    check_configured,
    not_connected,
)
from gateway.http.dependencies import ApiDependencies
from gateway.http.document import refusals
from gateway.http.pages import Cursor, Limit, page, place_of, unreadable
from gateway.http.problem_codes import INVALID_CURSOR, UNKNOWN_DOCUMENT, UNKNOWN_RUN
from gateway.http.problems import Problem, WrongPart
from gateway.http.request_bodies import RequestBody
from gateway.http.text import Text
from gateway.identity.principal import Principal, Scope
from gateway.operations.sync_runs import (
    Runner,
    RunProgress,
    Wanted,
    get_run,
    list_jobs,
    list_runs,
)
from schemas.documents.document import DocumentType
from schemas.ids import ProviderName, TenantId

Starter = Annotated[Principal, needs(Scope.SYNC_WRITE)]

_PATH: Final = "/tenants/{tenant}/runs"
_ORDER: Final = ("started_at", "id")


class DocumentNamed(RequestBody):
    """A document, by its kind and the platform's id."""

    type: DocumentType
    id: Text


class RunWanted(RequestBody):
    """What to push; with neither types nor documents, everything that does not agree."""

    direction: Annotated[
        Literal["push"], Field(description="Towards the ledger; there is no other yet.")
    ] = "push"
    document_types: Annotated[
        tuple[DocumentType, ...],
        Field(description="Only these kinds; empty for all."),
    ] = ()
    documents: Annotated[
        tuple[DocumentNamed, ...],
        Field(max_length=1_000, description="Only these; empty for all."),
    ] = ()


def run_routes(given: ApiDependencies) -> APIRouter:
    """Return the routes about runs."""
    routes = APIRouter(prefix="/v1", tags=["sync"])
    _add_reads(routes, given)
    runner = Runner(given.sessions, given.signals, now=given.now)
    _add_start(routes, given, runner)
    _add_retry(routes, runner)
    return routes


def _add_start(routes: APIRouter, given: ApiDependencies, runner: Runner) -> None:
    @routes.post(
        "/tenants/{tenant}/providers/{provider}/runs",
        name="start_run",
        status_code=HTTPStatus.ACCEPTED,
        summary="Push what is asked for of a tenant's records, as far as it does not agree.",
        responses={**OF_A_PROVIDER, **refusals(UNKNOWN_DOCUMENT)},
    )
    async def start(
        tenant: Text, provider: Text, said: RunWanted, caller: Starter, response: Response
    ) -> RunStatus:
        name = ProviderName(provider)
        check_configured(given, name)
        wanted = Wanted(
            TenantId(tenant),
            name,
            said.document_types,
            tuple((one.type, one.id) for one in said.documents),
        )
        try:
            return _accepted(await runner.start(wanted, by=caller.name), response)
        except ConnectionRequired as exc:
            raise not_connected() from exc
        except UnknownDocuments as exc:
            raise _unknown_documents(exc) from exc


def _add_reads(routes: APIRouter, given: ApiDependencies) -> None:
    @routes.get(
        _PATH,
        name="list_runs",
        summary="List a tenant's runs, the newest first, with how far each is.",
        responses=refusals(INVALID_CURSOR),
        dependencies=[needs(Scope.RECORDS_READ)],
    )
    async def runs(tenant: Text, limit: Limit = 100, cursor: Cursor = "") -> RunPage:
        after = _run_place(cursor) if cursor else None
        found = await list_runs(given.sessions, TenantId(tenant), limit=limit + 1, after=after)
        shown = [_shown(one).model_dump() for one in found]
        return RunPage.model_validate(page("runs", shown, limit, *_ORDER))

    @routes.get(
        _PATH + "/{run}",
        name="show_run",
        summary="Show how far one run is.",
        responses=refusals(UNKNOWN_RUN),
        dependencies=[needs(Scope.RECORDS_READ)],
    )
    async def show(tenant: Text, run: UUID) -> RunStatus:
        try:
            return _shown(await get_run(given.sessions, TenantId(tenant), run))
        except NoSuchRun as exc:
            raise UNKNOWN_RUN.problem(run=run) from exc

    @routes.get(
        _PATH + "/{run}/jobs",
        name="list_jobs",
        summary="List the records of a run with how each stands now.",
        responses=refusals(UNKNOWN_RUN, INVALID_CURSOR),
        dependencies=[needs(Scope.RECORDS_READ)],
    )
    async def jobs(
        tenant: Text,
        run: UUID,
        state: JobState | None = None,
        limit: Limit = 100,
        cursor: Cursor = "",
    ) -> JobPage:
        after = _job_place(cursor) if cursor else None
        try:
            found = await list_jobs(
                given.sessions, TenantId(tenant), run, state=state, limit=limit + 1, after=after
            )
        except NoSuchRun as exc:
            raise UNKNOWN_RUN.problem(run=run) from exc
        return JobPage.model_validate(page("jobs", found, limit, "record_id"))


def _add_retry(routes: APIRouter, runner: Runner) -> None:
    @routes.post(
        _PATH + "/{run}/retry",
        name="retry_run",
        status_code=HTTPStatus.ACCEPTED,
        summary="Try the records of a run again that failed, and no others: a new run.",
        responses={**refusals(UNKNOWN_RUN), **NOT_CONNECTED},
    )
    async def retry(tenant: Text, run: UUID, caller: Starter, response: Response) -> RunStatus:
        try:
            started = await runner.retry(TenantId(tenant), run, by=caller.name)
        except NoSuchRun as exc:
            raise UNKNOWN_RUN.problem(run=run) from exc
        except ConnectionRequired as exc:
            raise not_connected() from exc
        return _accepted(started, response)


def _unknown_documents(refused: UnknownDocuments) -> Problem:
    wrong = [
        WrongPart("body", f"#/documents/{place}", UNKNOWN_DOCUMENT.fix)
        for place in refused.places
    ]
    return UNKNOWN_DOCUMENT.problem(wrong=wrong, count=len(wrong))


def _accepted(started: RunProgress, response: Response) -> RunStatus:
    """Return a run that was started, and name the place where it can be followed."""
    run = started.run
    response.headers["Location"] = f"/v1/tenants/{quote(run.tenant_id, safe='')}/runs/{run.id}"
    return _shown(started)


def _shown(found: RunProgress) -> RunStatus:
    """Return a run as the API shows it."""
    run = found.run
    return RunStatus(
        id=run.id,
        tenant_id=run.tenant_id,
        provider=run.provider,
        document_types=run.document_types,
        started_by=run.started_by,
        started_at=run.started_at,
        state=found.state,
        counts={job: found.counts.get(job, 0) for job in JobState},
    )


def _run_place(cursor: str) -> RunPlace:
    try:
        started_at, run_id = place_of(cursor)
        return RunPlace(datetime.fromisoformat(started_at).astimezone(UTC), UUID(run_id))
    except ValueError as exc:
        raise unreadable() from exc


def _job_place(cursor: str) -> UUID:
    try:
        (record_id,) = place_of(cursor)
        return UUID(record_id)
    except ValueError as exc:
        raise unreadable() from exc
