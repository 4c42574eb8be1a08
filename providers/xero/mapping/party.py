"""The documents ``customer.v1`` and ``vendor.v1`` as Xero's contact, which may be both.

Source: Xero developer page "Contacts", read 2026-09: no angle brackets and no leading,
trailing or doubled spaces in names; documents print the ``POBOX`` address. Xero has no field
for a company's name beside the contact's, so ``company_name`` is not sent.
"""

from typing import Any, Final

from providers.base import Write, Written
from providers.xero.mapping.parts import chosen, external, named
from providers.xero.markers import contact_number
from providers.xero.preflight_errors import name_invalid, not_in_use
from providers.xero.wire import Body, Element
from schemas.documents.customer import Customer
from schemas.documents.document import Address
from schemas.documents.party import Party
from schemas.documents.vendor import Vendor

_OUT_OF_USE: Final = frozenset({"ARCHIVED", "GDPRREQUEST"})


def from_customer(customer: Customer, write: Write) -> Body:
    """Give the element that creates or changes the contact.

    Raises:
        Rejected: ``name_invalid``, or ``not_in_use`` for one that is to be created archived.
    """
    return _contact(customer, write, {})


def from_vendor(vendor: Vendor, write: Write) -> Body:
    """Give the element that creates or changes the contact; see :func:`from_customer`."""
    return _contact(vendor, write, {"account_number": {"AccountNumber": vendor.account_number}})


def to_written(element: Element) -> Written:
    """Read a contact."""
    return Written(
        external=external(element, "ContactID"),
        voided=element.get("ContactStatus") in _OUT_OF_USE,
    )


def xero_name(name: str) -> str:
    """Write a name as Xero takes it.

    Raises:
        Rejected: ``name_invalid``.
    """
    if "<" in name or ">" in name:
        raise name_invalid(name)
    return " ".join(name.split())


def _contact(party: Party, write: Write, more: dict[str, dict[str, Any]]) -> Body:
    body = named(write, "ContactID")
    if write.external is None:
        if not party.active:
            raise not_in_use(write.document_type.value)
        body["ContactNumber"] = contact_number(write.document_type, party.id)
    return body | chosen(write, {**_parts(party, write), **more})


def _parts(party: Party, write: Write) -> dict[str, dict[str, Any]]:
    """Give, by field, the members of the contact."""
    status = "ACTIVE" if party.active else "ARCHIVED"
    return {
        "name": {"Name": xero_name(party.name)},
        "given_name": {"FirstName": party.given_name},
        "family_name": {"LastName": party.family_name},
        "email": {"EmailAddress": party.email or ""},
        "phone": _phones(party.phone),
        "address": {"Addresses": [_address(party.address)]},
        "currency": {"DefaultCurrency": party.currency or ""},
        "active": {} if write.external is None else {"ContactStatus": status},
    }


def _phones(number: str) -> dict[str, Any]:
    """Give the whole number as it is: the area and country parts are cleared."""
    return {
        "Phones": [
            {
                "PhoneType": "DEFAULT",
                "PhoneNumber": number,
                "PhoneAreaCode": "",
                "PhoneCountryCode": "",
            }
        ]
    }


def _address(address: Address) -> Body:
    lines = [*address.lines, "", "", "", ""][:4]
    return {
        "AddressType": "POBOX",
        **{f"AddressLine{i}": line for i, line in enumerate(lines, start=1)},
        "City": address.city,
        "Region": address.region,
        "PostalCode": address.postal_code,
        "Country": address.country,
    }
