"""How a demo may end that is not as it should be.

Refusal
└── BooksDiffer    the run is over, and the two sides do not agree
"""

from gateway.errors import Refusal


class BooksDiffer(Refusal):
    """The books do not agree; what differs has been shown."""
