"""Finding customers and vendors: by name, inactive ones included.

Source: Intuit Accounting API, Customer and Vendor entities, "Data queries", read 2026-11.
"""

from providers.base import LookUpKeys
from providers.qbo.client import QboClient
from providers.qbo.lookup.candidates import in_use, named
from providers.qbo.mapping.party import DELETED_SUFFIX, clash_name
from providers.qbo.query import ACTIVE_OR_NOT
from providers.wire import Record
from schemas.documents.party import Party


async def find_party(client: QboClient, party: Party, keys: LookUpKeys) -> Record | None:
    """Return the record of its own name, of its name, or of that with the kind behind.

    Raises:
        NeedsPerson: ``record_inactive``, there is one, but it is out of use.
    """
    name, entity = keys.sent, type(party).__name__
    names = [*keys.all, clash_name(name, entity), name + DELETED_SUFFIX]
    found = await named(client, entity, "DisplayName", names, ACTIVE_OR_NOT)
    return in_use(found, name, entity)
