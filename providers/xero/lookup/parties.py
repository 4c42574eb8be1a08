"""Finding customers and vendors: by our mark, then by exact name, archived ones included.

A contact may be a customer and a vendor at once, so a vendor takes the customer's contact of
the same name as its own, and the other way round.

Source: Xero developer page "Contacts", read 2026-09; following ``MergedToContactID`` as Xero
staff advise.
"""

import unicodedata
from collections.abc import Sequence
from functools import partial

from providers.base import External, Result, Write, Written
from providers.keys import folded_key, same_key
from providers.wire import Record
from providers.xero.client import XeroClient
from providers.xero.lookup.one_by_one import one_by_one
from providers.xero.mapping.catalogue import CONTACTS
from providers.xero.mapping.text import spaced
from providers.xero.markers import contact_number
from providers.xero.preflight_errors import archived, name_taken
from providers.xero.query import is_quotable
from schemas.documents.document import DocumentType
from schemas.documents.party import Party

_ARCHIVED_TOO = "true"


async def by_links(client: XeroClient, links: Sequence[External]) -> Sequence[Written | None]:
    """Read linked contacts; one that was merged is the contact that it was merged into."""
    found = await client.by_ids(
        CONTACTS, [link.id for link in links], includeArchived=_ARCHIVED_TOO
    )
    results = []
    for link in links:
        element = found.get(link.id.lower())
        results.append(CONTACTS.written(await _survivor(client, element)))
    return results


async def find_parties(
    client: XeroClient, pairs: Sequence[tuple[Write, Party]]
) -> Sequence[Result | None]:
    """Find the contacts that customers or vendors are, two calls each at most."""
    return await one_by_one(pairs, partial(_party, client))


async def _party(client: XeroClient, write: Write, party: Party) -> Result | None:
    kind = write.document_type
    name = spaced(party.name)
    own = await client.one(CONTACTS, contact_number(kind, party.id))
    if own is not None:
        return _own(await _survivor(client, own))
    return _adopted(kind, name, await _named(client, name))


def _own(contact: Record | None) -> Result | None:
    found = CONTACTS.written(contact)
    if contact is not None and found is not None and found.voided:
        return archived(f"the contact {contact['Name']}")
    return found


async def _survivor(client: XeroClient, element: Record | None) -> Record | None:
    merged_to = element.get("MergedToContactID") if element else None
    return await client.one(CONTACTS, merged_to) if merged_to else element


async def _named(client: XeroClient, name: str) -> Sequence[Record]:
    """Read the contacts of this name, which Xero compares without case and accents."""
    chosen = {"where": f'Name=="{name}"'} if is_quotable(name) else {"searchTerm": name}
    found = await client.pages(CONTACTS, includeArchived=_ARCHIVED_TOO, **chosen)
    return [e for e in found if _folded(str(e.get("Name"))) == _folded(name)]


def _folded(name: str) -> str:
    plain = (c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return folded_key("".join(plain))


def _adopted(kind: DocumentType, name: str, found: Sequence[Record]) -> Result | None:
    """Take the contact as ours, unless it may well be another one."""
    active = [e for e in found if e.get("ContactStatus") == "ACTIVE"]
    if not found:
        return None
    if not active:
        return archived(f"a contact called {found[0]['Name']}")
    if len(active) > 1:
        return name_taken(name, f"{len(active)} contacts")
    return _whose(kind, name, active[0])


def _whose(kind: DocumentType, name: str, contact: Record) -> Result:
    if not same_key(contact["Name"], name):
        return name_taken(name, f"a contact called {contact['Name']}")
    if str(contact.get("ContactNumber") or "").startswith(f"{kind.value}-"):
        return name_taken(name, f"another {kind.value} of the platform")
    return CONTACTS.read(contact)
