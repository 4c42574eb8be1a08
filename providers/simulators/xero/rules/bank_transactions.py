"""Money spent and received without an invoice, or more of it than invoices ask for.

Transfers aren't simulated.

Source: Xero Bank Transactions page, read 2026-09.
"""

import uuid

from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.rules import documents
from providers.simulators.xero.rules.advances import (
    ADVANCE_KINDS,
    is_overpayment,
    one_line,
    open_advance,
    void_advance,
    without_accounts,
)
from providers.simulators.xero.rules.contacts import contact_of
from providers.simulators.xero.rules.documents import WriteOptions
from providers.simulators.xero.rules.lines import LineRules
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

_TYPES = frozenset({"RECEIVE", "SPEND", *ADVANCE_KINDS})


def create_bank_transaction(
    org: OrganisationBooks, payload: Payload, options: WriteOptions
) -> Record:
    """Add money spent or received.

    Raises:
        ElementRejected: a rule is broken.
    """
    kind = fields.text(payload, "Type")
    if kind not in _TYPES:
        raise ElementRejected("Bank transaction not of valid type for creation")
    blank: Record = {
        "Type": kind,
        "BankTransactionID": str(uuid.uuid4()),
        "Reference": "",
        "Date": org.today(),
        "Status": "AUTHORISED",
        "IsReconciled": False,
        "HasAttachments": False,
        "BankAccount": _bank_account(org, payload),
    }
    if not fields.parts(payload, "LineItems"):
        raise ElementRejected("One or more line items must be specified")
    if is_overpayment(kind):
        payload = without_accounts(payload)
    saved = _save(org, blank, None, payload, options=options)
    return open_advance(org, saved) if kind in ADVANCE_KINDS else saved


def update_bank_transaction(
    org: OrganisationBooks, transaction: Record, payload: Payload, options: WriteOptions
) -> Record:
    """Change a bank transaction, or delete it by status.

    Raises:
        ElementRejected: deleted, reconciled, or in a locked period.
    """
    if transaction["Status"] != "AUTHORISED":
        raise ElementRejected("Bank transaction not of valid status for modification")
    # What was paid in advance can be neither changed nor deleted by the API (documented).
    if transaction["Type"] in ADVANCE_KINDS:
        if not options.client_id and fields.text(payload, "Status") == "DELETED":
            return void_advance(org, transaction)
        raise ElementRejected("Bank transaction not of valid type for modification")
    documents.check_lock(org, transaction["Date"], adviser=options.adviser)
    if fields.text(payload, "Status") == "DELETED":
        return org.bank_transactions.put(
            {**transaction, "Status": "DELETED", "UpdatedDateUTC": org.now()}
        )
    changed = dict(transaction)
    if payload.get("BankAccount") is not None:
        changed["BankAccount"] = _bank_account(org, payload)
    return _save(org, changed, transaction, payload, options=options)


def _save(
    org: OrganisationBooks,
    transaction: Record,
    kept: Record | None,
    payload: Payload,
    *,
    options: WriteOptions,
) -> Record:
    kind = transaction["Type"]
    if kind not in ADVANCE_KINDS:
        sent = fields.text(payload, "Reference")
        transaction["Reference"] = sent or transaction["Reference"]
    transaction["Url"] = fields.text(payload, "Url") or transaction.get("Url")
    transaction["Date"] = fields.day(payload, "Date") or transaction["Date"]
    reconciled = fields.flag(payload, "IsReconciled")
    if reconciled is not None:
        transaction["IsReconciled"] = reconciled
    types = documents.line_amount_types(
        payload, kept["LineAmountTypes"] if kept else "Inclusive"
    )
    types = "NoTax" if is_overpayment(kind) else types
    transaction["LineAmountTypes"] = types
    # The currency is that of the bank account; only overpayments may say another.
    transaction |= documents.currency(org, payload if is_overpayment(kind) else {}, kept)
    rules = _line_rules(org, transaction, options)
    transaction["LineItems"] = documents.lines_of(org, payload, kept, rules)
    if is_overpayment(kind):
        one_line(org, kind, transaction["LineItems"])
    transaction |= documents.totals_of(org, transaction, transaction["LineItems"])
    if transaction["Total"] <= 0:
        raise ElementRejected("The bank transaction total must be greater than zero")
    documents.check_lock(org, transaction["Date"], adviser=options.adviser)
    if kept is None or payload.get("Contact") is not None:
        transaction["Contact"] = contact_of(org, payload, kept=kept)
    transaction["UpdatedDateUTC"] = org.now()
    return org.bank_transactions.put(transaction)


def _line_rules(
    org: OrganisationBooks, transaction: Record, options: WriteOptions
) -> LineRules:
    return LineRules(
        side="sales" if transaction["Type"].startswith("RECEIVE") else "purchases",
        line_amount_types=transaction["LineAmountTypes"],
        complete=not is_overpayment(transaction["Type"]),
        discounts=False,
        tax_override=False,
        unit_places=options.unit_places,
        unit=org.unit(transaction["CurrencyCode"]),
    )


def _bank_account(org: OrganisationBooks, payload: Payload) -> Record:
    sent = fields.part(payload, "BankAccount")
    account = org.accounts.get(fields.text(sent, "AccountID"))
    if account is None and (code := fields.text(sent, "Code")):
        account = org.accounts.first("code", code.casefold())
    if account is None or account["Type"] != "BANK" or account["Status"] != "ACTIVE":
        raise ElementRejected("Bank account could not be found")
    return account
