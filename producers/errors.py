"""What can go wrong in a producer, by what to do next.

ProducerError
├── Unavailable          try again later; nothing was promised
│   ├── SourceUnavailable    the database is away, or not one to read from
│   └── BrokerUnavailable    the broker did not acknowledge; what was sent may be there or not
└── LeaseTaken           another relay has the lease: stand by
    └── Fenced               it has begun to publish, too: nothing of ours will be seen
"""


class ProducerError(Exception):
    """Base of the errors of the producers."""


class Unavailable(ProducerError):
    """Something outside is away and may come back."""


class SourceUnavailable(Unavailable):
    """The database can't be read from now."""


class BrokerUnavailable(Unavailable):
    """Kafka did not acknowledge everything; some of it may be stored, so send all again."""


class LeaseTaken(ProducerError):
    """Another relay reads this source."""


class Fenced(LeaseTaken):
    """Another relay publishes from this source; our transaction under way comes to nothing."""
