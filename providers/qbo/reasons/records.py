"""The reasons of QuickBooks: what stands in the way among the ledger's records."""

from typing import Final

from providers import reasons
from schemas.afterwards import Afterwards
from schemas.errors import ErrorCategory, ReasonCode, Solver

REPEATED_REQUEST: Final = ReasonCode(
    code="repeated_request",
    category=ErrorCategory.SETTING,
    solver=Solver.NOBODY,
    cause="QuickBooks has had this request before.",
    fix="Nothing: the record is looked up.",
    what=(
        "QuickBooks has had this write before: its answer was lost, or it came twice. It is "
        "not carried out a second time."
    ),
    do=(
        "Nothing at first: the record is looked up and linked.",
        "If it is held: look in QuickBooks whether the document is there, then solve the task.",
    ),
    then=Afterwards.LOOK_UP,
)
RECORD_GONE: Final = ReasonCode(
    code="record_gone",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="QuickBooks no longer has this record, or someone made it inactive.",
    fix="Restore the record in QuickBooks, or take it off the platform too.",
    what=(
        "QuickBooks no longer has the record that was to be changed, or someone made it "
        "inactive. The gateway does not write it anew without being told."
    ),
    do=(
        "Ask in the company whether that was meant.",
        (
            "If so, void the document on the platform or take it out of use: of what is gone "
            "that counts as done. If not, restore the record in QuickBooks and solve the task."
        ),
        "What can't be restored must be announced as a new document, with an id of its own.",
    ),
    then=Afterwards.SOLVE,
)
CANNOT_LINK: Final = ReasonCode(
    code="cannot_link",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="QuickBooks can't link the payment to that invoice.",
    fix="Check in QuickBooks that the invoice is open and belongs to the same customer.",
    what=(
        "QuickBooks can't apply the payment to that invoice. The invoice is paid or void "
        "there, or belongs to another customer."
    ),
    do=(
        "Check in QuickBooks that the invoice is open, and of the payment's customer.",
        "Correct it there, or allocate the payment otherwise on the platform.",
    ),
    then=Afterwards.SOLVE,
)
REFERENCE_GONE: Final = ReasonCode(
    code="reference_gone",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The document names a record that QuickBooks does not have.",
    fix="Map the account, item, class, customer or vendor named to one that QuickBooks has.",
    what=(
        "The document names a customer, vendor, item, account or class that QuickBooks has "
        "deleted or made inactive."
    ),
    do=(
        "Read in what QuickBooks says (`provider_code`) which one it is.",
        "Make it active again in QuickBooks, or name or map another one.",
    ),
    then=Afterwards.SOLVE,
)
CHANGED_IN_LEDGER: Final = ReasonCode(
    code="changed_in_ledger",
    category=ErrorCategory.SETTING,
    solver=Solver.NOBODY,
    cause="Someone changed the record in QuickBooks in the meantime.",
    fix="Nothing: it is read again and the change repeated.",
    what=(
        "Someone changed the record in QuickBooks between the gateway's reading and its "
        "writing. What the platform says is written over it, field by field."
    ),
    do=(
        "Nothing at first: the record is read again and the change repeated.",
        (
            "If it died of this, someone or another app keeps changing the record: find out "
            "who, then replay the dead letter."
        ),
    ),
    then=Afterwards.RETRY,
)
CUSTOMER_INACTIVE: Final = ReasonCode(
    code="customer_inactive",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The customer is inactive in QuickBooks.",
    fix="Make the customer active again in QuickBooks.",
    what=(
        "The document's customer was made inactive in QuickBooks, which takes no new documents "
        "for it."
    ),
    do=(
        (
            "Make the customer active again in QuickBooks, among the inactive ones of the "
            "customer list."
        ),
    ),
    then=Afterwards.SOLVE,
)
CANNOT_VOID: Final = ReasonCode(
    code="cannot_void",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="QuickBooks does not let this transaction be voided.",
    fix="Look at the transaction in QuickBooks, and void it there.",
    what="QuickBooks does not let this transaction be voided, mostly as others depend on it.",
    do=(
        "Open the transaction in QuickBooks and void it there.",
        "Solve the task: that it is void already counts as done.",
    ),
    then=Afterwards.SOLVE,
)
BANK_MATCHED: Final = ReasonCode(
    code="bank_matched",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The transaction is matched to a line of a bank statement in QuickBooks.",
    fix="Undo the match in QuickBooks' bank feed first.",
    what=(
        "The transaction is matched to a line of a bank statement in QuickBooks, so it can't "
        "be changed or voided."
    ),
    do=(
        "Open the bank feed in QuickBooks and undo the match.",
        "Solve the task, then match the line again.",
    ),
    then=Afterwards.SOLVE,
)
DEPOSITED: Final = ReasonCode(
    code="deposited",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="The payment is part of a bank deposit in QuickBooks, which locks it.",
    fix="Take the payment out of the deposit in QuickBooks first.",
    what="The payment is part of a bank deposit in QuickBooks, which locks it against changes.",
    do=(
        "Open the deposit in QuickBooks and take the payment out of it.",
        "Solve the task, then make the deposit again.",
    ),
    then=Afterwards.SOLVE,
)
RECORD_INACTIVE: Final = ReasonCode(
    code="record_inactive",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause="QuickBooks has a {kind} {name!r} (id {ledger_id}), but it is inactive.",
    fix="Make it active again in QuickBooks, or rename it there or here.",
    what=(
        "QuickBooks has a record of this name, but it is inactive, and its name is taken all "
        "the same."
    ),
    do=(
        "Make it active again in QuickBooks: it is then linked.",
        "Or rename one of the two.",
    ),
    then=Afterwards.SOLVE,
)
CUSTOMER_HAS_BALANCE: Final = ReasonCode(
    code="customer_has_balance",
    category=ErrorCategory.SETTING,
    solver=Solver.TENANT_ADMIN,
    cause=(
        "Customer {name!r} has a balance of {balance} {currency} in QuickBooks, which writes "
        "it off when the customer is made inactive."
    ),
    fix="Settle or void what is open, then solve the task; or make the customer active again.",
    what=(
        "A customer was taken out of use on the platform, and something is open of it in "
        "QuickBooks: an invoice, or a payment that settles nothing. QuickBooks writes the "
        "balance off when a customer is made inactive, so it stays active there. Payments of "
        "the customer go on."
    ),
    do=(
        (
            "Settle or void on the platform what is open of the customer, or wait until it is "
            "paid; then solve the task."
        ),
        "Or make the customer active again on the platform.",
    ),
    then=Afterwards.BLOCKED,
)
LOCKED_BY_LINK: Final = reasons.HAS_PAYMENTS.reworded(
    cause="QuickBooks holds on to the transaction because others are linked to it.",
    fix="Unlink or delete the linked payments in QuickBooks first.",
)
NUMBER_IN_USE: Final = reasons.NUMBER_TAKEN.reworded(
    cause="QuickBooks already has a document with this number.",
    fix="Nothing yet: that document is looked up; renumber this one if it is another.",
)
ACCOUNT_NUMBER_IN_USE: Final = reasons.NUMBER_TAKEN.reworded(
    cause="QuickBooks already has an account with this number.",
    fix="Nothing yet: that account is looked up; renumber this one if it is another.",
)
NAME_IN_USE: Final = reasons.NAME_TAKEN.reworded(
    cause="QuickBooks already has a record with this name.",
    fix="Nothing yet: that record is looked up; rename this one if it is another.",
)
NUMBER_TAKEN: Final = reasons.NUMBER_TAKEN.reworded(
    cause="Number {number!r} is used in QuickBooks by another {kind} (id {ledger_id}).",
    fix="Renumber one of the two.",
)
NAME_TAKEN: Final = reasons.NAME_TAKEN.reworded(
    cause="The name {name!r} is used in QuickBooks by {by}.",
    fix="Rename one of the two.",
)
REFERENCE_DELETED: Final = REFERENCE_GONE.reworded(
    cause=(
        "The document names a customer, vendor, item, account or class that QuickBooks has "
        "deleted or made inactive."
    ),
    fix="Make that record active again in QuickBooks, or map the document to another one.",
)
HAS_PAYMENTS: Final = reasons.HAS_PAYMENTS.reworded(
    cause="The {kind} has payments in QuickBooks, so it can't be {intent}.",
    fix="Remove or unlink the payments in QuickBooks first.",
)
PAYMENT_EXCEEDS_DUE: Final = reasons.PAYMENT_EXCEEDS_DUE.reworded(
    cause=(
        "The payment settles {amount} {currency} of invoice {number}, but {open} {currency} of "
        "it are open in QuickBooks."
    ),
    fix=(
        "Delete what is double in QuickBooks, or settle no more than {open} {currency} of the "
        "invoice and leave the rest unallocated."
    ),
)
