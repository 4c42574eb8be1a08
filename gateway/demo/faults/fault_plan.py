"""The fault plan of a demo: faults of providers, and faults of processes."""

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


class FaultKind(StrEnum):
    """The kind of a provider's fault, in the simulators' words."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    UNAVAILABLE = "unavailable"
    DROP_AFTER = "drop_after_commit"
    EXPIRE_TOKEN = "expire_token"  # noqa: S105  the name of a fault


class Target(StrEnum):
    """The process or service that a process fault concerns."""

    QBO_WORKER = "worker qbo"
    XERO_WORKER = "worker xero"
    RELAY = "relay"
    INTAKE = "worker intake"
    KAFKA = "Kafka"
    POSTGRES = "PostgreSQL"


SERVICES: Final = frozenset({Target.KAFKA, Target.POSTGRES})


@dataclass(frozen=True, slots=True)
class ProviderFault:
    """A fault of a simulator: its kind, and the selectors of its rule."""

    provider: ProviderName
    kind: FaultKind
    selectors: tuple[tuple[str, Any], ...]

    def rule(self, number: int) -> dict[str, Any]:
        """Return the rule as the control API takes it."""
        name = f"{number}-{self.kind}"
        return {"name": name, "kind": self.kind.value, **dict(self.selectors)}


@dataclass(frozen=True, slots=True)
class ProcessFault:
    """A process that is killed, or a service that is restarted, during the run.

    Attributes:
        at: The share of all documents, from 0 to 1, that are settled when it happens.
    """

    target: Target
    at: float


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """All faults of a run; process faults in the order of time."""

    provider_faults: tuple[ProviderFault, ...] = ()
    process_faults: tuple[ProcessFault, ...] = ()


def plan_faults(level: FaultLevel, *, embedded: frozenset[Target] = SERVICES) -> FaultPlan:
    """Return the fault plan of a level.

    Args:
        embedded: The services that the demo may restart; given services are not restarted.
    """
    if level is FaultLevel.NONE:
        return FaultPlan()
    if level is FaultLevel.SOME:
        return FaultPlan(_SOME, (ProcessFault(Target.QBO_WORKER, 0.4),))
    faults = [
        fault for fault in _MANY_PROCESS_FAULTS if fault.target not in SERVICES - embedded
    ]
    return FaultPlan((*_SOME, *_MANY), tuple(faults))


def _fault(provider: ProviderName, kind: FaultKind, **selectors: Any) -> ProviderFault:
    return ProviderFault(provider, kind, tuple(selectors.items()))


# The calls of a small run are counted on, so that each of these strikes in any run. QuickBooks
# takes one document a call, Xero up to 50.
_SOME: Final = (
    _fault(QBO, FaultKind.SERVER_ERROR, method="POST", path="/(customer|invoice)", nth=2),
    _fault(QBO, FaultKind.DROP_AFTER, method="POST", path="/invoice", nth=3),
    _fault(QBO, FaultKind.DROP_AFTER, method="POST", path="/payment", nth=1),
    _fault(QBO, FaultKind.RATE_LIMITED, method="POST", path="/v3/", nth=20, retry_after_s=3),
    _fault(QBO, FaultKind.EXPIRE_TOKEN, path="/v3/", nth=12),
    _fault(XERO, FaultKind.DROP_AFTER, path="/Invoices", method="PUT", nth=1),
    _fault(XERO, FaultKind.SERVER_ERROR, path="/Contacts", method="PUT", nth=1),
    _fault(
        XERO,
        FaultKind.RATE_LIMITED,
        path="/api.xro/",
        nth=14,
        retry_after_s=3,
        problem="minute",
    ),
    _fault(XERO, FaultKind.EXPIRE_TOKEN, path="/api.xro/", nth=9),
)
_MANY: Final = (
    _fault(QBO, FaultKind.DROP_AFTER, method="POST", path="/v3/", probability=0.05, seed=1),
    _fault(XERO, FaultKind.DROP_AFTER, path="/api.xro/", probability=0.05, seed=2),
    _fault(QBO, FaultKind.UNAVAILABLE, path="/v3/", every=61, at_most=6, retry_after_s=2),
    _fault(XERO, FaultKind.UNAVAILABLE, path="/api.xro/", every=17, at_most=4, retry_after_s=2),
)
_MANY_PROCESS_FAULTS: Final = (
    ProcessFault(Target.RELAY, 0.15),
    ProcessFault(Target.INTAKE, 0.25),
    ProcessFault(Target.QBO_WORKER, 0.35),
    ProcessFault(Target.XERO_WORKER, 0.45),
    ProcessFault(Target.KAFKA, 0.55),
    ProcessFault(Target.POSTGRES, 0.7),
)
