"""Asking for names and numbers, and which of the records found is fit to be a document's."""

from collections.abc import Sequence
from typing import Any

from providers.keys import folded_key
from providers.qbo.client import QboClient
from providers.qbo.preflight_errors import inactive
from providers.qbo.query import exactly, loosely, one_of, same_as, where
from providers.wire import Record


async def named(
    client: QboClient,
    entity: str,
    name: str,
    values: Sequence[str],
    *conditions: str,
    columns: str = "*",
) -> list[Record]:
    """Return the records that have one of these names or numbers, those of the first first.

    Where there are none, those are asked for that people may have spelled with other blanks
    or in another Unicode form, which a query tells apart.
    """
    asked = where(one_of(name, values), *conditions)
    found = exactly(await client.query(entity, asked, columns=columns), name, *values)
    loose = loosely(name, values) if not found else None
    if loose:
        asked = where(loose, *conditions)
        found = same_as(await client.query(entity, asked, columns=columns), name, *values)
    order = {folded_key(value): place for place, value in enumerate(values)}
    return sorted(found, key=lambda record: order.get(folded_key(record.get(name, "")), 0))


def in_use(found: list[Any], name: str, kind: str) -> Record | None:
    """Return the first record in use; ``None`` where nothing was found at all.

    Raises:
        NeedsPerson: ``record_inactive``, all that was found is out of use.
    """
    active = next((record for record in found if record.get("Active", True)), None)
    if found and not active:
        raise inactive(name, kind.lower(), found[0]["Id"])
    return active
