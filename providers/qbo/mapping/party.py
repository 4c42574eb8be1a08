"""What a customer and a vendor have in common in QuickBooks.

Source: Intuit Accounting API, Customer and Vendor entities, minor version 75, read 2026-11.
"""

from collections.abc import Sequence
from typing import Final

from providers.parts import Body, Part, part
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.countries import alpha_3
from providers.qbo.mapping.text import spaced
from schemas.documents.document import Address
from schemas.documents.party import Party

DISPLAY_NAME_LIMIT: Final = 500
DELETED_SUFFIX: Final = " (deleted)"
"""What QuickBooks appends to the name of a record that is taken out of use."""

_ADDRESS_LINES: Final = 5


def party_parts(party: Party, books: QboBooks) -> Sequence[Part]:
    """Return what a customer or vendor becomes; the currency is fixed by the first write."""
    return (
        part(lambda: {"DisplayName": display_name(party)}, "name"),
        part(lambda: {"CompanyName": party.company_name}, "company_name"),
        part(lambda: {"GivenName": party.given_name}, "given_name"),
        part(lambda: {"FamilyName": party.family_name}, "family_name"),
        part(lambda: {"PrimaryEmailAddr": {"Address": party.email or ""}}, "email"),
        part(lambda: {"PrimaryPhone": {"FreeFormNumber": party.phone}}, "phone"),
        part(lambda: {"BillAddr": _address(party.address)}, "address"),
        part(lambda: books.currency(party.currency) if party.currency else {}),
        part(lambda: _active(party), "active"),
    )


def display_name(party: Party) -> str:
    """Return the name under which QuickBooks knows the party."""
    return spaced(party.name)


def clash_name(name: str, entity: str) -> str:
    """Return the name for where the other kind of party has it: ``Acme (Vendor)``, cut to fit.

    Customers and vendors share one set of names in QuickBooks.

    Source: Intuit Accounting API, Customer and Vendor entities (DisplayName), fault 6240,
    read 2026-11.
    """
    suffix = f" ({entity})"
    return name[: DISPLAY_NAME_LIMIT - len(suffix)] + suffix


def _active(party: Party) -> Body:
    """Return the state; coming back takes the name along, which was marked deleted."""
    if not party.active:
        return {"Active": False}
    return {"Active": True, "DisplayName": display_name(party)}


def _address(address: Address) -> Body:
    """Return every part, blank ones too, so that an update leaves nothing of an old address."""
    lines = [*address.lines, *[""] * _ADDRESS_LINES][:_ADDRESS_LINES]
    return {
        **{f"Line{i}": line for i, line in enumerate(lines, start=1)},
        "City": address.city,
        "CountrySubDivisionCode": address.region,
        "PostalCode": address.postal_code,
        "Country": alpha_3(address.country),
    }
