"""What a customer and a vendor have in common in Xero: a contact, which may be both.

Source: Xero developer page "Contacts", read 2026-09: documents print the ``POBOX`` address.
Xero has no field for a company's name beside the contact's, so ``company_name`` is not sent.
"""

from collections.abc import Sequence

from providers.parts import Body, Part, part
from providers.xero.mapping.text import spaced
from providers.xero.markers import contact_number
from schemas.documents.document import Address, DocumentType
from schemas.documents.party import Party


def party_parts(party: Party, document_type: DocumentType) -> Sequence[Part]:
    """Return what a customer or vendor becomes in Xero; our mark goes with the first write."""
    status = "ACTIVE" if party.active else "ARCHIVED"
    return (
        part(lambda: {"ContactNumber": contact_number(document_type, party.id)}),
        part(lambda: {"Name": spaced(party.name)}, "name"),
        part(lambda: {"FirstName": party.given_name}, "given_name"),
        part(lambda: {"LastName": party.family_name}, "family_name"),
        part(lambda: {"EmailAddress": party.email or ""}, "email"),
        part(lambda: {"Phones": [_phone(party.phone)]}, "phone"),
        part(lambda: {"Addresses": [_address(party.address)]}, "address"),
        part(lambda: {"DefaultCurrency": party.currency or ""}, "currency"),
        part(lambda: {"ContactStatus": status}, "active", on_create=False),
    )


def _phone(number: str) -> Body:
    """Return the whole number as it is: the area and country parts are cleared."""
    return {
        "PhoneType": "DEFAULT",
        "PhoneNumber": number,
        "PhoneAreaCode": "",
        "PhoneCountryCode": "",
    }


def _address(address: Address) -> Body:
    """Return every part, blank ones too, so that nothing of an old address is left."""
    lines = [*address.lines, "", "", "", ""][:4]
    return {
        "AddressType": "POBOX",
        **{f"AddressLine{i}": line for i, line in enumerate(lines, start=1)},
        "City": address.city,
        "Region": address.region,
        "PostalCode": address.postal_code,
        "Country": address.country,
    }
