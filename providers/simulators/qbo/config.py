"""What a QuickBooks simulator is started with: apps, companies, quotas, switches, faults.

A switch stands for a point on which Intuit is silent or contradicts itself; a client must
live with either position. The control API changes switches at run time.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from providers.simulators.control_characters import ControlCharacters
from providers.simulators.faults import FaultRule
from providers.simulators.minor_units import MinorUnits

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
    """A registered app.

    Attributes:
        client_id: Id of the app, unique.
        client_secret: Secret that the app proves itself with.
        redirect_uris: Addresses that consent may send the browser back to; empty allows
            any.
    """

    client_id: str = "qbo-simulator-client"
    client_secret: str = Field(default="qbo-simulator-secret", repr=False)
    redirect_uris: tuple[str, ...] = ()


class CompanySpec(FrozenModel):
    """A company to create.

    Attributes:
        realm: Realm id, 1 to 19 digits; drawn by the simulator when absent.
        name: Name of the company.
        country: ``US`` has automated sales tax; ``GB``, ``AU`` and ``CA`` have tax codes.
        currency: ISO code of the home currency; the country's own when absent.
        tax_percent: Percentage that automated sales tax adds to taxable lines of a US
            company.
        multicurrency: Whether foreign customers and vendors are allowed.
        custom_numbers: Whether sales forms keep a missing DocNumber missing, instead of
            getting the next one.
        books_closed_on: Last date of the closed period: writes dated on or before it are
            refused.
        class_tracking: Where a class may stand: on each line, on a sales form as a whole,
            or nowhere.
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
    """How many calls are admitted; None means without limit.

    Source: Intuit "API call limits and throttling", limits in force since 2025-10-31.

    Attributes:
        per_minute: Calls of all apps for one company in any 60 seconds.
        per_second: Calls of one app for one company in any second.
        in_flight: Calls for one company that are under way at once.
        batches_per_minute: Batches of one app for one company in any 60 seconds.
        batches_per_minute_all_apps: Batches of all apps for one company in any 60 seconds.
        coreplus_per_month: Metered reads of one app in a calendar month.
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
        idempotency_mode: What a repeated requestid does: ``on`` repeats the first answer,
            ``off`` ignores requestids, ``replay_fault_6000`` refuses the repeat with 6000.
        idempotency_ttl_s: Seconds for which a requestid is remembered.
        replay_faults: Whether a refusal is remembered under its requestid as well.
        unknown_property: Whether a top-level property that the entity lacks is refused or
            ignored.
        order_by_id: Whether ``ORDERBY Id`` is ignored or refused.
        startposition_zero: Whether ``STARTPOSITION 0`` means 1 or is refused with 4001.
        stale_list_synctoken: Whether queries show the sync token from before a write of the
            last seconds.
        query_total_count: Whether query answers carry ``totalCount``, the number of rows of
            the page.
        void_response: Whether a void is answered with the whole object or with its id and
            status.
        cdc_limit: The most objects of a change-data answer; the rest is cut without notice.
        cdc_max_age_days: Days that change data looks back at the most.
        cdc_too_old_code: Code of the fault for looking back further.
        throttle_body: Format of the body of a 429.
        retry_after: Whether a 429 has a Retry-After header.
        duplicate_name_detail: Which of the three recorded details a 6240 carries: with the
            id, with ``null`` for it, or as plain text.
        link_bumps_sync_token: Whether a payment raises the sync token of what it pays.
        balance_touches_names: Whether a changed balance moves LastUpdatedTime of the
            customer, vendor or item.
        reactivation_strips_suffix: Whether ``Active: true`` takes " (deleted)" off a name.
        inactive_names: Whether a record that becomes inactive frees its name, which then ends
            with " (deleted)", or keeps it from others.
        name_case: Whether names that differ in the case of letters only are one name or two.
        void_with_payment: Whether an invoice with a payment applied can't be voided (6000),
            or is and leaves the payment unapplied.
        query_typography: Whether en dashes and curly quotes in a query are refused with
            4000, or read as what they are.
        control_characters: Whether a text with control characters is refused with 2040 or
            loses them.
        minor_units: Whether amounts are rounded to the decimals of their currency, refused
            with 2090 when they have more, or have two decimals in every currency.
        rate_decimals: The decimals that an exchange rate keeps; None keeps all.
        foreign_deposit: Whether a payment may be deposited to an account that is neither in the
            company's currency nor in its own, or is refused with 6000.
        ref_name_style: Whether ``AccountRef.name`` is the full or the short name.
        class_ids: Whether ids of classes have 19 digits or count from 1.
        add_unknown_field: Whether objects carry a property that no documentation names.
        rotates_after_s: Age in seconds at which a refresh replaces the value of the refresh
            token; 0 makes every refresh replace it.
        old_value_grace_s: Seconds for which a replaced value goes on working; 0 ends it at
            once.
        pkce: Whether a code with a challenge needs its verifier.
        hard_expiry_always: Whether the five-year cap is reported without being asked for by
            header.
        webhook_format: Format of the body of webhook deliveries.
        webhook_duplicate: Whether every bundle is delivered twice.
        webhook_reorder: Whether the events of a bundle are delivered in reverse order.
        webhook_drop: Whether bundles are lost instead of delivered.
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
    inactive_names: Literal["freed", "kept"] = "freed"
    name_case: Literal["ignored", "heeded"] = "ignored"
    void_with_payment: Literal["refuse", "unlink"] = "refuse"
    query_typography: Literal["refuse", "accept"] = "refuse"
    control_characters: ControlCharacters = "refuse"
    minor_units: MinorUnits = "round"
    rate_decimals: int | None = None
    foreign_deposit: Literal["refuse", "accept"] = "refuse"
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
    """Where changes are announced.

    Attributes:
        url: Address that notices are posted to.
        verifier_token: Key that signs them.
    """

    url: str
    verifier_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class QboSimulatorConfig:
    """Everything a QuickBooks simulator is started with.

    Attributes:
        apps: Apps that may ask for consent.
        companies: Companies that exist from the start.
        quotas: How many calls are admitted.
        switches: Positions on what is undocumented.
        faults: Fault rules in force from the start.
        latency_ms: Least duration of an API answer in milliseconds. As with the real
            service, a client that makes one call after the other so never meets the limit
            of ten a second. Set it to 0, and raise the quotas, for tests that want speed.
        webhook: Where changes are announced; None announces none.
    """

    apps: tuple[QboAppSpec, ...] = field(default_factory=lambda: (QboAppSpec(),))
    companies: tuple[CompanySpec, ...] = field(default_factory=lambda: (FIRST_COMPANY,))
    quotas: QboQuotas = field(default_factory=QboQuotas)
    switches: QboSwitches = field(default_factory=QboSwitches)
    faults: tuple[FaultRule, ...] = ()
    latency_ms: int = 110
    webhook: QboWebhookTarget | None = None
