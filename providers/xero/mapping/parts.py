"""Which fields of a document are sent, and what every answered element has."""

from collections.abc import Mapping
from typing import Any

from providers.base import External, Write
from providers.xero.dates import milliseconds
from providers.xero.wire import Body, Element


def wants(write: Write, *fields: str) -> bool:
    """Whether any of these fields is sent: on create all are, later those that changed."""
    return write.external is None or not write.changed.isdisjoint(fields)


def chosen(write: Write, parts: Mapping[str, Mapping[str, Any]]) -> Body:
    """Merge the parts whose field is sent, without blanks on create.

    Args:
        parts: By field of the document, the members of Xero's element that carry it.
    """
    merged = {
        name: value
        for field, part in parts.items()
        if wants(write, field)
        for name, value in part.items()
    }
    if write.external is None:
        return {name: value for name, value in merged.items() if value not in ("", None)}
    return merged


def named(write: Write, id_field: str) -> Body:
    """Name the record that is changed; nothing on create."""
    return {id_field: write.external.id} if write.external else {}


def external(element: Element, id_field: str, *, code: str = "") -> External:
    """Read an element's own side of a link.

    Xero has no version that a write must name; the stamp of the last change stands in its
    place, for people.
    """
    stamp = element.get("UpdatedDateUTC")
    return External(
        id=element[id_field],
        sync_token=str(milliseconds(stamp)) if stamp else "",
        code=code,
    )
