"""The refusals of the program, each with one line that says why and what to do.

Refusal
├── WrongSetting         a variable of the environment can't be used
├── DatabaseUnreachable  no answer from PostgreSQL
├── BrokerUnreachable    no answer from Kafka
├── NotMigrated          the database is not at this program's revision
├── UnsafeRole           the database's role would not keep tenants apart
├── WrongTopics          the broker's topics are not those of the catalogue
├── PortInUse            another program listens on the port
├── NotConfigured        we are not registered at the provider
├── NotConnected         a company could not be connected
│   ├── CompanyTaken     another tenant has it
│   └── AlreadyConnected another company of the tenant stands in the way
├── NoSuchConnectSession no connect session is there, or it is over
├── ForeignBrowser       a connect session was begun in another browser
├── ConsentExpired       a provider's answer came too late for its connect session
├── WrongChoice          what was chosen in a connect session was not offered
├── ReturnNotRegistered  the address to return to is not one of ours
├── NoSuchConnection     no connection of the tenant has this id
├── ConnectionRequired   the tenant has no usable connection at the provider
├── NoSuchDeadLetter     no dead letter has this id
├── NoSuchRun            the tenant has no run with this id
├── UnknownDocuments     documents were announced to no company
├── NoSuchKey            no key of the API has this id
├── NoSuchClient         no integrator has this id
├── TrailChanged         the audit trail is not as it was written
└── ValveNotTripped      the lane does not rest
"""

from collections.abc import Sequence
from uuid import UUID


class Refusal(Exception):
    """The program can't do what it was asked; the message is written for a person."""


class WrongSetting(Refusal):
    """Variables of the environment can't be used; the message names each of them."""


class DatabaseUnreachable(Refusal):
    """PostgreSQL did not answer, or refused us."""


class BrokerUnreachable(Refusal):
    """Kafka did not answer."""


class NotMigrated(Refusal):
    """The database is not at the revision that this program was written for."""


class UnsafeRole(Refusal):
    """The role that the product works under would not keep tenants apart in the database."""


class WrongTopics(Refusal):
    """Topics of the catalogue are missing, or have other partition counts."""


class PortInUse(Refusal):
    """Another program listens on the port."""


class NotConfigured(Refusal):
    """We have no client id, secret and redirect URI for the provider."""


class NotConnected(Refusal):
    """A company could not be connected, and nothing was stored."""


class CompanyTaken(NotConnected):
    """The company belongs to another tenant, and a company never belongs to two."""


class AlreadyConnected(NotConnected):
    """The tenant has another company, and may have one at the provider."""


class NoSuchConnectSession(Refusal):
    """No connect session has this address, state or id."""


class ForeignBrowser(Refusal):
    """The connect session was begun in another browser than the one that asks."""


class ConsentExpired(Refusal):
    """A provider's answer came after the time in which it is taken."""

    def __init__(self, return_url: str, session_id: UUID) -> None:
        super().__init__("the consent took longer than it may; begin again on the platform")
        self.return_url = return_url
        self.session_id = session_id


class WrongChoice(Refusal):
    """What was chosen in a connect session was not offered there."""


class NoSuchConnection(Refusal):
    """No connection of the tenant has the id."""


class ReturnNotRegistered(Refusal):
    """The address to return to after a consent is not registered in the settings."""


class ConnectionRequired(Refusal):
    """The tenant has no connection at the provider through which we may act."""


class NoSuchDeadLetter(Refusal):
    """No dead letter has the id."""


class NoSuchKey(Refusal):
    """No key of the API has the id."""


class NoSuchClient(Refusal):
    """No integrator has the id."""


class TrailChanged(Refusal):
    """Entries of the audit trail were changed, added or taken out."""


class NoSuchRun(Refusal):
    """The tenant has no run with the id."""


class UnknownDocuments(Refusal):
    """Documents were announced to none of the tenant's companies at the provider.

    Args:
        places: Where they stand in the list that was asked for, from 0.
    """

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__(f"{len(places)} documents were announced to no company")
        self.places = places


class ValveNotTripped(Refusal):
    """The realm's lane does not rest, so there is nothing to release."""
