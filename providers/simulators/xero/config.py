"""What a Xero simulator is set to: apps, organisations, limits, and the unsure points.

Where Xero's behaviour is documented the default is the documented one. The fields of
`XeroSwitches` are the points that Xero does not document or on which reports disagree; a client
must survive both positions of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from providers.simulators.faults import FaultRule

Country = Literal["NZ", "GB", "AU"]


@dataclass(frozen=True, slots=True)
class XeroAppSpec:
    """An app as the developer portal knows it.

    Attributes:
        client_secret: None for a PKCE app, which never has one.
        redirect_uris: Allowed callback addresses; empty allows any.
        broad_scopes: Whether the app may still ask for the scopes that granular ones replaced
            (apps made before March 2026 may).
    """

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    redirect_uris: tuple[str, ...] = ()
    broad_scopes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationSpec:
    """An organisation as it is before the first call.

    Attributes:
        tenant_id: A GUID; made up when absent.
        period_lock_date: The last day that only advisers may still write to.
        end_of_year_lock_date: The last day that nobody may write to any more.
        foreign_currencies: Currencies besides the base one, with the rate of the day.
        tracking: Options by name of tracking category, at most two categories.
    """

    name: str
    country: Country = "NZ"
    tenant_id: str | None = None
    period_lock_date: date | None = None
    end_of_year_lock_date: date | None = None
    foreign_currencies: Mapping[str, Decimal] = field(
        default_factory=lambda: {"USD": Decimal("0.6")}
    )
    tracking: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"Region": ("North", "South")}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """How long what lives. ``refresh_grace`` None: a rotated refresh token is dead at once."""

    code: timedelta = timedelta(minutes=5)
    access: timedelta = timedelta(minutes=30)
    refresh_unused: timedelta = timedelta(days=60)
    refresh_grace: timedelta | None = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroQuotas:
    """Calls an app may make; ``calls_per_day`` is 1,000 on the Starter tier.

    Attributes:
        window: ``fixed`` starts at an organisation's first call, as documented; ``sliding`` is
            stricter: no 60 seconds, wherever they start, hold more.
        retry_after_on_concurrency: Whether a refusal for concurrency names a waiting time.
    """

    in_flight: int = 5
    calls_per_minute: int = 60
    calls_per_day: int = 5_000
    app_calls_per_minute: int = 10_000
    window: Literal["fixed", "sliding"] = "sliding"
    retry_after_on_concurrency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRules:
    """For how long and for whom an Idempotency-Key is remembered."""

    scope: Literal["app", "token", "off"] = "app"
    window: timedelta = timedelta(minutes=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroSwitches:
    """The points that Xero leaves open.

    Attributes:
        line_rounding: How quantity times price is rounded to cents.
        modified_since_inclusive: Whether the second named by If-Modified-Since counts.
        deleted_payments_in_lists: Whether deleted payments come back in lists.
        reuse_voided_numbers: Whether the number of a voided or deleted sales invoice is free.
        bill_post_with_known_number: What a POST of a bill with the number of another does.
        archived_contact: What a document for an archived contact is refused with.
        reconciled_payment_delete: Whether a reconciled payment may be deleted.
        payment_reference_length: The longest ``Payment.Reference``; None for no limit.
        client_total: What becomes of a sent ``Total`` that differs from the computed one.
        payments_raise_invoice_events: Whether a payment or credit shows up as INVOICE webhook.
        webhook_duplicates: Whether every webhook is delivered twice.
        bulk_connections: Whether one consent may connect several organisations.
    """

    line_rounding: Literal["half_up", "half_even", "down"] = "half_up"
    modified_since_inclusive: bool = True
    deleted_payments_in_lists: bool = True
    reuse_voided_numbers: bool = False
    bill_post_with_known_number: Literal["create", "update"] = "create"
    archived_contact: str = "The contact is archived and can't be used on new transactions"
    reconciled_payment_delete: Literal["refuse", "allow"] = "refuse"
    payment_reference_length: int | None = None
    client_total: Literal["ignore", "refuse"] = "ignore"
    payments_raise_invoice_events: bool = True
    webhook_duplicates: bool = False
    bulk_connections: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroWebhookTarget:
    """Where webhooks go, and how they are signed.

    Attributes:
        retry_delays_s: Seconds before each further try; after the last the webhook is disabled.
            Xero's own start at 15 minutes and go on for a day.
    """

    url: str
    signing_key: str = field(repr=False)
    retry_delays_s: tuple[float, ...] = (900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0)


DEMO_APP = XeroAppSpec("xero-simulator-app", "xero-simulator-secret")
"""The app that a simulator knows unless told otherwise."""

DEMO_ORGANISATIONS = (
    OrganisationSpec(name="Maple Florist", country="NZ"),
    OrganisationSpec(name="Harbour Cafe", country="GB"),
    OrganisationSpec(name="Coastal Cycles", country="AU"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroSimulatorConfig:
    """Everything a simulator is made of.

    Attributes:
        high_volume_wall: Records above which a list refuses filters that aren't optimised, as
            Xero does above 100,000; None for no wall.
        webhook: Absent, no webhooks are sent.
        latency: Real time that every API call takes, so that calls overlap as they do outside.
    """

    apps: tuple[XeroAppSpec, ...] = (DEMO_APP,)
    organisations: tuple[OrganisationSpec, ...] = DEMO_ORGANISATIONS
    tokens: TokenRules = TokenRules()
    quotas: XeroQuotas = XeroQuotas()
    idempotency: IdempotencyRules = IdempotencyRules()
    switches: XeroSwitches = XeroSwitches()
    high_volume_wall: int | None = None
    faults: tuple[FaultRule, ...] = ()
    webhook: XeroWebhookTarget | None = None
    latency: timedelta = timedelta()
