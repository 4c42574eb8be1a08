"""Journal entries.

Source: Intuit Accounting API, JournalEntry.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.rules.documents import (
    ZERO,
    check_lines,
    complete_currency,
    complete_date,
    identify_lines,
)
from providers.simulators.qbo.rules.drafts import Draft
from providers.simulators.qbo.rules.effects import Effects, Posting
from providers.simulators.qbo.rules.numbering import check_number
from providers.simulators.qbo.wire import errors

DETAIL = "JournalEntryLineDetail"
NAMED = {"Accounts Receivable": "Customer", "Accounts Payable": "Vendor"}


def complete_journal(draft: Draft) -> None:
    """Complete a journal entry.

    Raises:
        QboRefused: 2020 for incomplete lines; 2300, the sides differ; 6000, a line on
            receivables or payables without its customer or vendor; 2500, no such person.
    """
    complete_date(draft)
    complete_currency(draft, None)
    check_number(draft, lambda _other: False)
    lines = draft.body["Line"]
    check_lines(lines)
    sides = {"Debit": ZERO, "Credit": ZERO}
    for line in lines:
        if line["DetailType"] == DETAIL:
            _check_line(draft, line)
            sides[line[DETAIL]["PostingType"]] += line["Amount"]
    if sides["Debit"] != sides["Credit"]:
        raise errors.unbalanced(sides["Debit"], sides["Credit"])
    if draft.creating or "Line" in draft.sent:
        identify_lines(lines, draft.old, first=0)
    draft.body["TotalAmt"] = ZERO
    draft.default("TxnTaxDetail", {})


def _check_line(draft: Draft, line: dict[str, Any]) -> None:
    detail = line.get(DETAIL, {})
    for name in ("PostingType", "AccountRef"):
        if name not in detail:
            raise errors.missing(name)
    if line["Amount"] < 0:
        raise errors.negative_amount("Amount")
    account = draft.company.record("Account", detail["AccountRef"]["value"])
    needed = NAMED.get(account.body["AccountType"])
    entity = detail.get("Entity", {})
    if needed is not None and entity.get("Type") != needed:
        raise errors.business(
            f"A line on {account.body['AccountType']} needs a {needed}.", "Entity"
        )
    if "EntityRef" in entity:
        _check_person(draft.company, entity)


def _check_person(company: CompanyBooks, entity: dict[str, Any]) -> None:
    reference = entity["EntityRef"]
    person = company.person(reference["value"])
    if person is None or person.entity.name != entity.get("Type"):
        raise errors.bad_reference("Names", reference["value"], "EntityRef")
    reference["name"] = person.label


def journal_effects(company: CompanyBooks, record: Record) -> Effects:
    """Return what a journal does: lines post, on receivables and payables to a balance too."""
    lines = [line for line in record.body["Line"] if line["DetailType"] == DETAIL]
    return Effects(
        postings=tuple(
            Posting(
                line[DETAIL]["AccountRef"]["value"],
                company.at_home(_signed(line), record.body),
            )
            for line in lines
        ),
        owed=tuple(_owed(company, lines)),
    )


def _signed(line: dict[str, Any]) -> Decimal:
    amount: Decimal = line["Amount"]
    return amount if line[DETAIL]["PostingType"] == "Debit" else -amount


def _owed(company: CompanyBooks, lines: list[dict[str, Any]]) -> Iterator[tuple[str, Decimal]]:
    for line in lines:
        account = company.record("Account", line[DETAIL]["AccountRef"]["value"])
        kind = account.body["AccountType"]
        person = line[DETAIL].get("Entity", {}).get("EntityRef")
        if kind in NAMED and person is not None:
            sign = 1 if kind == "Accounts Receivable" else -1
            yield person["value"], _signed(line) * sign
