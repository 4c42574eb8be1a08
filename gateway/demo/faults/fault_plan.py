"""What goes wrong in a demo, decided beforehand: providers' faults, blows to processes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gateway.demo.business.scenario import QBO, XERO
from schemas.ids import ProviderName


class FaultLevel(StrEnum):
    """How much goes wrong."""

    NONE = "none"
    SOME = "some"
    MANY = "many"


class Trouble(StrEnum):
    """What kind of fault a provider throws; the simulators' own words."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    UNAVAILABLE = "unavailable"
    DROP_AFTER = "drop_after_commit"
    EXPIRE_TOKEN = "expire_token"  # noqa: S105  the name of a fault


class Target(StrEnum):
    """What a blow hits."""

    QBO_WORKER = "worker qbo"
    XERO_WORKER = "worker xero"
    RELAY = "relay"
    INTAKE = "worker intake"
    KAFKA = "Kafka"
    POSTGRES = "PostgreSQL"


SERVICES: Final = frozenset({Target.KAFKA, Target.POSTGRES})


@dataclass(frozen=True, slots=True)
class ProviderFault:
    """A fault that a simulator throws: which one, and the selectors of its rule."""

    provider: ProviderName
    trouble: Trouble
    selectors: tuple[tuple[str, Any], ...]

    def rule(self, number: int) -> dict[str, Any]:
        """Give the rule as the control API takes it."""
        name = f"{number}-{self.trouble}"
        return {"name": name, "kind": self.trouble.value, **dict(self.selectors)}


@dataclass(frozen=True, slots=True)
class Blow:
    """A process that is killed, or a service that is restarted, in the middle.

    Attributes:
        at: When: the share of all documents that agree by then.
    """

    target: Target
    at: float


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Everything that will go wrong; blows in the order of time."""

    provider_faults: tuple[ProviderFault, ...] = ()
    blows: tuple[Blow, ...] = ()


def plan_faults(level: FaultLevel, *, embedded: frozenset[Target] = SERVICES) -> FaultPlan:
    """Decide what goes wrong.

    Args:
        embedded: The services that are ours to restart; others are left alone.
    """
    if level is FaultLevel.NONE:
        return FaultPlan()
    if level is FaultLevel.SOME:
        return FaultPlan(_SOME, (Blow(Target.QBO_WORKER, 0.4),))
    blows = [blow for blow in _MANY_BLOWS if blow.target not in SERVICES - embedded]
    return FaultPlan((*_SOME, *_MANY), tuple(blows))


def _fault(provider: ProviderName, trouble: Trouble, **selectors: Any) -> ProviderFault:
    return ProviderFault(provider, trouble, tuple(selectors.items()))


# The calls of a small run are counted on, so that each of these strikes in any run. QuickBooks
# takes one document a call, Xero up to 50.
_SOME: Final = (
    _fault(QBO, Trouble.SERVER_ERROR, method="POST", path="/(customer|invoice)", nth=2),
    _fault(QBO, Trouble.DROP_AFTER, method="POST", path="/invoice", nth=3),
    _fault(QBO, Trouble.DROP_AFTER, method="POST", path="/payment", nth=1),
    _fault(QBO, Trouble.RATE_LIMITED, method="POST", path="/v3/", nth=20, retry_after_s=3),
    _fault(QBO, Trouble.EXPIRE_TOKEN, path="/v3/", nth=12),
    _fault(XERO, Trouble.DROP_AFTER, path="/Invoices", method="PUT", nth=1),
    _fault(XERO, Trouble.SERVER_ERROR, path="/Contacts", method="PUT", nth=1),
    _fault(
        XERO,
        Trouble.RATE_LIMITED,
        path="/api.xro/",
        nth=14,
        retry_after_s=3,
        problem="minute",
    ),
    _fault(XERO, Trouble.EXPIRE_TOKEN, path="/api.xro/", nth=9),
)
_MANY: Final = (
    _fault(QBO, Trouble.DROP_AFTER, method="POST", path="/v3/", probability=0.05, seed=1),
    _fault(XERO, Trouble.DROP_AFTER, path="/api.xro/", probability=0.05, seed=2),
    _fault(QBO, Trouble.UNAVAILABLE, path="/v3/", every=61, at_most=6, retry_after_s=2),
    _fault(XERO, Trouble.UNAVAILABLE, path="/api.xro/", every=17, at_most=4, retry_after_s=2),
)
_MANY_BLOWS: Final = (
    Blow(Target.RELAY, 0.15),
    Blow(Target.INTAKE, 0.25),
    Blow(Target.QBO_WORKER, 0.35),
    Blow(Target.XERO_WORKER, 0.45),
    Blow(Target.KAFKA, 0.55),
    Blow(Target.POSTGRES, 0.7),
)
