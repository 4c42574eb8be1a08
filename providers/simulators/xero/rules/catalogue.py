"""The table of resources: for each path, what can be read, written and deleted, and how.

Source: the verb table of Xero-OpenAPI xero_accounting.yaml 16.1.0; optimised fields from the
page "Efficient data retrieval", read 2026-09. It has more than 400 lines, as
one table says what is offered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from providers.simulators.xero.books import render
from providers.simulators.xero.books.credits import (
    CREDIT_KINDS,
    OVERPAYMENT,
    PREPAYMENT,
    CreditKind,
)
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.render import View
from providers.simulators.xero.books.table import Record, RecordTable
from providers.simulators.xero.query.listing import ListRules
from providers.simulators.xero.query.where import field_paths
from providers.simulators.xero.rules import (
    accounts,
    bank_transactions,
    batch_payments,
    contacts,
    credit_notes,
    currencies,
    invoices,
    items,
    payments,
    tax_rates,
    tracking,
)
from providers.simulators.xero.rules.documents import SavedRecord, WriteOptions
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

Create = Callable[[OrganisationBooks, Payload, WriteOptions], SavedRecord]
Update = Callable[[OrganisationBooks, Record, Payload, WriteOptions], SavedRecord]
Find = Callable[[OrganisationBooks, str], Record | None]
Match = Callable[[OrganisationBooks, Payload], Record | None]
Delete = Callable[[OrganisationBooks, Record], Record | None]
Render = Callable[[OrganisationBooks, Record, View], Record]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResource:
    """One resource of the API.

    Attributes:
        name: Name in bodies, such as ``Invoices``.
        table: Returns the table of an organisation.
        find: Finds by what may stand in the path: an id or, for some, a number or code.
        render: Shows a record.
        scopes: Scopes that open the resource; each also has a ``.read`` form.
        listing: What its list can do.
        create: Makes a record; None where nothing can be made.
        update: Changes a record; None where nothing can be changed. The only change of a
            payment is its deletion.
        match: Finds the record that a POST without an id means; None where a POST only
            creates.
        post_creates: Whether a POST on the collection may create.
        one_by_one: Whether only the first element of a request counts.
        delete: Carries DELETE out; what it returns is shown, None answers 204.
    """

    name: str
    table: Callable[[OrganisationBooks], RecordTable]
    find: Find
    render: Render
    scopes: tuple[str, ...]
    listing: ListRules
    create: Create | None = None
    update: Update | None = None
    match: Match | None = None
    post_creates: bool = True
    one_by_one: bool = False
    delete: Delete | None = None


def _plain_create(
    create: Callable[[OrganisationBooks, Payload, WriteOptions], Record],
) -> Create:
    return lambda org, payload, options: SavedRecord(create(org, payload, options))


def _plain_update(
    update: Callable[[OrganisationBooks, Record, Payload, WriteOptions], Record],
) -> Update:
    return lambda org, record, payload, options: SavedRecord(
        update(org, record, payload, options)
    )


def _deletion(
    delete: Callable[[OrganisationBooks, Record, WriteOptions], Record],
) -> Update:
    """Make an update whose only purpose is ``Status: DELETED``."""

    def update(
        org: OrganisationBooks, record: Record, payload: Payload, options: WriteOptions
    ) -> SavedRecord:
        if fields.text(payload, "Status") != "DELETED":
            raise ElementRejected("Only the status DELETED can be set")
        return SavedRecord(delete(org, record, options))

    return update


def _remove_item(org: OrganisationBooks, item: Record) -> None:
    org.items.remove(item["ItemID"])


def _by_id(table_of: Callable[[OrganisationBooks], RecordTable]) -> Find:
    return lambda org, key: table_of(org).get(key)


def _advances(kind: CreditKind) -> ApiResource:
    """Return the resource of what was paid in advance: made by bank transactions alone."""
    return ApiResource(
        name=kind.plural,
        table=lambda org: org.credits(kind),
        find=lambda org, key: org.credits(kind).get(key),
        render=render.render_advance,
        scopes=("accounting.payments",),
        listing=ListRules(
            known=field_paths(
                *(kind.id_field, "Type", "Status", "Date", "Total", "RemainingCredit"),
                *("CurrencyCode", "UpdatedDateUTC", *_CONTACT_PATHS),
            ),
            paged=True,
            optimised=frozenset({"status", "date", "type", "contact.contactid"}),
            optimised_order=frozenset({kind.id_field.lower(), "updateddateutc", "date"}),
        ),
    )


def _settings(
    name: str, table_of: Callable[[OrganisationBooks], RecordTable], *known: str
) -> ApiResource:
    """Return a resource that can only be read."""
    return ApiResource(
        name=name,
        table=table_of,
        find=_by_id(table_of),
        render=render.render_without_stamp,
        scopes=("accounting.settings",),
        listing=ListRules(known=field_paths(*known)),
    )


_CONTACT_PATHS: Final = ("Contact.ContactID", "Contact.Name", "Contact.ContactNumber")

CONTACTS: Final = ApiResource(
    name="Contacts",
    table=attrgetter("contacts"),
    find=contacts.find_contact,
    render=render.render_contact,
    scopes=("accounting.contacts",),
    create=lambda org, payload, _options: SavedRecord(contacts.create_contact(org, payload)),
    update=lambda org, contact, payload, _options: SavedRecord(
        contacts.update_contact(org, contact, payload)
    ),
    match=contacts.match_contact,
    listing=ListRules(
        known=field_paths(
            *("ContactID", "ContactNumber", "AccountNumber", "ContactStatus", "Name"),
            *("FirstName", "LastName", "EmailAddress", "CompanyNumber", "TaxNumber"),
            *("IsSupplier", "IsCustomer", "UpdatedDateUTC"),
        ),
        paged=True,
        lists={"ids": "ContactID"},
        search=(
            *("Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber"),
            "EmailAddress",
        ),
        hidden=("ContactStatus", "ARCHIVED"),
        optimised=frozenset({"name", "emailaddress", "accountnumber"}),
        optimised_order=frozenset({"contactid", "updateddateutc", "name"}),
    ),
)

INVOICES: Final = ApiResource(
    name="Invoices",
    table=attrgetter("invoices"),
    find=invoices.find_invoice,
    render=render.render_invoice,
    scopes=("accounting.invoices",),
    create=invoices.create_invoice,
    update=invoices.update_invoice,
    match=invoices.match_invoice,
    listing=ListRules(
        known=field_paths(
            *("InvoiceID", "InvoiceNumber", "Type", "Status", "Reference", "Date", "DueDate"),
            *("AmountDue", "AmountPaid", "AmountCredited", "SubTotal", "TotalTax", "Total"),
            *("CurrencyCode", "FullyPaidOnDate", "SentToContact", "UpdatedDateUTC"),
            *_CONTACT_PATHS,
        ),
        paged=True,
        lists={
            "ids": "InvoiceID",
            "invoicenumbers": "InvoiceNumber",
            "contactids": "Contact.ContactID",
            "statuses": "Status",
        },
        search=("InvoiceNumber", "Reference"),
        optimised=frozenset(
            {
                *("status", "contact.contactid", "contact.name", "contact.contactnumber"),
                *("reference", "invoicenumber", "invoiceid", "date", "type", "amountdue"),
                *("amountpaid", "duedate"),
            }
        ),
        optimised_or=frozenset({"invoiceid"}),
        optimised_order=frozenset({"invoiceid", "updateddateutc", "date"}),
    ),
)

CREDIT_NOTES: Final = ApiResource(
    name="CreditNotes",
    table=attrgetter("credit_notes"),
    find=credit_notes.find_credit_note,
    render=render.render_credit_note,
    scopes=("accounting.invoices",),
    create=_plain_create(credit_notes.create_credit_note),
    update=_plain_update(credit_notes.update_credit_note),
    match=credit_notes.match_credit_note,
    listing=ListRules(
        known=field_paths(
            *("CreditNoteID", "CreditNoteNumber", "Type", "Status", "Reference", "Date"),
            *("Total", "RemainingCredit", "CurrencyCode", "UpdatedDateUTC", *_CONTACT_PATHS),
        ),
        paged=True,
        optimised=frozenset(
            {"status", "date", "reference", "type", *(p.lower() for p in _CONTACT_PATHS)}
        ),
        optimised_order=frozenset({"creditnoteid", "updateddateutc", "date"}),
    ),
)

PAYMENTS: Final = ApiResource(
    name="Payments",
    table=attrgetter("payments"),
    find=_by_id(attrgetter("payments")),
    render=render.render_payment,
    scopes=("accounting.payments",),
    create=_plain_create(payments.create_payment),
    update=_deletion(payments.delete_payment),
    listing=ListRules(
        known=field_paths(
            *("PaymentID", "PaymentType", "Status", "Date", "Amount", "Reference"),
            *("IsReconciled", "BatchPaymentID", "UpdatedDateUTC", "Account.AccountID"),
            *("Invoice.InvoiceID", "Invoice.InvoiceNumber", "Invoice.Type"),
            *(f"{kind.name}.{kind.id_field}" for kind in CREDIT_KINDS),
        ),
        paged=True,
        optimised=frozenset(
            {"paymenttype", "status", "date", "invoice.invoiceid", "reference"}
        ),
        optimised_or=frozenset({"paymentid", "invoice.invoiceid"}),
        optimised_order=frozenset({"updateddateutc", "date", "paymentid"}),
    ),
)

BATCH_PAYMENTS: Final = ApiResource(
    name="BatchPayments",
    table=attrgetter("batch_payments"),
    find=_by_id(attrgetter("batch_payments")),
    render=render.render_batch,
    scopes=("accounting.payments",),
    create=_plain_create(batch_payments.create_batch),
    update=_deletion(batch_payments.delete_batch),
    post_creates=False,
    listing=ListRules(
        known=field_paths(
            *("BatchPaymentID", "Type", "Status", "Date", "TotalAmount", "Reference"),
            *("IsReconciled", "UpdatedDateUTC"),
        )
    ),
)

BANK_TRANSACTIONS: Final = ApiResource(
    name="BankTransactions",
    table=attrgetter("bank_transactions"),
    find=_by_id(attrgetter("bank_transactions")),
    render=render.render_bank_transaction,
    scopes=("accounting.banktransactions",),
    create=_plain_create(bank_transactions.create_bank_transaction),
    update=_plain_update(bank_transactions.update_bank_transaction),
    listing=ListRules(
        known=field_paths(
            *("BankTransactionID", "Type", "Status", "Date", "Reference", "Total"),
            *("IsReconciled", "UpdatedDateUTC", "BankAccount.AccountID", *_CONTACT_PATHS),
        ),
        paged=True,
        optimised=frozenset({"type", "status", "date", "contact.contactid"}),
        optimised_order=frozenset({"banktransactionid", "updateddateutc", "date"}),
    ),
)

ITEMS: Final = ApiResource(
    name="Items",
    table=attrgetter("items"),
    find=items.find_item,
    render=render.render_item,
    scopes=("accounting.settings", "accounting.invoices"),
    create=_plain_create(items.create_item),
    update=_plain_update(items.update_item),
    match=items.match_item,
    delete=_remove_item,
    listing=ListRules(
        known=field_paths("ItemID", "Code", "Name", "IsSold", "IsPurchased", "UpdatedDateUTC")
    ),
)

ACCOUNTS: Final = ApiResource(
    name="Accounts",
    table=attrgetter("accounts"),
    find=accounts.find_account,
    render=render.render_plain,
    scopes=("accounting.settings",),
    create=lambda org, payload, _options: SavedRecord(accounts.create_account(org, payload)),
    update=lambda org, account, payload, _options: SavedRecord(
        accounts.update_account(org, account, payload)
    ),
    post_creates=False,
    one_by_one=True,
    delete=accounts.delete_account,
    listing=ListRules(
        known=field_paths(
            *("AccountID", "Code", "Name", "Type", "Class", "Status", "TaxType"),
            *("SystemAccount", "EnablePaymentsToAccount", "UpdatedDateUTC"),
        )
    ),
)

CURRENCIES: Final = ApiResource(
    name="Currencies",
    table=attrgetter("currencies"),
    find=_by_id(attrgetter("currencies")),
    render=render.render_without_stamp,
    scopes=("accounting.settings",),
    create=lambda org, payload, _options: SavedRecord(currencies.add_currency(org, payload)),
    post_creates=False,
    one_by_one=True,
    listing=ListRules(known=field_paths("Code", "Description")),
)

OVERPAYMENTS: Final = _advances(OVERPAYMENT)
PREPAYMENTS: Final = _advances(PREPAYMENT)
WITH_ALLOCATIONS: Final = (CREDIT_NOTES, OVERPAYMENTS, PREPAYMENTS)
"""The resources that have allocations."""

TAX_RATES: Final = ApiResource(
    name="TaxRates",
    table=attrgetter("tax_rates"),
    find=_by_id(attrgetter("tax_rates")),
    render=render.render_without_stamp,
    scopes=("accounting.settings",),
    create=lambda org, payload, _options: SavedRecord(tax_rates.create_tax_rate(org, payload)),
    update=lambda org, rate, payload, _options: SavedRecord(
        tax_rates.update_tax_rate(org, rate, payload)
    ),
    match=tax_rates.match_tax_rate,
    one_by_one=True,
    listing=ListRules(known=field_paths("Name", "TaxType", "Status")),
)

TRACKING_CATEGORIES: Final = ApiResource(
    name="TrackingCategories",
    table=attrgetter("tracking"),
    find=_by_id(attrgetter("tracking")),
    render=render.render_without_stamp,
    scopes=("accounting.settings",),
    create=lambda org, payload, _options: SavedRecord(tracking.create_category(org, payload)),
    update=lambda org, category, payload, _options: SavedRecord(
        tracking.update_category(org, category, payload)
    ),
    post_creates=False,
    one_by_one=True,
    delete=tracking.delete_category,
    listing=ListRules(known=field_paths("TrackingCategoryID", "Name", "Status")),
)

RESOURCES: Final[Mapping[str, ApiResource]] = {
    resource.name.lower(): resource
    for resource in (
        CONTACTS,
        INVOICES,
        CREDIT_NOTES,
        PAYMENTS,
        BATCH_PAYMENTS,
        BANK_TRANSACTIONS,
        ITEMS,
        ACCOUNTS,
        CURRENCIES,
        OVERPAYMENTS,
        PREPAYMENTS,
        TAX_RATES,
        TRACKING_CATEGORIES,
        _settings("Organisations", attrgetter("profiles"), "Name"),
    )
}
"""Every resource by its name in lower case."""
