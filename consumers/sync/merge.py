"""Three-way comparison of documents, field by field.

A field is a field of the document's model. Lines are one field for now: two sides that edit
different lines of one invoice overlap.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from schemas.documents.document import Document

NOTHING: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What each side changed since both agreed. No field is in two of the sets.

    A field that both changed to the same value is in none.

    Attributes:
        platform: The fields that only the platform changed.
        ledger: The fields that only the ledger changed.
        overlap: The fields that both changed, to different values. Where the changes of both
            sides can't stand in one valid document, all changed fields are here.
    """

    platform: frozenset[str] = NOTHING
    ledger: frozenset[str] = NOTHING
    overlap: frozenset[str] = NOTHING


def compare(
    base: Document | None, desired: Document | None, observed: Document | None
) -> Comparison:
    """Return what each side changed since ``base``.

    Args:
        base: What both sides agreed on. Without it every field in which they differ overlaps,
            as it can't be known which of them changed it.
        desired: The platform's document; ``None`` where the platform changed nothing.
        observed: The ledger's document; ``None`` where the ledger changed nothing.
    """
    ours, theirs = changed_fields(base, desired), changed_fields(base, observed)
    if desired is None or observed is None:
        return Comparison(platform=ours, ledger=theirs)
    apart = desired.changed_fields(observed)
    ours, theirs = ours & apart, theirs & apart
    # Fields may bind each other: discount and lines, lines and total. Whoever wins what
    # overlaps, the document must be valid; else the two sides' changes are taken as a whole.
    # A total that the ledger only shows beside its lines binds nothing: it follows them.
    held = as_said_in(base, observed)
    if_ledger_wins = with_fields(held, desired, ours - theirs)
    if_platform_wins = with_fields(held, desired, ours)
    if if_ledger_wins is None or if_platform_wins is None:
        return Comparison(overlap=ours | theirs)
    return Comparison(ours - theirs, theirs - ours, ours & theirs)


def changed_fields(base: Document | None, document: Document | None) -> frozenset[str]:
    """Return the fields that ``base`` has otherwise; all of them where there is no base.

    What is only said otherwise is no change: written again it would do nothing, or be refused
    because the document is paid by now.
    """
    if document is None:
        return NOTHING
    if base is None:
        return frozenset(type(document).model_fields)
    return document.changed_fields(base)


def as_said_in(base: Document | None, document: Document) -> Document:
    """Return ``document`` with what it only says otherwise than ``base`` said as there."""
    if base is None:
        return document
    return with_fields(document, base, document.said_otherwise(base)) or document


def with_fields(
    document: Document, source: Document, names: AbstractSet[str]
) -> Document | None:
    """Return ``document`` with these fields of ``source``; ``None`` if that is not valid."""
    own = {name: getattr(document, name) for name in type(document).model_fields}
    try:
        return type(document).model_validate(own | {n: getattr(source, n) for n in names})
    except ValidationError:
        return None
