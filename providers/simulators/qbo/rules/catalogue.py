"""The rules of every entity that can be written, by its name."""

from collections.abc import Callable
from dataclasses import dataclass

from providers.simulators.qbo.books.company import Company
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.rules import bills, journals, lists, payments, people, sales
from providers.simulators.qbo.rules.drafts import Draft
from providers.simulators.qbo.rules.effects import NOTHING, Effects


def no_effects(_company: Company, _record: Record) -> Effects:
    """Change nothing elsewhere."""
    return NOTHING


@dataclass(frozen=True, slots=True)
class Rules:
    """How drafts of an entity are completed, and what its records do to others.

    Attributes:
        complete: Fills the draft's body in, or raises Refused; changes nothing else.
        effects: Says what a stored record does to others.
    """

    complete: Callable[[Draft], None]
    effects: Callable[[Company, Record], Effects] = no_effects


RULES: dict[str, Rules] = {
    "Customer": Rules(people.complete_customer),
    "Vendor": Rules(people.complete_vendor),
    "Employee": Rules(people.complete_employee),
    "Item": Rules(lists.complete_item),
    "Account": Rules(lists.complete_account),
    "Class": Rules(lists.complete_class),
    "Department": Rules(lists.complete_department),
    "Term": Rules(lists.complete_term),
    "PaymentMethod": Rules(lists.complete_payment_method),
    "Invoice": Rules(sales.complete_invoice, sales.invoice_effects),
    "SalesReceipt": Rules(sales.complete_sales_receipt, sales.sales_receipt_effects),
    "CreditMemo": Rules(sales.complete_credit_memo, sales.credit_memo_effects),
    "Bill": Rules(bills.complete_bill, bills.bill_effects),
    "Payment": Rules(payments.complete_payment, payments.payment_effects),
    "BillPayment": Rules(payments.complete_bill_payment, payments.bill_payment_effects),
    "JournalEntry": Rules(journals.complete_journal, journals.journal_effects),
}
