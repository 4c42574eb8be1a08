"""The reasons of Xero: what stands in the way among the ledger's records."""

from typing import Final

from providers import reasons
from schemas.afterwards import Afterwards
from schemas.errors import ErrorCategory, ReasonCode, Solver

CONTACT_NUMBER_TAKEN: Final = ReasonCode(
    code="contact_number_taken",
    category=ErrorCategory.SETTING,
    solver=Solver.NOBODY,
    cause="A contact in Xero carries our mark already, typically after a merge.",
    fix="Nothing: it is looked up, and linked if it is the same.",
    what=(
        "A contact in Xero carries the gateway's mark of this customer or vendor already. "
        "Mostly two contacts were merged, or an answer of Xero was lost."
    ),
    do=(
        "Nothing at first.",
        (
            "If it is held: find the contact in Xero, and keep one contact for each customer "
            "or vendor."
        ),
    ),
    then=Afterwards.LOOK_UP,
)
ACCOUNT_NUMBER_TAKEN: Final = ReasonCode(
    code="account_number_taken",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="Another contact in Xero has this account number.",
    fix="Change or clear the account number of one of the two.",
    what=(
        "Two contacts in Xero would have the same account number, which Xero keeps unique. "
        "Mostly a customer was entered by hand before."
    ),
    do=(
        "Search Xero's contacts for the account number.",
        "Change or clear it on one of the two, there or on the platform.",
    ),
    then=Afterwards.SOLVE,
)
ARCHIVED: Final = ReasonCode(
    code="archived",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The document names something that is archived in Xero.",
    fix="Restore it in Xero, or use another one.",
    what=(
        "The document names something that is archived in Xero, or would be linked to it: a "
        "contact, an item or an account."
    ),
    do=(
        "Find it in Xero, among the archived ones.",
        "Restore it there; or rename one of the two, or name another one on the platform.",
    ),
    then=Afterwards.SOLVE,
)
CONTACT_MISSING: Final = ReasonCode(
    code="contact_missing",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The contact that the document names is not in Xero.",
    fix="Announce the customer or vendor as a new one, and name that on the document.",
    what=(
        "Xero does not have the contact that the document names. Mostly it was merged into "
        "another one or erased there."
    ),
    do=(
        "Look in Xero what became of the contact.",
        (
            "Announce the customer or vendor as a new one, with an id of its own: it is "
            "created, or linked to the contact of its name."
        ),
        "Announce the document again, with the new one in it.",
    ),
    then=Afterwards.SOLVE,
)
INVOICE_NOT_PAYABLE: Final = ReasonCode(
    code="invoice_not_payable",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The invoice is not approved in Xero, or it is void.",
    fix="Approve the invoice in Xero, or allocate the payment to another one.",
    what=(
        "The invoice that the payment is for is a draft, void or paid in Xero; only approved "
        "ones take payments."
    ),
    do=(
        "Approve the invoice in Xero, or allocate the payment to another one on the platform.",
    ),
    then=Afterwards.SOLVE,
)
PAYMENT_IN_BATCH: Final = ReasonCode(
    code="payment_in_batch",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The payment is part of a batch payment in Xero and can't be deleted alone.",
    fix="Delete the batch payment in Xero, and record the others again.",
    what="The payment is part of a batch payment in Xero and can't be deleted alone.",
    do=(
        "Delete the batch payment in Xero.",
        "Record the other payments of the batch again there, then solve the task.",
    ),
    then=Afterwards.SOLVE,
)
PAYMENT_RECONCILED: Final = ReasonCode(
    code="payment_reconciled",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The payment is reconciled with the bank statement in Xero.",
    fix="Undo the reconciliation in Xero first.",
    what="The payment is reconciled with a line of the bank statement in Xero, which locks it.",
    do=(
        "Open the payment in Xero and undo the reconciliation.",
        "Solve the task, then reconcile the line anew.",
    ),
    then=Afterwards.SOLVE,
)
INVOICE_MISSING: Final = ReasonCode(
    code="invoice_missing",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The invoice that is paid is not in Xero.",
    fix="Announce the invoice as a new one, and the payment with it.",
    what=(
        "Xero does not have the invoice or bill that the payment is for. Mostly it was deleted "
        "there."
    ),
    do=(
        "Look in Xero what became of the invoice.",
        (
            "If it is still owed, announce it as a new invoice, with an id and a number of its "
            "own, and then the payment with it. If not, void both on the platform."
        ),
    ),
    then=Afterwards.SOLVE,
)
STATUS_FORBIDS: Final = ReasonCode(
    code="status_forbids",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="Xero does not allow this in the status that the record has there.",
    fix="Open the record in Xero and compare it with the platform's.",
    what=(
        "Xero does not allow the change in the status that the record has there: it is void, "
        "paid, or was deleted."
    ),
    do=(
        "Open the record in Xero and compare its status with the platform's.",
        "Bring one of the two in line with the other, then solve the task.",
    ),
    then=Afterwards.SOLVE,
)
ITEM_MISSING: Final = ReasonCode(
    code="item_missing",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The item {item} is not in Xero, or not in use.",
    fix="Add the item in Xero again, or take it off the line.",
    what="Xero does not have the item of a line, or not in use for this kind of document.",
    do=(
        "Add the item in Xero again under the same code, or take it off the line.",
        "Check in Xero that it may be sold, or bought, as the document needs.",
    ),
    then=Afterwards.SOLVE,
)
STOCK_SHORT: Final = ReasonCode(
    code="stock_short",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="Xero counts the stock of an item, and there is not enough of it.",
    fix="Correct the stock in Xero, or allow back-orders there.",
    what="Xero counts the stock of an item, and there is less of it than the invoice sells.",
    do=(
        "Correct the stock in Xero, or allow back-orders there.",
        "Or take the item off the document.",
    ),
    then=Afterwards.SOLVE,
)
CODE_TAKEN: Final = ReasonCode(
    code="code_taken",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The code {code} is used in Xero by {by}.",
    fix="Change one of the two codes.",
    what=(
        "An item or account in Xero has this code already. If it is the same one, it is "
        "linked; if it is another, or a record was to be given the code of another, someone "
        "must decide."
    ),
    do=(
        "Nothing at first.",
        (
            "If it is held: find both in Xero by the code, and change the code of one, there "
            "or on the platform."
        ),
    ),
    then=Afterwards.LOOK_UP,
)
GONE: Final = ReasonCode(
    code="gone",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="Xero no longer has the record.",
    fix="Restore the record in Xero, or take it off the platform too.",
    what=(
        "Xero no longer has the record that was to be changed: it was deleted there, or moved "
        "by a merge. The gateway does not write it anew without being told."
    ),
    do=(
        "Ask in the company whether deleting it was meant.",
        (
            "If so, void the document on the platform or take it out of use: of what is gone "
            "that counts as done. If not, restore it in Xero where Xero can, and solve the "
            "task."
        ),
        "What can't be restored must be announced as a new document, with an id of its own.",
    ),
    then=Afterwards.SOLVE,
)
CONTACT_NAME_IN_USE: Final = reasons.NAME_TAKEN.reworded(
    cause="Another active contact in Xero is called {name}.",
    fix="Nothing: it is looked up, and linked if it is the same.",
    solver=Solver.NOBODY,
)
NUMBER_IN_USE: Final = reasons.NUMBER_TAKEN.reworded(
    cause="An invoice in Xero has this number already.",
    fix="Nothing: it is looked up, and linked if it is the same.",
    solver=Solver.NOBODY,
)
PAYMENT_EXCEEDS_DUE: Final = reasons.PAYMENT_EXCEEDS_DUE.reworded(
    cause="The payment is more than the invoice still owes in Xero.",
    fix="Delete what is double in Xero, or settle no more than the invoice still owes there.",
)
PAYMENT_EXCEEDS_OPEN: Final = PAYMENT_EXCEEDS_DUE.reworded(
    cause=(
        "The payment settles {amount} {currency} of invoice {number}, but {open} {currency} of "
        "it are open in Xero."
    ),
    fix=(
        "Delete what is double in Xero, or settle no more than {open} {currency} of the "
        "invoice and leave the rest unallocated."
    ),
)
HAS_PAYMENTS: Final = reasons.HAS_PAYMENTS.reworded(
    cause="The document has payments or credits in Xero, which forbid this change.",
    fix="Remove the payments and credits in Xero first, or credit the difference.",
)
ITEM_CODE_IN_USE: Final = CODE_TAKEN.reworded(
    cause="An item in Xero has the code {item} already.",
    fix="Nothing: it is looked up, and linked if it is the same.",
    solver=Solver.NOBODY,
)
ACCOUNT_CODE_IN_USE: Final = CODE_TAKEN.reworded(
    cause="An account in Xero has this code already.",
    fix="Nothing: it is looked up, and linked if it is the same.",
    solver=Solver.NOBODY,
)
ACCOUNT_NAME_IN_USE: Final = reasons.NAME_TAKEN.reworded(
    cause="An account in Xero has this name already.",
    fix="Nothing: it is looked up, and linked if it is the same.",
    solver=Solver.NOBODY,
)
NUMBER_TAKEN: Final = reasons.NUMBER_TAKEN.reworded(
    cause="The invoice number {number} is used in Xero by {by}.",
    fix="Give the invoice another number, or change the one in Xero.",
)
NAME_TAKEN: Final = reasons.NAME_TAKEN.reworded(
    cause="The name {name} is used in Xero by {by}.",
    fix="Rename one of the two, on the platform or in Xero.",
)
ARCHIVED_IN_XERO: Final = ARCHIVED.reworded(
    cause="Xero has {what}, but it is archived.",
    fix="Restore it in Xero, or rename one of the two.",
)
