"""The shapes of the API's answers, as the OpenAPI document describes them. Times are UTC."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from consumers.store.sync_runs import JobState, RunState
from gateway.http.problems import MEDIA_TYPE
from providers.connections import ConnectionState
from schemas.documents.document import DocumentType
from schemas.errors import ErrorCategory, Solver
from schemas.result import SyncState

NextCursor = Annotated[
    str | None, Field(description="The cursor of the next page; null on the last one.")
]


class ReasonGiven(BaseModel):
    """Why something does not go on, and what can be done."""

    code: str
    category: ErrorCategory
    cause: str
    fix: str
    solver: Solver
    provider_code: str
    link: str


class ConnectionSummary(BaseModel):
    """Which company a connection is of, and whether it is connected."""

    id: UUID
    tenant_id: str
    provider: str
    realm_id: str
    company_name: str
    state: ConnectionState
    is_default: bool


class ConnectionSummaries(BaseModel):
    """All connections of a tenant, for callers that may see no more of them."""

    connections: Sequence[ConnectionSummary]


class ConnectionStatus(ConnectionSummary):
    """A company that is connected, or was; of its tokens only when they end."""

    country: str
    currency: str
    environment: str
    reason: ReasonGiven | None
    scopes: Sequence[str]
    connected_at: datetime
    token_expires_at: datetime | None
    refresh_expires_at: datetime | None
    refresh_days_left: Annotated[int | None, Field(description="Whole days.")]
    consent_expires_at: datetime | None
    consent_days_left: Annotated[int | None, Field(description="Whole days.")]


class ConnectionList(BaseModel):
    """All connections of a tenant."""

    connections: Sequence[ConnectionStatus]


class RemarkMade(BaseModel):
    """One field of a document that the ledger has in another form."""

    code: str
    field: str
    said: str
    sent: str


class RecordStatus(BaseModel):
    """How one document stands at one company."""

    record_id: UUID
    connection_id: UUID
    tenant_id: str
    provider: str
    realm_id: str
    document_type: DocumentType
    document_id: str
    desired_version: int | None
    base_version: int | None
    refused_version: int | None
    external_id: str | None
    state: SyncState
    reason: ReasonGiven | None
    remarks: Sequence[RemarkMade] | None
    attempts: Annotated[int, Field(description="Failed tries of this version.")]
    tries: Annotated[int, Field(description="Failed tries of all versions.")]
    next_attempt_at: datetime | None
    synced_at: datetime | None
    resolved_at: datetime | None
    updated_at: datetime


class RecordPage(BaseModel):
    """A page of records, in the order of company, document type and document."""

    records: Sequence[RecordStatus]
    next_cursor: NextCursor


class TaskStatus(BaseModel):
    """What a person must do so that a record can go on."""

    id: UUID
    record_id: UUID
    connection_id: UUID
    tenant_id: str
    realm_id: str
    provider: str
    document_type: DocumentType
    document_id: str
    version: int
    code: str
    category: ErrorCategory
    cause: str
    fix: str
    solver: Solver
    provider_code: str
    link: str
    opened_at: datetime
    last_seen_at: datetime
    times_seen: int
    note: str | None
    noted_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    record_state: SyncState
    attempts: int
    tries: int
    next_attempt_at: datetime | None
    resolved_at: datetime | None


class TaskPage(BaseModel):
    """A page of tasks, the newest first."""

    tasks: Sequence[TaskStatus]
    next_cursor: NextCursor


class CompanyPushed(BaseModel):
    """A company whose records were set going."""

    realm_id: str
    signalled: Annotated[int, Field(description="The records that are tried now.")]
    reason: ReasonGiven | None


class CompaniesPushed(BaseModel):
    """The companies whose records were set going."""

    realms: Sequence[CompanyPushed]


class CompanyMarked(BaseModel):
    """A company that is read again before anything more is written to it."""

    realm_id: str


class CompaniesMarked(BaseModel):
    """The companies that are read again."""

    realms: Sequence[CompanyMarked]


class RunStatus(BaseModel):
    """A run: what was asked to be pushed, and how far it is now."""

    id: UUID
    tenant_id: str
    provider: str
    document_types: Sequence[DocumentType] | None
    started_by: str
    started_at: datetime
    state: RunState
    counts: Annotated[
        Mapping[JobState, int], Field(description="The number of its records by state.")
    ]


class RunPage(BaseModel):
    """A page of runs, the newest first."""

    runs: Sequence[RunStatus]
    next_cursor: NextCursor


class JobStatus(BaseModel):
    """One record of a run, and how it stands now."""

    record_id: UUID
    connection_id: UUID
    realm_id: str
    document_type: DocumentType
    document_id: str
    state: JobState
    reason: ReasonGiven | None
    external_id: str | None
    updated_at: datetime


class JobPage(BaseModel):
    """A page of the records of a run, in the order of their ids."""

    jobs: Sequence[JobStatus]
    next_cursor: NextCursor


class RequestPartRefused(BaseModel):
    """One part of a request that can't be used."""

    location: Annotated[str, Field(description="body, query, path or header.")]
    pointer: Annotated[str, Field(description="JSON pointer to the part: #/note.")]
    detail: str


class ProviderRefusal(BaseModel):
    """What the provider said, where it is the provider that refused."""

    name: str
    code: str


class ProblemDetails(BaseModel):
    """Why a request was refused, as RFC 9457 has it, and what to do."""

    type: Annotated[str, Field(description="Where the code is explained.")]
    title: str
    status: int
    detail: Annotated[str, Field(description="Cause and fix in one text.")]
    code: Annotated[str, Field(description="Stable, for programs.")]
    category: ErrorCategory
    cause: str
    fix: str
    solver: Solver
    errors: Sequence[RequestPartRefused]
    provider: ProviderRefusal | None


PROBLEM_CONTENT: Any = {
    MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}}
}
