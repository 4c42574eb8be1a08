"""The reasons of Xero: what the tenant's admin must decide or open in the ledger."""

from typing import Final

from providers import reasons
from schemas.afterwards import Afterwards
from schemas.errors import ErrorCategory, ReasonCode, Solver

DEPOSIT_ACCOUNT_INVALID: Final = ReasonCode(
    code="deposit_account_invalid",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The account that the money goes to can't take payments in Xero.",
    fix="Choose a bank account, or one with payments enabled, in the connection's settings.",
    what=(
        "The account that a payment's money goes to takes no payments in Xero, or is not there."
    ),
    do=(
        "Choose a bank account, or one on which payments are enabled in Xero.",
        "Name it on the payment, or as `accounts.deposit` in the connection's settings.",
    ),
    then=Afterwards.SOLVE,
)
OVERPAYMENT_NOT_CONSENTED: Final = ReasonCode(
    code="overpayment_not_consented",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause=(
        "What of the payment settles no invoice is an overpayment in Xero, and the consent "
        "does not cover bank transactions, which make one."
    ),
    fix="Connect the organisation again and agree to all that is asked for.",
    what=(
        "What of a payment settles no invoice goes to Xero as a bank transaction. The consent "
        "is older than the scope that this asks for. What settles invoices may be in Xero "
        "already; it is not written again."
    ),
    do=(
        "Connect the organisation again and agree to all that is asked for.",
        "Solve the task. Or allocate the whole payment to invoices on the platform.",
    ),
    then=Afterwards.SOLVE,
)
PERIOD_LOCKED: Final = ReasonCode(
    code="period_locked",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The document's date is in a period that is locked in Xero ({lock} lock, {day}).",
    fix="Move the lock date in Xero, or date the document after it.",
    what=(
        "The document's date is before a lock date of the Xero organisation: that of the "
        "period or that of the year's end."
    ),
    do=(
        "Ask the company's accountant which is right.",
        (
            "Move the lock date in Xero's financial settings, or date the document after it on "
            "the platform."
        ),
    ),
    then=Afterwards.SOLVE,
)
CURRENCY_MISSING: Final = ReasonCode(
    code="currency_missing",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The organisation does not have the currency {currency}.",
    fix="Add the currency in Xero; it needs a plan with multiple currencies.",
    what=(
        "The Xero organisation does not have the document's currency. It was not added yet, or "
        "the plan has no multiple currencies."
    ),
    do=("Add the currency in Xero's settings; it needs a plan with multiple currencies.",),
    then=Afterwards.SOLVE,
)
ACCOUNT_INVALID: Final = ReasonCode(
    code="account_invalid",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The account {account} can't be used on this document in Xero.",
    fix="Map it to an active account that is not a bank or control account.",
    what=(
        "Xero does not take the account on this kind of document. It is archived, a bank "
        "account, or a control account such as receivables."
    ),
    do=(
        "Look the account up in Xero's chart of accounts.",
        (
            "Restore it there, or name another account: on the document's line, or as "
            "`accounts` in the connection's settings."
        ),
    ),
    then=Afterwards.SOLVE,
)
CLASS_INVALID: Final = ReasonCode(
    code="class_invalid",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause=(
        "A line's class is mapped to a tracking category or option that is not in Xero, or not "
        "in use."
    ),
    fix=(
        "Map the class to tracking that is in use, in the connection's settings, or add it in "
        "Xero again."
    ),
    what=(
        "A line's class is mapped to a tracking category or option that Xero does not have, or "
        "that is archived there."
    ),
    do=(
        "Look at the tracking categories in Xero's accounting settings.",
        (
            "Map the class to an option that is in use, under `classes` in the connection's "
            "settings; or add or restore it in Xero."
        ),
    ),
    then=Afterwards.SOLVE,
)
TAX_CODE_UNFIT: Final = ReasonCode(
    code="tax_code_unfit",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The tax rate {tax} can't be used with the account {account} in Xero.",
    fix="Map the tax code to a rate that fits the account, or choose another account.",
    what=(
        "Xero does not take the tax rate together with the account of the line: a sales rate "
        "on a purchase account, for instance."
    ),
    do=(
        "Look up which tax rates the account takes in Xero.",
        (
            "Map the tax code to one of them under `tax_codes` in the connection's settings, "
            "or choose another account."
        ),
    ),
    then=Afterwards.SOLVE,
)
TAX_CODE_INVALID: Final = ReasonCode(
    code="tax_code_invalid",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The tax rate {tax} does not exist in Xero, or not for this kind of document.",
    fix="Map the tax code to one of Xero's active tax rates.",
    what=(
        "The tax rate that a tax code is mapped to does not exist in Xero, or not for this "
        "kind of document."
    ),
    do=(
        (
            "Check in Xero that the tax rate is there, active, and for sales or purchases as "
            "needed."
        ),
        "Map the tax code to another one under `tax_codes` in the connection's settings.",
    ),
    then=Afterwards.SOLVE,
)
SYSTEM_ACCOUNT: Final = ReasonCode(
    code="system_account",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="Xero needs this account and does not let it go.",
    fix="Leave the account in use on the platform.",
    what=(
        "The platform archives or deletes an account that Xero itself needs, such as "
        "receivables or sales tax."
    ),
    do=("Take the account into use again on the platform.",),
    then=Afterwards.SOLVE,
)
BANK_ACCOUNT_BY_HAND: Final = ReasonCode(
    code="bank_account_by_hand",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="Xero does not let bank accounts be added or changed from outside.",
    fix="Add or change the bank account in Xero.",
    what=(
        "Xero does not let bank accounts be added or changed from outside: it asks for the "
        "bank's own number."
    ),
    do=(
        "Add or change the bank account in Xero, with the code that the cause names.",
        "Solve the task: the account is then found by its code and linked.",
    ),
    then=Afterwards.SOLVE,
)
LOOK_UP_REFUSED: Final = ReasonCode(
    code="look_up_refused",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="Xero refuses to search an organisation with so many records.",
    fix="Search the document in Xero by hand, and tell the operator what was found.",
    what=(
        "Xero refuses to search an organisation with so many records, so it can't be seen "
        "whether the document is there already."
    ),
    do=(
        "Search the document in Xero by hand, by its number or reference.",
        (
            "As the operator: delete the record's row in `intents`, which keeps the doubt; if "
            "the document is there, write its id into `external_id` of the record's row in "
            "`sync_records` too. There is no command for either."
        ),
        "Solve the task.",
    ),
    then=Afterwards.SOLVE,
)
ITEM_WITHOUT_ACCOUNT: Final = reasons.ACCOUNT_UNMAPPED.reworded(
    cause="A line names no account, and its item has none in Xero.",
    fix="Give the item an account in Xero, or name one on the line.",
)
TAX_CODE_NEEDED: Final = reasons.TAX_CODE_UNMAPPED.reworded(
    cause="Xero asks for a tax rate on every line.",
    fix="Map the tax code to one of Xero's tax rates.",
)
TAX_CODE_UNMAPPED: Final = reasons.TAX_CODE_UNMAPPED.reworded(
    cause=(
        "The tax code {code} at {rate} % is not mapped, and Xero has {found} of that rate for "
        "{side}."
    ),
    fix="Map the tax code to one of Xero's tax rates in the connection's settings.",
)
TAX_RATE_DIFFERS: Final = reasons.TAX_RATE_DIFFERS.reworded(
    cause=(
        "The tax code {code} is {rate} % on the document, but it is mapped to Xero's {mapped}, "
        "which is {ledger_rate} %."
    ),
    fix="Map the tax code to a tax rate of {rate} %.",
)
ACCOUNT_UNMAPPED: Final = reasons.ACCOUNT_UNMAPPED.reworded(
    cause="The document names no account, and the connection has no default for {use}.",
    fix="Choose the default account for {use} in the connection's settings.",
)
CLASS_UNMAPPED: Final = reasons.CLASS_UNMAPPED.reworded(
    cause="Line {line_id} has class {code}, which {because}.",
    fix=(
        "Map the class {code} to a tracking category and its option in the connection's "
        "settings, or to nothing to leave it out."
    ),
)
BANK_ACCOUNT_KEPT_BY_XERO: Final = BANK_ACCOUNT_BY_HAND.reworded(
    cause="Bank account {code} can't be added to or changed in Xero from outside.",
    fix="Add or change the bank account in Xero with the code {code}; it is then linked.",
)
