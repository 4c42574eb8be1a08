"""Finding customers and vendors: by name, inactive ones included.

Source: Intuit Accounting API, Customer and Vendor entities, "Data queries", read 2026-11.
"""

from providers.qbo.client import QboClient
from providers.qbo.lookup.candidates import in_use
from providers.qbo.mapping.party import DELETED_SUFFIX, clash_name, display_name
from providers.qbo.query import ACTIVE_OR_NOT, exactly, one_of, where
from providers.wire import Record
from schemas.documents.party import Party


async def find_party(client: QboClient, party: Party) -> Record | None:
    """Return the record of this name, or of what it becomes where the other kind has it.

    Raises:
        NeedsPerson: ``record_inactive``, there is one, but it is out of use.
    """
    name = display_name(party)
    entity = type(party).__name__
    names = [name, clash_name(name, entity), name + DELETED_SUFFIX]
    found = await client.query(entity, where(one_of("DisplayName", names), ACTIVE_OR_NOT))
    return in_use(exactly(found, "DisplayName", *names), name, entity)
