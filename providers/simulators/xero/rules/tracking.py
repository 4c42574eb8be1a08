"""Tracking categories and their options.

Source: Xero Tracking Categories page, read 2026-09.
"""

import uuid
from typing import Final

from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected, NotFound
from providers.simulators.xero.wire.fields import Payload

MOST_ACTIVE: Final = 2
_LONGEST: Final = 100
_STATUSES: Final = frozenset({"ACTIVE", "ARCHIVED"})


def create_category(org: OrganisationBooks, payload: Payload) -> Record:
    """Add a category without options.

    Raises:
        ElementRejected: no name, a name that is taken, or two active categories already.
    """
    blank: Record = {
        "TrackingCategoryID": str(uuid.uuid4()),
        "Name": "",
        "Status": "ACTIVE",
        "Options": [],
    }
    return _save_category(org, blank, payload)


def update_category(org: OrganisationBooks, category: Record, payload: Payload) -> Record:
    """Rename a category, or move it to the archive and back.

    Raises:
        ElementRejected: as for `create_category`.
    """
    return _save_category(org, dict(category), payload)


def _save_category(org: OrganisationBooks, category: Record, payload: Payload) -> Record:
    category |= _named(payload, category)
    others = [
        other
        for other in org.tracking
        if other["TrackingCategoryID"] != category["TrackingCategoryID"]
    ]
    _check_name(category, others)
    active = [other for other in others if other["Status"] == "ACTIVE"]
    if category["Status"] == "ACTIVE" and len(active) >= MOST_ACTIVE:
        raise ElementRejected(f"There can be at most {MOST_ACTIVE} active tracking categories")
    return org.tracking.put({**category, "UpdatedDateUTC": org.now()})


def delete_category(org: OrganisationBooks, category: Record) -> Record:
    """Delete a category that no line uses; return it with its last status.

    Raises:
        ElementRejected: it is in use.
    """
    category_id = category["TrackingCategoryID"]
    if _is_used(org, "TrackingCategoryID", category_id):
        raise ElementRejected("The tracking category is in use and can only be archived")
    org.tracking.remove(category_id)
    return {**category, "Status": "DELETED"}


def add_option(org: OrganisationBooks, category: Record, payload: Payload) -> Record:
    """Add an option to a category.

    Raises:
        ElementRejected: no name, or one that the category has.
    """
    option: Record = {"TrackingOptionID": str(uuid.uuid4()), "Name": "", "Status": "ACTIVE"}
    return _save_option(org, category, option, payload)


def update_option(
    org: OrganisationBooks, category: Record, option_id: str, payload: Payload
) -> Record:
    """Rename an option, or move it to the archive and back.

    Raises:
        NotFound: the category has no such option.
        ElementRejected: as for `add_option`.
    """
    return _save_option(org, category, dict(_option(category, option_id)), payload)


def _save_option(
    org: OrganisationBooks, category: Record, option: Record, payload: Payload
) -> Record:
    option |= _named(payload, option)
    option_id = option["TrackingOptionID"]
    others = [o for o in category["Options"] if o["TrackingOptionID"] != option_id]
    _check_name(option, others)
    known = [o["TrackingOptionID"] for o in category["Options"]]
    if option_id in known:
        options = [
            option if i == option_id else o
            for i, o in zip(known, category["Options"], strict=True)
        ]
    else:
        options = [*category["Options"], option]
    org.tracking.put({**category, "Options": options, "UpdatedDateUTC": org.now()})
    return option


def delete_option(org: OrganisationBooks, category: Record, option_id: str) -> Record:
    """Delete an option that no line uses; return it with its last status.

    Raises:
        NotFound: the category has no such option.
        ElementRejected: it is in use.
    """
    option = _option(category, option_id)
    if _is_used(org, "TrackingOptionID", option["TrackingOptionID"]):
        raise ElementRejected("The tracking option is in use and can only be archived")
    left = [o for o in category["Options"] if o is not option]
    org.tracking.put({**category, "Options": left, "UpdatedDateUTC": org.now()})
    return {**option, "Status": "DELETED"}


def _option(category: Record, option_id: str) -> Record:
    for option in category["Options"]:
        if option["TrackingOptionID"] == option_id.lower():
            found: Record = option
            return found
    raise NotFound


def _named(payload: Payload, kept: Record) -> Record:
    status = fields.text(payload, "Status") or kept["Status"]
    if status not in _STATUSES:
        raise ElementRejected(f"The Status {status} is not valid")
    return {
        "Name": fields.text(payload, "Name", at_most=_LONGEST) or kept["Name"],
        "Status": status,
    }


def _check_name(record: Record, others: list[Record]) -> None:
    if not record["Name"]:
        raise ElementRejected("Name must be specified")
    if any(other["Name"].casefold() == record["Name"].casefold() for other in others):
        raise ElementRejected(f"The name {record['Name']} is already in use")


def _is_used(org: OrganisationBooks, id_field: str, wanted: str) -> bool:
    # Walks all documents: deleting tracking is too rare for an index.
    documents = (*org.invoices, *org.credit_notes, *org.bank_transactions)
    return any(
        choice[id_field] == wanted
        for document in documents
        for line in document["LineItems"]
        for choice in line["Tracking"]
    )
