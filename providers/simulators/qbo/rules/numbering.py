"""Document numbers: who gives them, and which may not repeat.

Source: Intuit Accounting API, DocNumber and Preferences.SalesFormsPrefs.CustomTxnNumbers.
"""

from collections.abc import Callable

from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.rules.drafts import Draft
from providers.simulators.qbo.wire import errors

AUTO = "AUTO_GENERATE"
ALLOW_DUPLICATE = "allowduplicatedocnum"


def number_sales_form(draft: Draft) -> None:
    """Number a sales form, and refuse a number that another of its type has.

    Raises:
        QboRefused: 6140.
    """
    company = draft.company
    omitted = draft.creating and "DocNumber" not in draft.sent
    if draft.body.get("DocNumber") == AUTO or (omitted and not company.spec.custom_numbers):
        draft.body["DocNumber"] = _next_number(draft)
    check_number(draft, lambda _record: True)


def reserve_number(draft: Draft) -> None:
    """Go on numbering above the form's number; called when nothing can be refused any more."""
    number = draft.body.get("DocNumber") or ""
    if number.isdecimal():
        draft.company.next_number = max(draft.company.next_number, int(number) + 1)


def _next_number(draft: Draft) -> str:
    number = draft.company.next_number
    # The count is shared by all sales forms, but only forms of one type compete for a number.
    while draft.company.table(draft.entity.name).find("DocNumber", str(number)):
        number += 1
    return str(number)


def check_number(draft: Draft, competes: Callable[[Record], bool]) -> None:
    """Refuse a number that a competing document of the same type has.

    Raises:
        QboRefused: 6140, naming the document.
    """
    number = draft.body.get("DocNumber")
    if number is None or ALLOW_DUPLICATE in draft.includes:
        return
    # An unchanged number is not asked again: it may have been a duplicate by permission.
    if draft.old is not None and draft.old.body.get("DocNumber") == number:
        return
    for record in draft.company.table(draft.entity.name).find("DocNumber", number):
        if not draft.is_own(record) and competes(record):
            raise errors.duplicate_number(number, draft.entity.name, record.id)
