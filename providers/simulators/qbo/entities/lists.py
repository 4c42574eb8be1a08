"""Items, accounts and the small lists: classes, departments, terms, payment methods, taxes.

Source: Intuit Accounting API reference, page per entity.
"""

from providers.simulators.qbo.entities.kinds import (
    ADDRESS,
    CURRENCY,
    Anything,
    Choice,
    Day,
    Entity,
    Flag,
    Kind,
    Number,
    Property,
    Reference,
    Text,
    Whole,
)

INCOME = ("Income", "Other Income")
COSTS = ("Cost of Goods Sold", "Expense", "Other Expense")
NAMES: dict[str, Kind] = {"Name": Text(100), "FullyQualifiedName": Text(600), "Active": Flag()}

ITEM = Entity(
    name="Item",
    sequence="Item",
    word="Items",
    properties={
        "Name": Property(Text(100, ":\t\n"), required=True, kept=True),
        "Type": Property(
            Choice(("Service", "NonInventory", "Inventory", "Category")), kept=True
        ),
        "Sku": Property(Text(100)),
        "Description": Property(Text(4000)),
        "PurchaseDesc": Property(Text(1000)),
        "UnitPrice": Property(Number()),
        "PurchaseCost": Property(Number()),
        "IncomeAccountRef": Property(Reference("Account", INCOME)),
        "ExpenseAccountRef": Property(Reference("Account", COSTS)),
        "AssetAccountRef": Property(Reference("Account", ("Other Current Asset",))),
        "TrackQtyOnHand": Property(Flag(), kept=True),
        "QtyOnHand": Property(Number(), kept=True),
        "InvStartDate": Property(Day(), kept=True),
        "ReorderPoint": Property(Number()),
        "Taxable": Property(Flag()),
        "SalesTaxIncluded": Property(Flag()),
        "PurchaseTaxIncluded": Property(Flag()),
        "SalesTaxCodeRef": Property(Reference("TaxCode")),
        "PurchaseTaxCodeRef": Property(Reference("TaxCode")),
        "TaxClassificationRef": Property(Reference()),
        "SubItem": Property(Flag()),
        "ParentRef": Property(Reference("Item")),
        "Level": Property(Number(), read_only=True),
        "FullyQualifiedName": Property(Text(600), read_only=True),
        "ClassRef": Property(Reference("Class")),
        "PrefVendorRef": Property(Reference("Vendor")),
        "Active": Property(Flag()),
        "ItemGroupDetail": Property(Anything(), read_only=True),
        "AbatementRate": Property(Number()),
        "ReverseChargeRate": Property(Number()),
        "ServiceType": Property(Text(100)),
        "ItemCategoryType": Property(Text(100)),
    },
    filterable=NAMES | {"Type": Text(30), "Sku": Text(100)},
    indexed=("Name", "FullyQualifiedName", "Sku"),
    defaults={"Active": True, "TrackQtyOnHand": False, "Taxable": False, "Type": "Service"},
)
ACCOUNT = Entity(
    name="Account",
    sequence="Account",
    word="Accounts",
    properties={
        "Name": Property(Text(100, ':"'), required=True, kept=True),
        "AccountType": Property(Text(100), kept=True),
        "AccountSubType": Property(Text(100), kept=True),
        "AcctNum": Property(Text(20, ":")),
        "Description": Property(Text(100)),
        "ParentRef": Property(Reference("Account")),
        "SubAccount": Property(Flag(), read_only=True),
        "FullyQualifiedName": Property(Text(600), read_only=True),
        "Classification": Property(Text(30), read_only=True),
        "CurrentBalance": Property(Number(), read_only=True),
        "CurrentBalanceWithSubAccounts": Property(Number(), read_only=True),
        "CurrencyRef": Property(CURRENCY, create_only=True, kept=True),
        "TaxCodeRef": Property(Reference("TaxCode")),
        "TxnLocationType": Property(Text(50)),
        "AccountAlias": Property(Text(100)),
        "Active": Property(Flag()),
    },
    filterable=NAMES
    | {
        "AccountType": Text(100),
        "AccountSubType": Text(100),
        "Classification": Text(30),
        "AcctNum": Text(20),
        "CurrentBalance": Number(),
        "SubAccount": Flag(),
        "ParentRef": Reference(),
    },
    indexed=("Name", "FullyQualifiedName", "AcctNum", "AccountType", "AccountSubType"),
    sparse_required=("Name",),
    defaults={"Active": True},
)


def _tree(name: str, word: str, flag: str, sparse_required: tuple[str, ...] = ()) -> Entity:
    return Entity(
        name=name,
        sequence=name,
        word=word,
        properties={
            "Name": Property(Text(100, ":"), required=True, kept=True),
            "ParentRef": Property(Reference(name)),
            flag: Property(Flag(), read_only=True),
            "FullyQualifiedName": Property(Text(600), read_only=True),
            "Active": Property(Flag()),
            "Address": Property(ADDRESS),
        },
        filterable=NAMES,
        indexed=("Name", "FullyQualifiedName"),
        sparse_required=sparse_required,
        defaults={"Active": True},
    )


CLASS = _tree("Class", "Klasses", "SubClass", sparse_required=("Name",))
DEPARTMENT = _tree("Department", "Depts", "SubDepartment")
TERM = Entity(
    name="Term",
    sequence="Term",
    word="Terms",
    properties={
        "Name": Property(Text(31), required=True, kept=True),
        "Active": Property(Flag()),
        "Type": Property(Text(30), read_only=True),
        "DueDays": Property(Whole(0, 999)),
        "DiscountDays": Property(Whole(0, 999)),
        "DiscountPercent": Property(Number()),
        "DayOfMonthDue": Property(Whole(1, 31)),
        "DueNextMonthDays": Property(Whole(0, 999)),
        "DiscountDayOfMonth": Property(Whole(0, 31)),
    },
    filterable={"Name": Text(31), "Active": Flag(), "Type": Text(30), "DueDays": Number()},
    indexed=("Name",),
    defaults={"Active": True},
)
PAYMENT_METHOD = Entity(
    name="PaymentMethod",
    sequence="PaymentMethod",
    word="PaymentMethods",
    properties={
        "Name": Property(Text(31), required=True, kept=True),
        "Type": Property(Choice(("CREDIT_CARD", "NON_CREDIT_CARD"))),
        "Active": Property(Flag()),
    },
    filterable={"Name": Text(31), "Active": Flag(), "Type": Text(30)},
    indexed=("Name",),
    defaults={"Active": True, "Type": "NON_CREDIT_CARD"},
)


def _given(name: str, word: str, filterable: dict[str, Kind], *, tracked: bool) -> Entity:
    """Return an entity that clients only read."""
    return Entity(
        name=name,
        sequence=name,
        word=word,
        properties={},
        filterable=filterable,
        indexed=("Name",),
        unchanging=True,
        tracked=tracked,
    )


TAX_CODE = _given("TaxCode", "TaxCodes", NAMES, tracked=False)
TAX_RATE = _given("TaxRate", "TaxRates", NAMES, tracked=False)
TAX_AGENCY = _given("TaxAgency", "TaxAgencies", {"DisplayName": Text(100)}, tracked=False)
COMPANY_INFO = _given("CompanyInfo", "CompanyInfo", {"CompanyName": Text(1024)}, tracked=False)
PREFERENCES = _given("Preferences", "Preferences", {}, tracked=False)
