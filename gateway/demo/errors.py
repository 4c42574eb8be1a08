"""The errors in which a demo may end.

Refusal
└── BooksDiffer    the run is over, and the two sides do not agree
"""

from gateway.errors import Refusal


class BooksDiffer(Refusal):
    """The books do not agree; the differences have been printed."""
