"""How an element names an account."""

from providers.base import External, Write
from providers.xero.company import Company, is_guid
from providers.xero.preflight_errors import account_unmapped
from providers.xero.wire import Body
from schemas.documents.document import DocumentType, Reference


def linked(write: Write, account_id: str) -> External:
    """Find Xero's account for one that the document names."""
    return write.links[Reference(DocumentType.ACCOUNT, account_id)]


def on_line(write: Write, account_id: str | None, key: str, company: Company) -> Body:
    """Name a line's account: the document's own, else the setting ``key``.

    Raises:
        NeedsPerson: ``account_unmapped``, there is neither.
    """
    code, record_id = _code_and_id(write, account_id, key, company)
    return {"AccountCode": code} if code else {"AccountID": record_id}


def of_payment(write: Write, account_id: str | None, company: Company) -> Body:
    """Name the account that money goes to: the document's own, else the default.

    Raises:
        NeedsPerson: ``account_unmapped``, there is neither.
    """
    code, record_id = _code_and_id(write, account_id, "deposit", company)
    return {"AccountID": record_id} if record_id else {"Code": code}


def _code_and_id(
    write: Write, account_id: str | None, key: str, company: Company
) -> tuple[str, str]:
    if account_id:
        account = linked(write, account_id)
        return account.code, account.id
    default = company.accounts.get(key, "")
    if not default:
        raise account_unmapped(key)
    return ("", default) if is_guid(default) else (default, "")
