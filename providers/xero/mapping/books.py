"""What a mapping may look up: the company, the tenant's settings, and the links."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from providers.base import External
from providers.http import Realm
from providers.keys import ledger_key, mapped
from providers.naming import GivenBy, key_policy
from providers.parts import Body
from providers.xero.company import XeroCompany, read_company
from providers.xero.preflight_errors import account_unmapped
from schemas.documents.document import DocumentType, Reference
from schemas.documents.invoice import Invoice

_NOT_MAPPED: Final = object()


@dataclass(frozen=True, slots=True)
class XeroBooks:
    """One organisation, as one document sees it.

    Attributes:
        company: What Xero said about the organisation when it was read last.
        settings: What the tenant chose: accounts, tax codes, classes.
        links: The ledger's record of every document that this one names.
        settled_currency: The currency of what a payment settles, where it is another one than
            the payment's; else empty.
    """

    company: XeroCompany
    settings: Mapping[str, Any]
    links: Mapping[Reference, External]
    settled_currency: str = ""

    def linked(self, document_type: DocumentType, document_id: str) -> External:
        """Return the ledger's record of a document."""
        return self.links[Reference(document_type, document_id)]

    def account_on_line(self, account_id: str | None, *, use: str) -> Body:
        """Return a line's account: the one named, else the tenant's default for this use.

        Raises:
            NeedsPerson: ``account_unmapped``, there is neither.
        """
        code, record_id = self._account(account_id, use)
        return {"AccountCode": code} if code else {"AccountID": record_id}

    def account_of_payment(self, account_id: str | None) -> Body:
        """Return the account that money goes to: the one named, else the tenant's default.

        Raises:
            NeedsPerson: ``account_unmapped``, there is neither.
        """
        code, record_id = self._account(account_id, "deposit")
        return {"AccountID": record_id} if record_id else {"Code": code}

    def currency_of(self, account: Body) -> str:
        """Return the currency of an account that money goes to; empty where it is not known."""
        for bank in self.company.bank_accounts:
            if account in ({"AccountID": bank.id}, {"Code": bank.code}):
                return bank.currency
        return self.company.currency

    def default_account_code(self, use: str) -> str:
        """Return the code of a default account; empty where none is set, or it is set by id."""
        account = self._default_account(use)
        return "" if is_guid(account) else account

    def rounding_account(self) -> Body:
        """Return the account of explicit rounding lines; empty where none is known.

        The tenant's own, else the one that every organisation has for it.
        """
        account = self._default_account("rounding") or self.company.rounding_account
        if not account:
            return {}
        return {"AccountID": account} if is_guid(account) else {"AccountCode": account}

    def mapped_tax_code(self, code: str) -> str:
        """Return Xero's tax type that the tenant mapped this code to, or an empty text."""
        return ledger_key(mapped(self.settings.get("tax_codes", {}), code))

    def mapped_class(self, code: str) -> Any:
        """Return the tracking that the tenant mapped this class to, as ``classes.py`` reads it.

        An empty tuple where the tenant leaves it out; ``None`` where it is not mapped.
        """
        found = mapped(self.settings.get("classes", {}), code, _NOT_MAPPED)
        return None if found is _NOT_MAPPED else found or ()

    @property
    def ledger_numbers(self) -> bool:
        """Whether Xero gives invoices their numbers, as the tenant chose."""
        return key_policy(self.settings, Invoice).given_by is GivenBy.LEDGER

    def _account(self, account_id: str | None, use: str) -> tuple[str, str]:
        """Return code and id of an account; one of them is empty for a default account."""
        if account_id:
            account = self.linked(DocumentType.ACCOUNT, account_id)
            return account.code, account.id
        default = self._default_account(use)
        if not default:
            raise account_unmapped(use)
        return ("", default) if is_guid(default) else (default, "")

    def _default_account(self, use: str) -> str:
        return ledger_key(mapped(self.settings.get("accounts", {}), use))


def open_books(realm: Realm, links: Mapping[Reference, External]) -> XeroBooks:
    """Return what the mapping of one document may look up."""
    return XeroBooks(read_company(realm.profile), realm.settings, links)


def is_guid(text: str) -> bool:
    """Return whether a text is an id of Xero's."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
