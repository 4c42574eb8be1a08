"""Customers, vendors and employees: the three that share ids and display names.

Source: Intuit Accounting API reference, Customer, Vendor, Employee.
"""

from typing import Any

from providers.simulators.qbo.entities.kinds import (
    ADDRESS,
    CURRENCY,
    PHONE,
    WEB_ADDRESS,
    Choice,
    Day,
    EmailAddress,
    Entity,
    Flag,
    Kind,
    Money,
    Number,
    Property,
    Reference,
    Text,
    Whole,
)

NAME_FORBIDDEN = ":\t\n"
NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")

NAMED: dict[str, Property] = {
    "DisplayName": Property(Text(500, NAME_FORBIDDEN), kept=True),
    "Title": Property(Text(16, NAME_FORBIDDEN)),
    "GivenName": Property(Text(100, NAME_FORBIDDEN)),
    "MiddleName": Property(Text(100, NAME_FORBIDDEN)),
    "FamilyName": Property(Text(100, NAME_FORBIDDEN)),
    "Suffix": Property(Text(16, NAME_FORBIDDEN)),
    "CompanyName": Property(Text(100)),
    "PrintOnCheckName": Property(Text(110, NAME_FORBIDDEN)),
    "Active": Property(Flag()),
    "PrimaryEmailAddr": Property(EmailAddress()),
    "PrimaryPhone": Property(PHONE),
    "AlternatePhone": Property(PHONE),
    "Mobile": Property(PHONE),
    "Fax": Property(PHONE),
    "WebAddr": Property(WEB_ADDRESS),
    "BillAddr": Property(ADDRESS),
    "CurrencyRef": Property(CURRENCY, create_only=True, kept=True),
    "GSTIN": Property(Text(15)),
    "BusinessNumber": Property(Text(10)),
    "GSTRegistrationType": Property(Text(15)),
}
FILTERABLE: dict[str, Kind] = {
    "DisplayName": Text(500),
    "GivenName": Text(100),
    "MiddleName": Text(100),
    "FamilyName": Text(100),
    "CompanyName": Text(100),
    "PrintOnCheckName": Text(110),
    "Active": Flag(),
    "Balance": Number(),
    "PrimaryEmailAddr": Text(100),
}
DEFAULTS: dict[str, Any] = {"Active": True}

CUSTOMER = Entity(
    name="Customer",
    sequence="names",
    word="Names",
    properties=NAMED
    | {
        "FullyQualifiedName": Property(Text(3000), read_only=True),
        "Job": Property(Flag()),
        "ParentRef": Property(Reference("Customer")),
        "Level": Property(Number(), read_only=True),
        "BillWithParent": Property(Flag()),
        "IsProject": Property(Flag(), read_only=True),
        "ShipAddr": Property(ADDRESS),
        "Notes": Property(Text(2000)),
        "Balance": Property(Money(), create_only=True, kept=True),
        "OpenBalanceDate": Property(Day(), create_only=True),
        "BalanceWithJobs": Property(Money(), read_only=True),
        "SalesTermRef": Property(Reference("Term")),
        "PaymentMethodRef": Property(Reference("PaymentMethod")),
        "CustomerTypeRef": Property(Reference()),
        "PreferredDeliveryMethod": Property(Choice(("Print", "Email", "None"))),
        "Taxable": Property(Flag()),
        "DefaultTaxCodeRef": Property(Reference("TaxCode")),
        "TaxExemptionReasonId": Property(Whole(1, 15)),
        "ResaleNum": Property(Text(16)),
        "PrimaryTaxIdentifier": Property(Text(30)),
        "SecondaryTaxIdentifier": Property(Text(30)),
        "ARAccountRef": Property(Reference("Account", ("Accounts Receivable",))),
    },
    filterable=FILTERABLE | {"FullyQualifiedName": Text(3000), "Job": Flag()},
    indexed=("DisplayName", "ParentRef"),
    defaults=DEFAULTS | {"Job": False, "BillWithParent": False, "Taxable": True},
)
VENDOR = Entity(
    name="Vendor",
    sequence="names",
    word="Names",
    properties=NAMED
    | {
        "AcctNum": Property(Text(100)),
        "TaxIdentifier": Property(Text(20)),
        "TaxReportingBasis": Property(Text(30)),
        "TermRef": Property(Reference("Term")),
        "Vendor1099": Property(Flag()),
        "Balance": Property(Money(), create_only=True, kept=True),
        "OpenBalanceDate": Property(Day(), create_only=True),
        "BillRate": Property(Number()),
        "CostRate": Property(Number()),
        "Notes": Property(Text(4000)),
        "APAccountRef": Property(Reference("Account", ("Accounts Payable",))),
        "T4AEligible": Property(Flag()),
        "T5018Eligible": Property(Flag()),
        "HasTPAR": Property(Flag()),
    },
    filterable=FILTERABLE,
    indexed=("DisplayName",),
    defaults=DEFAULTS | {"Vendor1099": False},
)
EMPLOYEE = Entity(
    name="Employee",
    sequence="names",
    word="Names",
    properties={key: held for key, held in NAMED.items() if key != "BillAddr"}
    | {
        "PrimaryAddr": Property(ADDRESS),
        "EmployeeNumber": Property(Text(100)),
        "SSN": Property(Text(100)),
        "BillableTime": Property(Flag()),
        "BillRate": Property(Number()),
        "HiredDate": Property(Day()),
        "ReleasedDate": Property(Day()),
        "BirthDate": Property(Day()),
        "Gender": Property(Choice(("Male", "Female"))),
    },
    filterable={key: held for key, held in FILTERABLE.items() if key != "Balance"},
    indexed=("DisplayName",),
    defaults=DEFAULTS,
)
