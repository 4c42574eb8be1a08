"""An entry of the audit trail, and the digest by which the next one depends on it."""

from dataclasses import astuple, dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

import orjson

FIRST: Final = b""
"""What the first entry of a chain has in place of a digest before it."""


class Outcome(StrEnum):
    """How what was done ended."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """Who did what, on what, when, and how it ended.

    Attributes:
        tenant: Whose chain it is in: the tenant whose rows were meant; empty where it was
            none, or not known.
        at: When, UTC.
        who_id: The principal's id, as `key:<id>`; `shell:<user>` for a command; `anonymous`.
        who: The principal's name, for people.
        what: The action: the route with its method, or the command.
        subject: What it was done to, as the caller named it; it may be empty.
        outcome: How it ended.
        detail: The HTTP status, or the kind of error; it may be empty.
        request_id: Ties it to the log lines of the request; empty for a command.
    """

    tenant: str
    at: datetime
    who_id: str
    who: str
    what: str
    subject: str
    outcome: Outcome
    detail: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """An entry in its place in the chain of its tenant.

    Attributes:
        seq: Its number in the chain, from 1, without gaps.
        entry: What was done.
        digest: The digest over the entry before it, its number, and itself.
    """

    seq: int
    entry: TrailEntry
    digest: bytes


def chained(entry: TrailEntry, *, seq: int, previous: bytes) -> ChainedEntry:
    """Return an entry in its place behind the one with the digest ``previous``."""
    return ChainedEntry(seq, entry, digest_of(entry, seq=seq, previous=previous))


def digest_of(entry: TrailEntry, *, seq: int, previous: bytes) -> bytes:
    """Return the SHA-256 digest of an entry behind the one with the digest ``previous``.

    The fields are a JSON list, so that no text can pass for two of them.
    """
    said = orjson.dumps([previous.hex(), seq, *astuple(entry)], option=orjson.OPT_UTC_Z)
    return sha256(said).digest()
