"""What a mapping may look up: the company, the tenant's settings, and the links."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from providers.base import External, Write
from providers.http import Realm
from providers.keys import ledger_key, mapped
from providers.naming import GivenBy, key_policy
from providers.parts import Body
from providers.qbo.company import QboCompany, read_company
from providers.qbo.mapping.text import ref
from providers.qbo.preflight_errors import account_unmapped, currency_unavailable
from schemas.documents.document import DocumentType, Reference
from schemas.documents.invoice import Invoice

_NOT_MAPPED: Final = object()


@dataclass(frozen=True, slots=True)
class QboBooks:
    """One company, as one document sees it.

    Attributes:
        company: What QuickBooks said about the company when it was read last.
        settings: What the tenant chose: accounts, tax codes, classes.
        links: The ledger's record of every document that this one names.
        settled_currency: The currency of what a payment settles, where it is another one than
            the payment's; else empty.
    """

    company: QboCompany
    settings: Mapping[str, Any]
    links: Mapping[Reference, External]
    settled_currency: str = ""

    def linked(self, document_type: DocumentType, document_id: str) -> Body:
        """Return the reference to the ledger's record of a document."""
        return ref(self.links[Reference(document_type, document_id)].id)

    def account(self, account_id: str | None, *, use: str) -> Body:
        """Return the reference to the account named, else to the tenant's default one.

        Raises:
            NeedsPerson: none is named and none is set for this use.
        """
        if account_id:
            return self.linked(DocumentType.ACCOUNT, account_id)
        default = self.default_account(use)
        if not default:
            raise account_unmapped(use)
        return ref(default)

    def default_account(self, use: str) -> str:
        """Return the ledger's id of the tenant's default account; empty where none is set."""
        return ledger_key(mapped(self.settings.get("accounts", {}), use))

    def rounding_item(self) -> str:
        """Return the ledger's id of the item of rounding lines; empty where none is set."""
        return str(self.settings.get("items", {}).get("rounding", ""))

    def mapped_tax_code(self, code: str) -> str:
        """Return the ledger's id of the code that the tenant mapped this one to, or nothing."""
        return ledger_key(mapped(self.settings.get("tax_codes", {}), code))

    def mapped_class(self, code: str) -> str | None:
        """Return the ledger's id of the class that the tenant mapped this code to.

        Empty where the tenant leaves it out; ``None`` where it is not mapped.
        """
        found = mapped(self.settings.get("classes", {}), code, _NOT_MAPPED)
        return None if found is _NOT_MAPPED else ledger_key(found)

    @property
    def ledger_numbers(self) -> bool:
        """Whether QuickBooks gives invoices their numbers, as the tenant chose."""
        return key_policy(self.settings, Invoice).given_by is GivenBy.LEDGER

    @property
    def maps_classes(self) -> bool:
        """Whether the tenant maps classes at all; else those in the ledger are its people's."""
        return bool(self.settings.get("classes"))

    def currency(self, currency: str) -> Body:
        """Return the currency field, which only companies with several currencies take.

        Raises:
            NeedsPerson: it is a foreign currency, and the company has its own only.
        """
        if self.company.multicurrency:
            return {"CurrencyRef": ref(currency)}
        if currency != self.company.currency:
            raise currency_unavailable(currency, self.company.currency)
        return {}


def open_books(realm: Realm, write: Write) -> QboBooks:
    """Return what the mapping of one document may look up.

    Raises:
        NeedsPerson: the company was never described.
    """
    company = read_company(realm.profile)
    return QboBooks(company, realm.settings, write.links, write.settled_currency)
