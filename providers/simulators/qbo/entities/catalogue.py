"""Every entity of the simulator, by name and by path."""

from providers.simulators.qbo.entities import lists, people, transactions
from providers.simulators.qbo.entities.kinds import Entity

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        people.CUSTOMER,
        people.VENDOR,
        people.EMPLOYEE,
        lists.ITEM,
        lists.ACCOUNT,
        lists.CLASS,
        lists.DEPARTMENT,
        lists.TERM,
        lists.PAYMENT_METHOD,
        lists.TAX_CODE,
        lists.TAX_RATE,
        lists.TAX_AGENCY,
        lists.COMPANY_INFO,
        lists.PREFERENCES,
        transactions.INVOICE,
        transactions.SALES_RECEIPT,
        transactions.CREDIT_MEMO,
        transactions.BILL,
        transactions.PAYMENT,
        transactions.BILL_PAYMENT,
        transactions.JOURNAL_ENTRY,
    )
}
BY_PATH: dict[str, Entity] = {name.lower(): entity for name, entity in ENTITIES.items()}
PEOPLE = ("Customer", "Vendor", "Employee")
