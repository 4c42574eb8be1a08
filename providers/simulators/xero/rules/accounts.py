"""The chart of accounts.

Source: Xero Accounts page, read 2026-09.
"""

import uuid
from typing import Any

from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.seed import CLASS_OF_TYPE
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

_TEXTS = {"Code": 10, "Name": 150, "Description": 4000, "BankAccountNumber": 50}
_FLAGS = ("EnablePaymentsToAccount", "ShowInExpenseClaims", "AddToWatchlist")


def create_account(org: OrganisationBooks, payload: Payload) -> Record:
    """Add an account.

    Raises:
        ElementRejected: no type, name or code, or ones that another account has.
    """
    kind = fields.text(payload, "Type")
    if kind is None or kind not in CLASS_OF_TYPE:
        raise ElementRejected("Account type is not valid")
    bank = kind == "BANK"
    blank: Record = {
        "AccountID": str(uuid.uuid4()),
        "Type": kind,
        "Class": CLASS_OF_TYPE[kind],
        "Code": None,
        "Name": "",
        "Status": "ACTIVE",
        "TaxType": "NONE",
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "SystemAccount": "",
        "BankAccountType": (fields.text(payload, "BankAccountType") or "BANK") if bank else "",
        "CurrencyCode": (fields.text(payload, "CurrencyCode") or org.base_currency)
        if bank
        else None,
    }
    return _save(org, blank, payload)


def update_account(org: OrganisationBooks, account: Record, payload: Payload) -> Record:
    """Change or archive an account; archiving is a request of its own.

    Raises:
        ElementRejected: a bank or system account, or archiving along with other changes.
    """
    status = fields.text(payload, "Status") or account["Status"]
    if status != account["Status"]:
        return _set_status(org, account, status, _changes(payload))
    if account["Type"] == "BANK":
        raise ElementRejected("Bank accounts cannot be updated through the API")
    return _save(org, account, payload)


def _set_status(
    org: OrganisationBooks, account: Record, status: str, others: dict[str, Any]
) -> Record:
    if status not in {"ACTIVE", "ARCHIVED"}:
        raise ElementRejected(f"Account status {status} is not valid")
    # Archiving along with other changes is refused (documented: Accounts page).
    if any(value != account.get(name) for name, value in others.items()):
        raise ElementRejected("The account status must be changed in a request of its own")
    if account["SystemAccount"]:
        raise ElementRejected("System accounts cannot be archived")
    return org.accounts.put({**account, "Status": status, "UpdatedDateUTC": org.now()})


def _changes(payload: Payload) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: fields.text(payload, name, at_most=n) for name, n in _TEXTS.items()
    }
    values |= {name: fields.flag(payload, name) for name in _FLAGS}
    values["TaxType"] = fields.text(payload, "TaxType")
    return {name: value for name, value in values.items() if value is not None}


def _save(org: OrganisationBooks, account: Record, payload: Payload) -> Record:
    changed = {**account, **_changes(payload)}
    _check(org, changed)
    changed["UpdatedDateUTC"] = org.now()
    return org.accounts.put(changed)


def _check(org: OrganisationBooks, account: Record) -> None:
    if not account["Name"]:
        raise ElementRejected("Account Name must be specified")
    if not account["Code"] and account["Type"] != "BANK":
        raise ElementRejected("Account Code must be specified")
    if account["Type"] == "BANK" and not account.get("BankAccountNumber"):
        raise ElementRejected("Bank account number must be specified")
    if org.tax_rates.get(account["TaxType"]) is None:
        raise ElementRejected(f"The TaxType code {account['TaxType']} does not exist")
    for name in ("Code", "Name"):
        value = account[name] or ""
        other = org.accounts.first(name.lower(), value.casefold())
        if other is not None and other["AccountID"] != account["AccountID"]:
            raise ElementRejected(f"Please enter a unique {name}.")


def delete_account(org: OrganisationBooks, account: Record) -> Record:
    """Delete an account that no document uses; return it as it was, with its last status.

    Raises:
        ElementRejected: a system account, or one in use.
    """
    if account["SystemAccount"] or _is_used(org, account):
        raise ElementRejected("Account cannot be deleted as it is a system account or in use")
    org.accounts.remove(account["AccountID"])
    return {**account, "Status": "DELETED", "UpdatedDateUTC": org.now()}


def _is_used(org: OrganisationBooks, account: Record) -> bool:
    account_id = account["AccountID"]
    # Walks all documents: deleting accounts is too rare for an index.
    documents = (*org.invoices, *org.credit_notes, *org.bank_transactions)
    return any(
        line["AccountID"] == account_id
        for document in documents
        for line in document["LineItems"]
    ) or any(payment["Account"] is account for payment in org.payments)


def find_account(org: OrganisationBooks, key: str) -> Record | None:
    """Return an account by id."""
    return org.accounts.get(key)
