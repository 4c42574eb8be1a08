"""Remarks: what was changed in a document so that a ledger takes it; never money.

A record that agrees with remarks is agreed; they are shown beside its state. Which rules there
are is told by `docs/what-we-change.md`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import orjson

LONGEST_EXCERPT: Final = 120  # characters of what was said, and of what was sent
_MOST: Final = 50  # of one document; the last one tells how many there are beyond
_MORE: Final = "more"


@dataclass(frozen=True, slots=True)
class Remark:
    """One field of a document that the ledger got in another form.

    Attributes:
        code: What was done, in snake case, such as ``shortened``.
        field: The field of the document, such as ``lines.0.description``.
        said: The beginning of what the platform said.
        sent: The beginning of what the ledger got; empty where it got nothing.
    """

    code: str
    field: str
    said: str
    sent: str

    def as_dict(self) -> dict[str, str]:
        """Return the remark as plain JSON."""
        return {"code": self.code, "field": self.field, "said": self.said, "sent": self.sent}


def remark(code: str, field: str, said: str, sent: str) -> Remark:
    """Return a remark with the beginnings of both texts, so that it is small in any case."""
    return Remark(code, field, _excerpt(said), _excerpt(sent))


def bounded(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """Return the first remarks, and how many there are beyond."""
    found = tuple(remarks)
    if len(found) <= _MOST:
        return found
    beyond = len(found) - _MOST + 1
    return (*found[: _MOST - 1], Remark(_MORE, "", f"{beyond} more remarks", ""))


def encode_remarks(remarks: Iterable[Remark]) -> str | None:
    """Return remarks as the JSON text that is stored; ``None`` where there are none."""
    plain = [one.as_dict() for one in remarks]
    return orjson.dumps(plain).decode() if plain else None


def read_remarks(stored: str | None) -> tuple[Remark, ...]:
    """Return remarks that were stored."""
    return tuple(Remark(**one) for one in orjson.loads(stored or "[]"))


def _excerpt(text: str) -> str:
    return text if len(text) <= LONGEST_EXCERPT else text[: LONGEST_EXCERPT - 1] + "…"
