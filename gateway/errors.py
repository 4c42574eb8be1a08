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
├── ConnectionRequired   the tenant has no usable connection at the provider
├── NoSuchDeadLetter     no dead letter has this id
├── NoSuchRun            the tenant has no run with this id
├── UnknownDocuments     documents were announced to no company
├── NoSuchKey            no key of the API has this id
└── ValveNotTripped      the lane does not rest
"""

from collections.abc import Sequence


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


class ConnectionRequired(Refusal):
    """The tenant has no connection at the provider through which we may act."""


class NoSuchDeadLetter(Refusal):
    """No dead letter has the id."""


class NoSuchKey(Refusal):
    """No key of the API has the id."""


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
