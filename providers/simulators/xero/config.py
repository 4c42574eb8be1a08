"""What a Xero simulator is set to: apps, organisations, limits, and what is undocumented.

Where Xero's behaviour is documented the default is the documented one. The fields of
`XeroSwitches` are the points that Xero does not document or on which reports disagree; a client
must survive both positions of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from providers.simulators.control_characters import ControlCharacters
from providers.simulators.faults import FaultRule
from providers.simulators.minor_units import MinorUnits

Country = Literal["NZ", "GB", "AU"]


@dataclass(frozen=True, slots=True)
class XeroAppSpec:
    """An app as the developer portal knows it.

    Attributes:
        client_id: Id of the app, unique.
        client_secret: Secret that the app proves itself with; None for a PKCE app, which
            has none.
        redirect_uris: Addresses that consent may send the browser back to; empty allows
            any.
        broad_scopes: Whether the app may still ask for the scopes that granular ones
            replaced, as apps made before March 2026 may.
    """

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    redirect_uris: tuple[str, ...] = ()
    broad_scopes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationSpec:
    """An organisation as it is before the first call.

    Attributes:
        name: Name of the organisation.
        country: Country, which sets currency, time zone and tax codes.
        tenant_id: Tenant id, a GUID; drawn by the simulator when absent.
        period_lock_date: Last day of the period in which only advisers may write.
        end_of_year_lock_date: Last day of the period in which no user may write.
        foreign_currencies: Rate of the day of each further currency, in its own units per
            unit of the base currency, by ISO code.
        tracking: Options by name of the tracking category; at most two categories.
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
    """How long codes and tokens live.

    Attributes:
        code: Life of an authorisation code.
        access: Life of an access token.
        refresh_unused: Life of a refresh token that is not used.
        refresh_grace: Time that a refresh token stays good after its first use; None ends
            it at once.
    """

    code: timedelta = timedelta(minutes=5)
    access: timedelta = timedelta(minutes=30)
    refresh_unused: timedelta = timedelta(days=60)
    refresh_grace: timedelta | None = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroQuotas:
    """How many calls are admitted.

    Attributes:
        in_flight: Calls of one app at one organisation that are under way at once.
        calls_per_minute: Calls of one app at one organisation in a minute.
        calls_per_day: Calls of one app at one organisation in a day; 1,000 on the Starter
            tier.
        app_calls_per_minute: Calls of one app at all organisations in a minute.
        window: What a minute is: ``fixed`` starts at the first call, as documented;
            ``sliding`` is stricter: no 60 seconds, wherever they start, hold more.
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
    """How an Idempotency-Key is remembered.

    Attributes:
        scope: What keys are kept apart by: the app or the access token; ``off`` ignores
            keys.
        window: Time for which a key is remembered.
    """

    scope: Literal["app", "token", "off"] = "app"
    window: timedelta = timedelta(minutes=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroSwitches:
    """Positions on the points that Xero leaves open.

    Attributes:
        line_rounding: How quantity times price is rounded to cents.
        modified_since_inclusive: Whether a change in the very second that If-Modified-Since
            names counts.
        deleted_payments_in_lists: Whether deleted payments come back in lists.
        reuse_voided_numbers: Whether the number of a voided or deleted sales invoice is
            free again.
        bill_post_with_known_number: Whether a POST of a bill with the number of another
            creates or updates.
        archived_contact: Message that a document for an archived contact is refused with.
        reconciled_payment_delete: Whether a reconciled payment may be deleted.
        payment_reference_length: The most characters of ``Payment.Reference``; None for no
            limit.
        client_total: Whether a sent ``Total`` that differs from the computed one is ignored
            or refused.
        trims_numbers: Whether numbers and codes lose the spaces around them.
        minor_units: Whether amounts are rounded to the decimals of their currency, refused
            when they have more, or have two decimals in every currency, as Xero's page on
            rounding has it.
        control_characters: Whether a text with control characters is refused or loses
            them.
        payments_raise_invoice_events: Whether a payment or credit is announced as an
            INVOICE webhook.
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
    trims_numbers: bool = True
    minor_units: MinorUnits = "round"
    control_characters: ControlCharacters = "refuse"
    payments_raise_invoice_events: bool = True
    webhook_duplicates: bool = False
    bulk_connections: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroWebhookTarget:
    """Where changes are announced.

    Attributes:
        url: Address that webhooks are posted to.
        signing_key: Key that signs them.
        retry_delays_s: Seconds before each further try; after the last the webhook is
            disabled. Xero's own start at 15 minutes and go on for a day.
    """

    url: str
    signing_key: str = field(repr=False)
    retry_delays_s: tuple[float, ...] = (900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0)


DEMO_APP = XeroAppSpec("xero-simulator-app", "xero-simulator-secret")
"""The app that a simulator knows by default."""

DEMO_ORGANISATIONS = (
    OrganisationSpec(name="Maple Florist", country="NZ"),
    OrganisationSpec(name="Harbour Cafe", country="GB"),
    OrganisationSpec(name="Coastal Cycles", country="AU"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroSimulatorConfig:
    """Everything a simulator is made of.

    Attributes:
        apps: Apps that may ask for consent.
        organisations: Organisations that exist from the start.
        tokens: How long codes and tokens live.
        quotas: How many calls are admitted.
        idempotency: How an Idempotency-Key is remembered.
        switches: Positions on what is undocumented.
        high_volume_wall: Number of records above which a list refuses filters that are not
            optimised, as Xero does above 100,000; None never refuses.
        faults: Fault rules in force from the start.
        webhook: Where changes are announced; None announces none.
        latency: Real time that every API call takes at least, so that calls overlap as they
            do outside.
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
