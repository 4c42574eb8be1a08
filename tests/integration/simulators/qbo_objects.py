"""Objects of `python-quickbooks`, as its users build them."""

from typing import Any

from quickbooks import QuickBooks
from quickbooks.objects import (
    Account,
    AccountBasedExpenseLine,
    AccountBasedExpenseLineDetail,
    Bill,
    Customer,
    EmailAddress,
    Invoice,
    Item,
    JournalEntry,
    JournalEntryLine,
    JournalEntryLineDetail,
    Payment,
    PaymentLine,
    SalesItemLine,
    SalesItemLineDetail,
    Vendor,
)


def a_customer(books: QuickBooks, name: str = "Harrow & Vale LLC") -> Any:
    """Create a customer."""
    customer = Customer()
    customer.DisplayName = name
    customer.PrimaryEmailAddr = EmailAddress()
    customer.PrimaryEmailAddr.Address = "ap@harrowvale.example"
    return customer.save(qb=books)


def a_vendor(books: QuickBooks, name: str = "Nordic Steel Ltd") -> Any:
    """Create a vendor."""
    vendor = Vendor()
    vendor.DisplayName = name
    return vendor.save(qb=books)


def a_sales_line(item: Any, amount: Any) -> Any:
    """Return an unsaved line of a sales form."""
    line = SalesItemLine()
    line.Amount = amount
    line.Description = "Site survey"
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = item.to_ref()
    return line


def an_invoice(books: QuickBooks, customer: Any, amount: Any = 100, **fields: Any) -> Any:
    """Create an invoice of one line, unless ``fields`` says otherwise."""
    invoice = Invoice()
    invoice.CustomerRef = customer.to_ref()
    invoice.Line.append(a_sales_line(Item.all(max_results=1, qb=books)[0], amount))
    for name, value in fields.items():
        setattr(invoice, name, value)
    return invoice.save(qb=books)


def a_bill(books: QuickBooks, vendor: Any, amount: Any = 204) -> Any:
    """Create a bill of one line."""
    account = Account.where("AccountType = 'Expense'", max_results=1, qb=books)[0]
    line = AccountBasedExpenseLine()
    line.Amount = amount
    line.AccountBasedExpenseLineDetail = AccountBasedExpenseLineDetail()
    line.AccountBasedExpenseLineDetail.AccountRef = account.to_ref()
    bill = Bill()
    bill.VendorRef = vendor.to_ref()
    bill.Line.append(line)
    bill.DocNumber = "NS-88731"
    return bill.save(qb=books)


def pay(books: QuickBooks, customer: Any, invoice: Any, amount: Any) -> Any:
    """Create a payment of one invoice."""
    line = PaymentLine()
    line.Amount = amount
    line.LinkedTxn.append(invoice.to_linked_txn())
    payment = Payment()
    payment.CustomerRef = customer.to_ref()
    payment.TotalAmt = amount
    payment.Line.append(line)
    return payment.save(qb=books)


def a_journal(books: QuickBooks, debit: int, credit: int) -> Any:
    """Create a journal entry with these sides."""
    entry = JournalEntry()
    accounts = Account.where("AccountType = 'Expense'", qb=books)
    for side, amount, account in zip(
        ("Debit", "Credit"), (debit, credit), accounts, strict=False
    ):
        line = JournalEntryLine()
        line.Amount = amount
        line.JournalEntryLineDetail = JournalEntryLineDetail()
        line.JournalEntryLineDetail.PostingType = side
        line.JournalEntryLineDetail.AccountRef = account.to_ref()
        entry.Line.append(line)
    return entry.save(qb=books)


def unsaved_customer(number: int) -> Any:
    """Return a customer that is not created yet."""
    customer = Customer()
    customer.DisplayName = f"Customer {number:03}"
    return customer
