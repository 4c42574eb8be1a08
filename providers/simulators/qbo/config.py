"""What a QuickBooks simulator is started with: apps, companies, quotas, switches, faults.

A switch stands for a point on which Intuit is silent or contradicts itself; a client must
live with either position. Switches can be turned at run time by the control API.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from providers.simulators.faults import FaultRule

DAY_S = 86_400


class FrozenModel(BaseModel):
    """A checked value that also comes as JSON through the control API."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def with_changes(self, changes: dict[str, Any]) -> Self:
        """Return a copy with some fields changed.

        Raises:
            pydantic.ValidationError: a field or value that does not exist.
        """
        return type(self).model_validate({**self.model_dump(), **changes})


class QboAppSpec(FrozenModel):
    """A registered app. No redirect URI listed means that any is taken."""

    client_id: str = "qbo-simulator-client"
    client_secret: str = Field(default="qbo-simulator-secret", repr=False)
    redirect_uris: tuple[str, ...] = ()


class CompanySpec(FrozenModel):
    """A company to create.

    Attributes:
        realm: 16 digits; the simulator gives one when absent.
        country: ``US`` has automated sales tax; ``GB``, ``AU`` and ``CA`` have tax codes.
        currency: The home currency; by country when absent.
        tax_percent: What automated sales tax adds to taxable lines of a US company.
        multicurrency: Whether foreign customers and vendors are allowed.
        custom_numbers: Whether sales forms keep a missing DocNumber missing, instead of
            getting the next one.
        books_closed_on: Writes dated on or before it are refused.
        class_tracking: Whether each line has a class, or a sales form as a whole, or nothing.
    """

    realm: str | None = Field(default=None, pattern=r"^\d{1,19}$")
    name: str = "Larkspur Supply Co"
    country: Literal["US", "GB", "AU", "CA"] = "US"
    currency: str | None = None
    tax_percent: Decimal = Decimal(8)
    multicurrency: bool = False
    custom_numbers: bool = False
    books_closed_on: date | None = None
    class_tracking: Literal["off", "transaction", "line"] = "line"


FIRST_COMPANY = CompanySpec(realm="9341450000000001")


class QboQuotas(FrozenModel):
    """How much is too much; None means no limit.

    Source: Intuit "API call limits and throttling", limits in force since 2025-10-31.
    """

    per_minute: int | None = 500
    per_second: int | None = 10
    in_flight: int | None = 10
    batches_per_minute: int | None = 40
    batches_per_minute_all_apps: int | None = 120
    coreplus_per_month: int | None = None


class QboSwitches(FrozenModel):
    """Positions on what is undocumented, and trouble that lasts until it is switched off.

    Attributes:
        idempotency_mode: ``on`` repeats the first answer for a requestid, ``off`` ignores
            requestids, ``replay_fault_6000`` refuses a repeat with 6000.
        idempotency_ttl_s: How long a requestid is remembered.
        replay_faults: Whether a refusal is remembered as well.
        unknown_property: What becomes of top-level properties that an entity lacks.
        order_by_id: What ``ORDERBY Id`` does.
        startposition_zero: What ``STARTPOSITION 0`` does.
        stale_list_synctoken: Queries show the sync token from before a write of the last
            seconds.
        query_total_count: Whether query answers carry ``totalCount`` (rows on the page).
        void_response: Whether a void is answered by the whole object.
        cdc_limit: Objects per change-data answer; the rest is cut silently.
        cdc_max_age_days: How far change data looks back.
        cdc_too_old_code: The fault for looking back further.
        throttle_body: The shape of a 429.
        retry_after: Whether a 429 has a Retry-After header.
        duplicate_name_detail: Which of the three details a 6240 carries.
        link_bumps_sync_token: Whether a payment raises the sync token of what it pays.
        balance_touches_names: Whether a changed balance changes LastUpdatedTime of the
            customer, vendor or item.
        reactivation_strips_suffix: Whether ``Active: true`` takes " (deleted)" off a name.
        ref_name_style: Whether ``AccountRef.name`` is the full or the short name.
        class_ids: Whether ids of classes have 19 digits.
        add_unknown_field: Answers carry a field that nobody knows.
        rotates_after_s: Age at which a refresh replaces the refresh token's value; 0 makes
            every refresh replace it.
        old_value_grace_s: How long a replaced value goes on working; 0: it dies at once.
        pkce: Whether a code with a challenge needs its verifier.
        hard_expiry_always: Report the five-year cap without being asked by header.
        webhook_format: The body of webhook deliveries.
        webhook_duplicate: Deliver every event twice.
        webhook_reorder: Deliver the events of a bundle in reverse order.
        webhook_drop: Deliver nothing.
    """

    idempotency_mode: Literal["on", "off", "replay_fault_6000"] = "on"
    idempotency_ttl_s: int = DAY_S
    replay_faults: bool = False
    unknown_property: Literal["reject", "ignore"] = "reject"
    order_by_id: Literal["ignore", "fault"] = "ignore"
    startposition_zero: Literal["ok", "4001"] = "4001"
    stale_list_synctoken: bool = False
    query_total_count: bool = True
    void_response: Literal["full", "short"] = "full"
    cdc_limit: int = 1000
    cdc_max_age_days: int = 30
    cdc_too_old_code: Literal["6000", "2060"] = "6000"
    throttle_body: Literal["xml", "json"] = "xml"
    retry_after: bool = False
    duplicate_name_detail: Literal["id", "null", "text"] = "id"
    link_bumps_sync_token: bool = False
    balance_touches_names: bool = True
    reactivation_strips_suffix: bool = False
    ref_name_style: Literal["fqn", "short"] = "fqn"
    class_ids: Literal["long", "short"] = "long"
    add_unknown_field: bool = False
    rotates_after_s: int = DAY_S
    old_value_grace_s: int = DAY_S
    pkce: Literal["check", "ignore"] = "check"
    hard_expiry_always: bool = False
    webhook_format: Literal["cloudevents", "legacy"] = "cloudevents"
    webhook_duplicate: bool = False
    webhook_reorder: bool = False
    webhook_drop: bool = False


@dataclass(frozen=True, slots=True)
class QboWebhookTarget:
    """Where notices of changes go, and the verifier token that signs them."""

    url: str
    verifier_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class QboSimulatorConfig:
    """Everything a QuickBooks simulator is started with.

    Attributes:
        latency_ms: How long each API answer takes at least. As with the real service, a
            client that makes one call after the other so never meets the limit of ten a
            second. Set it to 0, and raise the quotas, for tests that want speed.
        webhook: Absent, no notices are sent.
    """

    apps: tuple[QboAppSpec, ...] = field(default_factory=lambda: (QboAppSpec(),))
    companies: tuple[CompanySpec, ...] = field(default_factory=lambda: (FIRST_COMPANY,))
    quotas: QboQuotas = field(default_factory=QboQuotas)
    switches: QboSwitches = field(default_factory=QboSwitches)
    faults: tuple[FaultRule, ...] = ()
    latency_ms: int = 110
    webhook: QboWebhookTarget | None = None
