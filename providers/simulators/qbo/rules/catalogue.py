"""The rules of every entity that can be written, by its name."""

from collections.abc import Callable
from dataclasses import dataclass

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.rules import bills, journals, lists, payments, people, sales
from providers.simulators.qbo.rules.drafts import Draft
from providers.simulators.qbo.rules.effects import NOTHING, Effects


def no_effects(_company: CompanyBooks, _record: Record) -> Effects:
    """Return no effects: the record changes nothing elsewhere."""
    return NOTHING


@dataclass(frozen=True, slots=True)
class EntityRules:
    """How drafts of an entity are completed, and what its records do to others.

    Attributes:
        complete: Fills in the body of a draft, or raises Refused; changes nothing else.
        effects: Returns what a stored record does to others.
    """

    complete: Callable[[Draft], None]
    effects: Callable[[CompanyBooks, Record], Effects] = no_effects


RULES: dict[str, EntityRules] = {
    "Customer": EntityRules(people.complete_customer),
    "Vendor": EntityRules(people.complete_vendor),
    "Employee": EntityRules(people.complete_employee),
    "Item": EntityRules(lists.complete_item),
    "Account": EntityRules(lists.complete_account),
    "Class": EntityRules(lists.complete_class),
    "Department": EntityRules(lists.complete_department),
    "Term": EntityRules(lists.complete_term),
    "PaymentMethod": EntityRules(lists.complete_payment_method),
    "Invoice": EntityRules(sales.complete_invoice, sales.invoice_effects),
    "SalesReceipt": EntityRules(sales.complete_sales_receipt, sales.sales_receipt_effects),
    "CreditMemo": EntityRules(sales.complete_credit_memo, sales.credit_memo_effects),
    "Bill": EntityRules(bills.complete_bill, bills.bill_effects),
    "Payment": EntityRules(payments.complete_payment, payments.payment_effects),
    "BillPayment": EntityRules(payments.complete_bill_payment, payments.bill_payment_effects),
    "JournalEntry": EntityRules(journals.complete_journal, journals.journal_effects),
}
