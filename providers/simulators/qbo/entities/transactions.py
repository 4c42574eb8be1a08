"""The transactions: sales forms, bills, payments and journals.

Source: Intuit Accounting API reference, page per entity.
"""

from collections.abc import Mapping
from typing import Any

from providers.simulators.qbo.entities.kinds import (
    ADDRESS,
    CURRENCY,
    CUSTOM_FIELD,
    LINKED_TXN,
    MEMO,
    Anything,
    Choice,
    Day,
    EmailAddress,
    Entity,
    FilledStruct,
    Flag,
    Kind,
    ListOf,
    Money,
    Number,
    Property,
    Reference,
    Struct,
    Text,
    Whole,
)

DEPOSIT_TYPES = ("Bank", "Other Current Asset")
TAX_MODES = Choice(("TaxExcluded", "TaxInclusive", "NotApplicable"))
PRINT_STATES = Choice(("NotSet", "NeedToPrint", "PrintComplete"))
EMAIL_STATES = Choice(("NotSet", "NeedToSend", "EmailSent"))
TAX_DETAIL = Struct(
    {
        "TxnTaxCodeRef": Reference("TaxCode"),
        "TotalTax": Money(),
        "TaxLine": ListOf(
            Struct(
                {
                    "Amount": Money(),
                    "DetailType": Text(30),
                    "TaxLineDetail": Struct(
                        {
                            "TaxRateRef": Reference("TaxRate"),
                            "PercentBased": Flag(),
                            "TaxPercent": Number(),
                            "NetAmountTaxable": Money(),
                        }
                    ),
                }
            )
        ),
    }
)
COMMON: dict[str, Property] = {
    "TxnDate": Property(Day()),
    "PrivateNote": Property(Text(4000)),
    "CurrencyRef": Property(CURRENCY, kept=True),
    "ExchangeRate": Property(Number()),
    "DepartmentRef": Property(Reference("Department")),
    "LinkedTxn": Property(ListOf(LINKED_TXN), kept=True),
    "TotalAmt": Property(Money(), read_only=True),
    "HomeTotalAmt": Property(Money(), read_only=True),
    "Balance": Property(Money(), read_only=True),
    "HomeBalance": Property(Money(), read_only=True),
    "RecurDataRef": Property(Anything(), read_only=True),
    "TaxExemptionRef": Property(Anything(), read_only=True),
    "TransactionLocationType": Property(Text(50)),
    "CustomField": Property(ListOf(CUSTOM_FIELD), kept=True),
    "ProjectRef": Property(Reference()),
    "TxnStatus": Property(Anything(), read_only=True),
}
NUMBERED = {"DocNumber": Property(Text(21))}
TAXED = {
    "GlobalTaxCalculation": Property(TAX_MODES, kept=True),
    "TxnTaxDetail": Property(TAX_DETAIL),
}
FILTERABLE: dict[str, Kind] = {
    "TxnDate": Day(),
    "TotalAmt": Number(),
    "PrivateNote": Text(4000),
    "CurrencyRef": Reference(),
}


def _lines(details: Mapping[str, Kind]) -> Kind:
    """Return the kind of a ``Line`` array with these details by DetailType."""
    shared: dict[str, Kind] = {
        "Id": Text(30),
        "LineNum": Whole(0, 10_000),
        "Description": Text(4000),
        "Amount": Money(),
        "DetailType": Choice(tuple(details)),
        "LinkedTxn": ListOf(LINKED_TXN),
        "CustomField": ListOf(CUSTOM_FIELD),
    }
    named = {"DescriptionOnly": "DescriptionLineDetail"}
    return ListOf(
        Struct(shared | {named.get(key, key): detail for key, detail in details.items()})
    )


SALES_ITEM = Struct(
    {
        "ItemRef": Reference("Item"),
        "Qty": Number(),
        "UnitPrice": Number(),
        "TaxCodeRef": Reference("TaxCode"),
        "ClassRef": Reference("Class"),
        "ServiceDate": Day(),
        "DiscountRate": Number(),
        "DiscountAmt": Money(),
        "TaxInclusiveAmt": Money(),
    }
)
SALES_LINES = _lines(
    {
        "SalesItemLineDetail": SALES_ITEM,
        "DiscountLineDetail": Struct(
            {
                "PercentBased": Flag(),
                "DiscountPercent": Number(),
                "DiscountAccountRef": Reference("Account"),
                "ClassRef": Reference("Class"),
                "TaxCodeRef": Reference("TaxCode"),
            }
        ),
        "SubTotalLineDetail": Struct({"ItemRef": Reference("Item")}),
        "DescriptionOnly": Struct({"ServiceDate": Day(), "TaxCodeRef": Reference("TaxCode")}),
    }
)
EXPENSE_SHARED: dict[str, Kind] = {
    "CustomerRef": Reference("Customer"),
    "ClassRef": Reference("Class"),
    "BillableStatus": Choice(("Billable", "NotBillable", "HasBeenBilled")),
    "TaxCodeRef": Reference("TaxCode"),
    "TaxAmount": Money(),
    "TaxInclusiveAmt": Money(),
}
BILL_LINES = _lines(
    {
        "AccountBasedExpenseLineDetail": Struct(
            EXPENSE_SHARED | {"AccountRef": Reference("Account")}
        ),
        "ItemBasedExpenseLineDetail": Struct(
            EXPENSE_SHARED
            | {"ItemRef": Reference("Item"), "Qty": Number(), "UnitPrice": Number()}
        ),
        "DescriptionOnly": Struct({}),
    }
)
JOURNAL_LINES = _lines(
    {
        "JournalEntryLineDetail": Struct(
            {
                "PostingType": Choice(("Debit", "Credit")),
                "AccountRef": Reference("Account"),
                "Entity": FilledStruct(
                    {
                        "Type": Choice(("Customer", "Vendor", "Employee")),
                        "EntityRef": Reference(),
                    }
                ),
                "ClassRef": Reference("Class"),
                "DepartmentRef": Reference("Department"),
                "TaxCodeRef": Reference("TaxCode"),
                "TaxApplicableOn": Choice(("Sales", "Purchase")),
                "TaxAmount": Money(),
                "BillableStatus": Text(30),
            }
        ),
        "DescriptionOnly": Struct({}),
    }
)
PAYMENT_LINES = ListOf(Struct({"Amount": Money(), "LinkedTxn": ListOf(LINKED_TXN)}))

SALES_FORM: dict[str, Property] = (
    COMMON
    | NUMBERED
    | TAXED
    | {
        "CustomerRef": Property(Reference("Customer"), required=True),
        "Line": Property(SALES_LINES, required=True),
        "BillEmail": Property(EmailAddress()),
        "BillEmailCc": Property(EmailAddress()),
        "BillEmailBcc": Property(EmailAddress()),
        "EmailStatus": Property(EMAIL_STATES, kept=True),
        "PrintStatus": Property(PRINT_STATES, kept=True),
        "CustomerMemo": Property(MEMO),
        "BillAddr": Property(ADDRESS),
        "ShipAddr": Property(ADDRESS),
        "ShipFromAddr": Property(ADDRESS),
        "ShipDate": Property(Day()),
        "TrackingNum": Property(Text(31)),
        "ShipMethodRef": Property(Reference()),
        "ClassRef": Property(Reference("Class")),
        "ApplyTaxAfterDiscount": Property(Flag()),
        "DeliveryInfo": Property(Anything(), read_only=True),
        "FreeFormAddress": Property(Anything(), read_only=True),
        "PaymentMethodRef": Property(Reference("PaymentMethod")),
        "PaymentRefNum": Property(Text(21)),
    }
)
SALES_DEFAULTS: dict[str, Any] = {
    "PrintStatus": "NotSet",
    "EmailStatus": "NotSet",
    "ApplyTaxAfterDiscount": False,
}
SALES_FILTERABLE: dict[str, Kind] = FILTERABLE | {
    "DocNumber": Text(21),
    "CustomerRef": Reference(),
    "Balance": Number(),
    "DueDate": Day(),
    "EmailStatus": Text(20),
    "PrintStatus": Text(20),
}
SALES_INDEXED = ("DocNumber", "CustomerRef", "PrivateNote")

INVOICE = Entity(
    name="Invoice",
    sequence="txn",
    word="Invoices",
    properties=SALES_FORM
    | {
        "DueDate": Property(Day()),
        "SalesTermRef": Property(Reference("Term")),
        "Deposit": Property(Money(negative=False)),
        "DepositToAccountRef": Property(Reference("Account", DEPOSIT_TYPES)),
        "InvoiceLink": Property(Anything(), read_only=True),
        "EInvoiceStatus": Property(Anything(), read_only=True),
        "AllowOnlinePayment": Property(Flag()),
        "AllowIPNPayment": Property(Flag()),
        "AllowOnlineCreditCardPayment": Property(Flag()),
        "AllowOnlineACHPayment": Property(Flag()),
        "AllowOnlineAffirmPayment": Property(Flag()),
    },
    filterable=SALES_FILTERABLE,
    indexed=SALES_INDEXED,
    is_transaction=True,
    voidable=True,
    defaults=SALES_DEFAULTS
    | {
        "AllowIPNPayment": False,
        "AllowOnlinePayment": False,
        "AllowOnlineCreditCardPayment": False,
        "AllowOnlineACHPayment": False,
    },
)
SALES_RECEIPT = Entity(
    name="SalesReceipt",
    sequence="txn",
    word="SalesReceipts",
    properties=SALES_FORM
    | {
        "CustomerRef": Property(Reference("Customer")),
        "DepositToAccountRef": Property(Reference("Account", DEPOSIT_TYPES)),
        "PaymentType": Property(Choice(("Cash", "Check", "CreditCard"))),
        "CreditCardPayment": Property(Anything()),
    },
    filterable=SALES_FILTERABLE,
    indexed=SALES_INDEXED,
    is_transaction=True,
    voidable=True,
    defaults=SALES_DEFAULTS,
)
CREDIT_MEMO = Entity(
    name="CreditMemo",
    sequence="txn",
    word="CreditMemos",
    properties=SALES_FORM
    | {
        "RemainingCredit": Property(Money(), read_only=True),
        "InvoiceRef": Property(Reference("Invoice")),
        "SalesTermRef": Property(Reference("Term")),
    },
    filterable=SALES_FILTERABLE,
    indexed=SALES_INDEXED,
    is_transaction=True,
    voidable=True,
    defaults=SALES_DEFAULTS,
)
BILL = Entity(
    name="Bill",
    sequence="txn",
    word="Bills",
    properties=COMMON
    | NUMBERED
    | TAXED
    | {
        "VendorRef": Property(Reference("Vendor"), required=True),
        "Line": Property(BILL_LINES, required=True),
        "DueDate": Property(Day()),
        "SalesTermRef": Property(Reference("Term")),
        "APAccountRef": Property(Reference("Account", ("Accounts Payable",)), kept=True),
        "VendorAddr": Property(ADDRESS),
        "AttachableRef": Property(Anything()),
        "IncludeInAnnualTPAR": Property(Flag()),
    },
    filterable=FILTERABLE
    | {
        "DocNumber": Text(21),
        "VendorRef": Reference(),
        "Balance": Number(),
        "DueDate": Day(),
        "APAccountRef": Reference(),
    },
    indexed=("DocNumber", "VendorRef", "PrivateNote"),
    sparse_required=("VendorRef",),
    is_transaction=True,
)
PAYMENT = Entity(
    name="Payment",
    sequence="txn",
    word="Payments",
    properties=COMMON
    | {
        "CustomerRef": Property(Reference("Customer"), required=True),
        "TotalAmt": Property(Money(negative=False), required=True),
        "Line": Property(PAYMENT_LINES),
        "UnappliedAmt": Property(Money(), read_only=True),
        "DepositToAccountRef": Property(Reference("Account", DEPOSIT_TYPES)),
        "ARAccountRef": Property(Reference("Account", ("Accounts Receivable",)), kept=True),
        "PaymentMethodRef": Property(Reference("PaymentMethod")),
        "PaymentRefNum": Property(Text(21)),
        "CreditCardPayment": Property(Anything()),
        "TxnSource": Property(Text(30)),
        "ProcessPayment": Property(Flag()),
    },
    filterable=FILTERABLE
    | {"PaymentRefNum": Text(21), "CustomerRef": Reference(), "UnappliedAmt": Number()},
    indexed=("CustomerRef", "PaymentRefNum", "PrivateNote"),
    is_transaction=True,
    voidable=True,
    defaults={"ProcessPayment": False},
)
BILL_PAYMENT = Entity(
    name="BillPayment",
    sequence="txn",
    word="BillPayments",
    properties=COMMON
    | NUMBERED
    | {
        "VendorRef": Property(Reference("Vendor"), required=True),
        "PayType": Property(Choice(("Check", "CreditCard")), required=True),
        "TotalAmt": Property(Money(negative=False), required=True),
        "Line": Property(PAYMENT_LINES, required=True),
        "CheckPayment": Property(
            FilledStruct(
                {
                    "BankAccountRef": Reference("Account", ("Bank",)),
                    "PrintStatus": PRINT_STATES,
                }
            )
        ),
        "CreditCardPayment": Property(
            FilledStruct({"CCAccountRef": Reference("Account", ("Credit Card",))})
        ),
        "APAccountRef": Property(Reference("Account", ("Accounts Payable",)), kept=True),
        "ProcessBillPayment": Property(Flag()),
    },
    filterable=FILTERABLE
    | {"DocNumber": Text(21), "VendorRef": Reference(), "PayType": Text(20)},
    indexed=("DocNumber", "VendorRef", "PrivateNote"),
    is_transaction=True,
    voidable=True,
)
JOURNAL_ENTRY = Entity(
    name="JournalEntry",
    sequence="txn",
    word="JournalEntries",
    properties=COMMON
    | NUMBERED
    | TAXED
    | {
        "Line": Property(JOURNAL_LINES, required=True),
        "Adjustment": Property(Flag()),
        "TaxRateRef": Property(Reference("TaxRate")),
    },
    filterable=FILTERABLE | {"DocNumber": Text(21), "Adjustment": Flag()},
    indexed=("DocNumber", "PrivateNote"),
    is_transaction=True,
    defaults={"Adjustment": False},
)
