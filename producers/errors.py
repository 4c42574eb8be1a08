"""The errors of the producers, arranged by what the caller should do.

ProducerError
├── Unavailable          try again later
│   ├── SourceUnavailable    the database is away, or is a standby
│   └── BrokerUnavailable    Kafka did not acknowledge; what was sent may be stored or not
├── UnsupportedOutbox    upgrade the outbox, or install another release
└── LeaseTaken           another relay has the lease: stand by
    └── Fenced               that relay has begun to publish: our transaction is aborted
"""


class ProducerError(Exception):
    """The base of the errors of the producers."""


class Unavailable(ProducerError):
    """An external service is away and may come back."""


class SourceUnavailable(Unavailable):
    """The database can't be read at present."""


class BrokerUnavailable(Unavailable):
    """Kafka did not acknowledge everything; some of it may be stored. Publish all again."""


class UnsupportedOutbox(ProducerError):
    """The database has no outbox, or one of a version that this program does not know."""


class LeaseTaken(ProducerError):
    """Another relay reads this source."""


class Fenced(LeaseTaken):
    """Another relay publishes from this source; our open transaction will not be committed."""
