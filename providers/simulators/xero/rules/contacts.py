"""Contacts: created, matched and changed, alone or inside a document.

Source: Xero Contacts page, read 2026-09; matching inside documents as Xero staff and
integrators describe it (xeroizer 278, Xero Developer Community 106550833).
"""

import re
import uuid
from typing import Any, Final

from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

_TEXTS: Final = {
    "ContactNumber": 50,
    "AccountNumber": 50,
    "Name": 255,
    "FirstName": 255,
    "LastName": 255,
    "CompanyNumber": 50,
    "EmailAddress": 255,
    "BankAccountDetails": 255,
    "TaxNumber": 50,
    "TaxNumberType": 50,
    "AccountsReceivableTaxType": 50,
    "AccountsPayableTaxType": 50,
    "SalesDefaultLineAmountType": 20,
    "PurchasesDefaultLineAmountType": 20,
    "DefaultCurrency": 3,
    "XeroNetworkKey": 255,
    "SalesDefaultAccountCode": 10,
    "PurchasesDefaultAccountCode": 10,
}
_OBJECTS: Final = ("PaymentTerms", "BatchPayments", "ContactPersons")
_ADDRESS_TYPES: Final = ("STREET", "POBOX")
_PHONE_TYPES: Final = ("DEFAULT", "DDI", "FAX", "MOBILE")
_BLANK_ADDRESS: Final = dict.fromkeys(("City", "Region", "PostalCode", "Country"), "")
_BLANK_PHONE: Final = dict.fromkeys(("PhoneNumber", "PhoneAreaCode", "PhoneCountryCode"), "")
_EMAIL: Final = re.compile(r"[\x21-\x7e]+@[\x21-\x7e]+\.[\x21-\x7e]+")
_STATUSES: Final = frozenset({"ACTIVE", "ARCHIVED"})


def create_contact(org: OrganisationBooks, payload: Payload) -> Record:
    """Add a contact.

    Raises:
        ElementRejected: no name, or a name or number that another contact has.
    """
    blank: Record = {
        "ContactID": str(uuid.uuid4()),
        "ContactStatus": "ACTIVE",
        "Name": "",
        "EmailAddress": "",
        "BankAccountDetails": "",
        "ContactPersons": [],
        "Addresses": [{"AddressType": kind, **_BLANK_ADDRESS} for kind in _ADDRESS_TYPES],
        "Phones": [{"PhoneType": kind, **_BLANK_PHONE} for kind in _PHONE_TYPES],
        "IsSupplier": False,
        "IsCustomer": False,
    }
    return _save(org, blank, payload)


def update_contact(org: OrganisationBooks, contact: Record, payload: Payload) -> Record:
    """Change what was sent of a contact, and keep the rest.

    Raises:
        ElementRejected: as for a new contact.
    """
    return _save(org, contact, payload)


def match_contact(org: OrganisationBooks, payload: Payload) -> Record | None:
    """Return the contact that an element without an id means: by number, then active name."""
    # The number wins over the name, as it is the integration's own key.
    if number := fields.text(payload, "ContactNumber"):
        by_number = org.contacts.first("contactnumber", number.casefold())
        if by_number is not None:
            return by_number
    name = _tidy(fields.text(payload, "Name") or "")
    return org.contacts.first("active_name", name.casefold()) if name else None


def find_contact(org: OrganisationBooks, key: str) -> Record | None:
    """Return a contact by id or by contact number."""
    return org.contacts.get(key) or org.contacts.first("contactnumber", key.casefold())


def contact_of(org: OrganisationBooks, payload: Payload, *, kept: Record | None) -> Record:
    """Return the contact a document names; one that is only named is created if unknown.

    A contact sent with its id and other fields is changed by them.

    Args:
        kept: The document as it was; its own contact may have been archived since.

    Raises:
        ElementRejected: nothing identifies a contact, it is unknown, or it is archived.
    """
    sent = fields.part(payload, "Contact")
    contact_id = fields.text(sent, "ContactID")
    contact = org.contacts.get(contact_id) if contact_id else match_contact(org, sent)
    if contact is None and contact_id:
        raise ElementRejected(f"The contact with ContactID {contact_id} could not be found")
    if contact is None:
        if not fields.text(sent, "Name"):
            raise ElementRejected(
                "The Contact must contain at least 1 of the following elements to "
                "identify the contact: Name, ContactID, ContactNumber"
            )
        return create_contact(org, sent)
    # An invoice stays editable after its contact was archived.
    is_kept = kept is not None and contact is kept["Contact"]
    if contact["ContactStatus"] != "ACTIVE" and not is_kept:
        raise ElementRejected(org.switches.archived_contact)
    return _save(org, contact, sent) if contact_id and _changes(contact, sent) else contact


def _changes(contact: Record, sent: Payload) -> bool:
    return any(
        sent.get(name) is not None and sent[name] != contact.get(name)
        for name in (*_TEXTS, *_OBJECTS, "Addresses", "Phones")
    )


def _save(org: OrganisationBooks, contact: Record, payload: Payload) -> Record:
    changed = {**contact, **_sent_texts(payload)}
    changed |= {name: payload[name] for name in _OBJECTS if payload.get(name) is not None}
    for name, kind in (("Addresses", "AddressType"), ("Phones", "PhoneType")):
        if (sent := fields.parts(payload, name)) is not None:
            changed[name] = _merge_by_type(contact[name], sent, kind)
    changed["ContactStatus"] = _status(contact, payload)
    _check(org, changed)
    changed["UpdatedDateUTC"] = org.now()
    return org.contacts.put(changed)


def _sent_texts(payload: Payload) -> dict[str, Any]:
    values = {name: fields.text(payload, name, at_most=n) for name, n in _TEXTS.items()}
    sent = {name: value for name, value in values.items() if value is not None}
    if "Name" in sent:
        sent["Name"] = _tidy(sent["Name"])
    return sent


def _tidy(name: str) -> str:
    # Undocumented; ours: spaces that a person can't see make no second contact.
    return " ".join(name.split())


def _merge_by_type(kept: list[Record], sent: Any, kind: str) -> list[Record]:
    """Lay sent addresses or phones over the kept ones of their type."""
    merged = {entry[kind]: dict(entry) for entry in kept}
    for entry in sent:
        merged.setdefault(entry.get(kind, ""), {}).update(
            {name: value for name, value in entry.items() if name != "ValidationErrors"}
        )
    return list(merged.values())


def _status(contact: Record, payload: Payload) -> str:
    status = fields.text(payload, "ContactStatus") or contact["ContactStatus"]
    if status not in _STATUSES:
        raise ElementRejected(f"ContactStatus {status} is not valid")
    return str(status)


def _check(org: OrganisationBooks, contact: Record) -> None:
    name = contact["Name"]
    if not name:
        raise ElementRejected("Contact Name cannot be empty")
    if "<" in name or ">" in name:
        raise ElementRejected("Contact Name cannot contain angle brackets")
    if contact["EmailAddress"] and not _EMAIL.fullmatch(contact["EmailAddress"]):
        raise ElementRejected("Email address must be valid")
    if contact["ContactStatus"] == "ACTIVE" and _taken(org, "active_name", name, contact):
        raise ElementRejected(
            f"The contact name {name} is already assigned to another contact. The contact name "
            "must be unique across all active contacts."
        )
    if _taken(org, "contactnumber", contact.get("ContactNumber"), contact):
        raise ElementRejected("Another contact has this contact number")
    if _taken(org, "accountnumber", contact.get("AccountNumber"), contact):
        raise ElementRejected(
            "The Account Number already exists, please enter a new Account Number"
        )


def _taken(org: OrganisationBooks, index: str, value: str | None, contact: Record) -> bool:
    if not value:
        return False
    found = org.contacts.found(index, value.casefold())
    return any(other["ContactID"] != contact["ContactID"] for other in found)
