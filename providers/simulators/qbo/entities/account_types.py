"""Account types, their classification, and the subtypes that stand for them.

Source: Intuit Accounting API, Account entity, enumerations as of 2026.
"""

CLASSIFICATIONS: dict[str, tuple[str, ...]] = {
    "Asset": (
        "Bank",
        "Accounts Receivable",
        "Other Current Asset",
        "Fixed Asset",
        "Other Asset",
    ),
    "Liability": (
        "Accounts Payable",
        "Credit Card",
        "Other Current Liability",
        "Long Term Liability",
    ),
    "Equity": ("Equity",),
    "Revenue": ("Income", "Other Income"),
    "Expense": ("Cost of Goods Sold", "Expense", "Other Expense"),
}
CLASSIFICATION_BY_TYPE = {
    account_type: classification
    for classification, account_types in CLASSIFICATIONS.items()
    for account_type in account_types
}
SUBTYPES: dict[str, tuple[str, ...]] = {
    "Bank": (
        "Checking",
        "Savings",
        "MoneyMarket",
        "CashOnHand",
        "TrustAccounts",
        "RentsHeldInTrust",
    ),
    "Accounts Receivable": ("AccountsReceivable",),
    "Other Current Asset": (
        "OtherCurrentAssets",
        "UndepositedFunds",
        "Inventory",
        "PrepaidExpenses",
        "EmployeeCashAdvances",
        "LoansToOthers",
    ),
    "Fixed Asset": (
        "OtherFixedAssets",
        "MachineryAndEquipment",
        "FurnitureAndFixtures",
        "Vehicles",
        "AccumulatedDepreciation",
    ),
    "Other Asset": ("OtherLongTermAssets", "SecurityDeposits", "Goodwill"),
    "Accounts Payable": ("AccountsPayable",),
    "Credit Card": ("CreditCard",),
    "Other Current Liability": (
        "OtherCurrentLiabilities",
        "SalesTaxPayable",
        "GlobalTaxPayable",
        "GlobalTaxSuspense",
        "PayrollClearing",
        "LoanPayable",
        "DeferredRevenue",
    ),
    "Long Term Liability": ("OtherLongTermLiabilities", "NotesPayable"),
    "Equity": ("OpeningBalanceEquity", "RetainedEarnings", "OwnersEquity", "PartnersEquity"),
    "Income": (
        "ServiceFeeIncome",
        "SalesOfProductIncome",
        "DiscountsRefundsGiven",
        "OtherPrimaryIncome",
        "UnappliedCashPaymentIncome",
        "NonProfitIncome",
    ),
    "Cost of Goods Sold": (
        "SuppliesMaterialsCogs",
        "CostOfLaborCos",
        "ShippingFreightDeliveryCos",
        "OtherCostsOfServiceCos",
        "EquipmentRentalCos",
    ),
    "Expense": (
        "OfficeGeneralAdministrativeExpenses",
        "AdvertisingPromotional",
        "BankCharges",
        "LegalProfessionalFees",
        "Travel",
        "Utilities",
        "Insurance",
        "UnappliedCashBillPaymentExpense",
        "OtherMiscellaneousServiceCost",
        "SuppliesMaterials",
        "RentOrLeaseOfBuildings",
        "RepairMaintenance",
        "EntertainmentMeals",
        "DuesSubscriptions",
        "TaxesPaid",
        "PayrollExpenses",
        "InterestPaid",
        "BadDebts",
        "Auto",
        "Shipping",
    ),
    "Other Income": ("OtherMiscellaneousIncome", "InterestEarned"),
    "Other Expense": ("OtherMiscellaneousExpense", "Depreciation", "ExchangeGainOrLoss"),
}
TYPE_BY_SUBTYPE = {
    subtype: account_type for account_type, subtypes in SUBTYPES.items() for subtype in subtypes
}
DEBIT_NORMAL = ("Asset", "Expense")
BALANCE_SHEET = ("Asset", "Liability", "Equity")


def classification_of(account_type: str) -> str:
    """Return Asset, Liability, Equity, Revenue or Expense."""
    return CLASSIFICATION_BY_TYPE[account_type]
