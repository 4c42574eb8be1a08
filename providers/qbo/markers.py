"""The note by which a QuickBooks transaction is known to be one of our documents."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from providers.wire import Record

PREFIX: Final = "ledgerlane:"
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # these two end lines, too


def note(document_id: str, reference: str = "") -> str:
    """Return the private note of a document: the marker on its own line, then the reference."""
    return "\n".join(filter(None, (_mark(document_id), reference)))


def is_marked(private_note: str, document_id: str) -> bool:
    """Return whether a note, which people may have written in as well, marks this document.

    Voiding puts a word before the note, so a line only has to end with the marker.
    """
    mark = _mark(document_id)
    return any(line.rstrip().endswith(mark) for line in private_note.splitlines())


def first_marked(found: Iterable[Record], document_id: str) -> Record | None:
    """Return the first of these records that carries the marker of this document."""
    return next((r for r in found if is_marked(r.get("PrivateNote", ""), document_id)), None)


def _mark(document_id: str) -> str:
    """Return the marker; control characters in an id are written as addresses have them."""
    return PREFIX + _CONTROLS.sub(lambda found: quote(found[0]), document_id)
