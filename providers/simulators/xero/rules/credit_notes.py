"""Credit notes; `allocations.py` uses them for invoices.

Source: Xero Credit Notes page, read 2026-09.
"""

import uuid
from typing import Any

from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.books.totals import ZERO
from providers.simulators.xero.rules import documents, statuses
from providers.simulators.xero.rules.contacts import contact_of
from providers.simulators.xero.rules.documents import WriteOptions
from providers.simulators.xero.rules.lines import LineRules
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

_TYPES = frozenset({"ACCRECCREDIT", "ACCPAYCREDIT"})
_TEXTS = {"CreditNoteNumber": 255, "Reference": 255, "BrandingThemeID": 36}


def create_credit_note(
    org: OrganisationBooks, payload: Payload, options: WriteOptions
) -> Record:
    """Add a credit note.

    Raises:
        ElementRejected: a rule is broken.
    """
    kind = fields.text(payload, "Type")
    if kind not in _TYPES:
        raise ElementRejected("Credit note not of valid type for creation")
    statuses.check_new(fields.text(payload, "Status") or "DRAFT")
    blank: Record = {
        "Type": kind,
        "CreditNoteID": str(uuid.uuid4()),
        "CreditNoteNumber": "",
        "Reference": "",
        "Date": org.today(),
        "DueDate": None,
        "AppliedAmount": ZERO,
        "RefundedAmount": ZERO,
        "FullyPaidOnDate": None,
        "SentToContact": False,
        "HasAttachments": False,
    }
    return _save(org, blank, None, payload, options=options)


def update_credit_note(
    org: OrganisationBooks, note: Record, payload: Payload, options: WriteOptions
) -> Record:
    """Change what was sent of a credit note; lines, where sent, replace the set.

    Raises:
        ElementRejected: its state, its allocations or a lock date forbid it.
    """
    status = fields.text(payload, "Status") or note["Status"]
    statuses.check_transition(note, status)
    if note["Status"] in statuses.OPEN:
        documents.check_lock(org, note["Date"], adviser=options.adviser)
    if status in statuses.DEAD:
        ended = {"Status": status, "RemainingCredit": ZERO, "UpdatedDateUTC": org.now()}
        return org.credit_notes.put({**note, **ended})
    if statuses.has_settlements(note):
        raise ElementRejected(statuses.NOT_MODIFIABLE, statuses.HAS_PAYMENTS)
    return _save(org, dict(note), note, payload, options=options)


def _save(
    org: OrganisationBooks,
    note: Record,
    kept: Record | None,
    payload: Payload,
    *,
    options: WriteOptions,
) -> Record:
    note |= _header(payload)
    note["Status"] = fields.text(payload, "Status") or note.get("Status", "DRAFT")
    types = documents.line_amount_types(
        payload, kept["LineAmountTypes"] if kept else "Exclusive"
    )
    note["LineAmountTypes"] = types
    note |= documents.currency(org, payload, kept)
    rules = LineRules(
        side="sales" if note["Type"] == "ACCRECCREDIT" else "purchases",
        line_amount_types=types,
        complete=note["Status"] != "DRAFT",
        discounts=note["Type"] == "ACCRECCREDIT",
        tax_override=True,
        unit_places=options.unit_places,
        unit=org.unit(note["CurrencyCode"]),
    )
    note["LineItems"] = documents.lines_of(org, payload, kept, rules)
    note |= documents.totals_of(org, note, note["LineItems"])
    if note["Total"] < 0:
        raise ElementRejected("The credit note total cannot be negative")
    if note["Status"] in statuses.OPEN:
        documents.check_lock(org, note["Date"], adviser=options.adviser)
    _check_number(org, note)
    if kept is None or payload.get("Contact") is not None:
        note["Contact"] = contact_of(org, payload, kept=kept)
    if note["Type"] == "ACCRECCREDIT" and not note["CreditNoteNumber"]:
        note["CreditNoteNumber"] = org.next_credit_note_number()
    note["RemainingCredit"] = note["Total"] - note["AppliedAmount"] - note["RefundedAmount"]
    note["UpdatedDateUTC"] = org.now()
    return org.credit_notes.put(note)


def _header(payload: Payload) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: fields.text(payload, name, at_most=n) for name, n in _TEXTS.items()
    }
    values |= {name: fields.day(payload, name) for name in ("Date", "DueDate")}
    return {name: value for name, value in values.items() if value is not None}


def _check_number(org: OrganisationBooks, note: Record) -> None:
    number = note["CreditNoteNumber"]
    # Numbers of a supplier are the supplier's: only sales documents have unique ones.
    if note["Type"] == "ACCPAYCREDIT" or not number:
        return
    other = org.credit_notes.first("unique_number", number)
    if other is not None and other["CreditNoteID"] != note["CreditNoteID"]:
        raise ElementRejected("Credit Note # must be unique.")


def match_credit_note(org: OrganisationBooks, payload: Payload) -> Record | None:
    """Return the sales credit note that a POST without an id overwrites."""
    number = fields.text(payload, "CreditNoteNumber")
    return org.credit_notes.first("unique_number", number) if number else None


def find_credit_note(org: OrganisationBooks, key: str) -> Record | None:
    """Return a credit note by id or by number."""
    by_number = org.credit_notes.first("creditnotenumber", key.casefold())
    return org.credit_notes.get(key) or by_number
