"""The alert event: a connection needs its company's admin, now or soon."""

from typing import Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.errors import Reason

EXPIRING: Final = "connection.expiring.v1"
EXPIRED: Final = "connection.expired.v1"


class AlertReason(BaseModel):
    """What an alert is about, as every reason is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    category: str
    cause: str
    fix: str
    solver: str
    provider_code: str
    link: str


class ConnectionAlert(BaseModel):
    """What is told once when a connection expires, and once for each threshold before that.

    Attributes:
        connection_id: The connection, the same after its company was connected again.
        provider: The kind of ledger.
        realm_id: The provider's id of the company.
        company_name: The company's name in the ledger, for people.
        state: Whether documents still go to the ledger.
        ends_at: When the consent ends; ``None`` once it has.
        days_left: Whole days until then when this was told.
        threshold_days: The number of days at which this was due to be told.
        reason: Why it ends or has ended, and what to do about it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    connection_id: UUID
    provider: str
    realm_id: str
    company_name: str
    state: Literal["connected", "expired", "error"]
    ends_at: AwareDatetime | None
    days_left: int | None = Field(ge=0)
    threshold_days: int | None = Field(ge=0)
    reason: AlertReason

    @property
    def event_type(self) -> str:
        """The type of the event that carries it."""
        return EXPIRED if self.ends_at is None else EXPIRING


def alert_reason(reason: Reason) -> AlertReason:
    """Return a reason as an alert has it."""
    return AlertReason(**reason.as_dict())
