"""Whether a record that was once in a ledger is still there."""

from enum import StrEnum


class Presence(StrEnum):
    """Whether the ledger's record is there. A name out of use is: its document says so."""

    PRESENT = "present"
    VOIDED = "voided"
    DELETED = "deleted"
