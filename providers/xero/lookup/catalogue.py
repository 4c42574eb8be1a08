"""Finding items and accounts, by code.

Source: Xero developer pages "Items" and "Accounts", read 2026-09: neither has pages; deleted
items vanish, and archived accounts keep their code and name.
"""

from collections.abc import Sequence

from providers.base import External, Result, Write, Written
from providers.keys import folded_key, same_key
from providers.wire import Record
from providers.xero.client import XeroClient
from providers.xero.mapping.account import is_of_kind
from providers.xero.mapping.catalogue import ACCOUNTS, ITEMS
from providers.xero.preflight_errors import archived, code_taken, name_taken
from providers.xero.query import any_of, chunks, is_quotable
from schemas.documents.account import Account
from schemas.documents.item import Item


async def items_by_links(
    client: XeroClient, links: Sequence[External]
) -> Sequence[Written | None]:
    """Read linked items, one call each: the collection has no list of ids."""
    return [ITEMS.written(await client.one(ITEMS, link.id)) for link in links]


async def accounts_by_links(
    client: XeroClient, links: Sequence[External]
) -> Sequence[Written | None]:
    """Read linked accounts out of the whole chart."""
    by_id = {e["AccountID"].lower(): e for e in await client.whole(ACCOUNTS)}
    return [ACCOUNTS.written(by_id.get(link.id.lower())) for link in links]


async def find_items(
    client: XeroClient, pairs: Sequence[tuple[Write, Item]]
) -> Sequence[Result | None]:
    """Find items by code."""
    codes = [folded_key(item.code) for _, item in pairs]
    by_code = _by_code(await _with_codes(client, [item.code for _, item in pairs]))
    if not all(code in by_code for code in codes):
        # People may have typed a code with blanks around it, which a condition tells apart.
        by_code = _by_code(await client.whole(ITEMS)) | by_code
    return [_item(by_code.get(code)) for code in codes]


async def find_accounts(
    client: XeroClient, pairs: Sequence[tuple[Write, Account]]
) -> Sequence[Result | None]:
    """Find accounts by code; one of the same name has to be looked at by a person."""
    chart = [e for e in await client.whole(ACCOUNTS) if e.get("Status") != "DELETED"]
    return [_account(account, chart) for _, account in pairs]


async def _with_codes(client: XeroClient, codes: Sequence[str]) -> Sequence[Record]:
    if not all(is_quotable(code) for code in codes):
        return await client.whole(ITEMS)
    found: list[Record] = []
    for chunk in chunks(f'Code=="{code}"' for code in codes):
        found.extend(await client.whole(ITEMS, where=any_of(chunk)))
    return found


def _by_code(elements: Sequence[Record]) -> dict[str, Record]:
    return {folded_key(e["Code"]): e for e in elements}


def _item(element: Record | None) -> Result | None:
    if element is None:
        return None
    item = ITEMS.read(element)
    if item.voided:
        return archived(
            f"an item with the code {element['Code']} that is neither sold nor bought"
        )
    return item


def _account(account: Account, chart: Sequence[Record]) -> Result | None:
    for element in chart:
        if same_key(element.get("Code") or "", account.code):
            return _of_same_code(account, element)
    for element in chart:
        if same_key(element["Name"], account.name):
            return _of_same_name(account, element)
    return None


def _of_same_code(account: Account, element: Record) -> Result:
    if not is_of_kind(element, account.kind):
        by = f"{element['Name']}, which is of the type {element.get('Type')}"
        return code_taken(account.code, by)
    if element.get("Status") != "ACTIVE":
        return archived(f"an account with the code {account.code}")
    return ACCOUNTS.read(element)


def _of_same_name(account: Account, element: Record) -> Result:
    """Take a bank account, which may have no code; refuse any other."""
    if element.get("Code") or not is_of_kind(element, account.kind):
        return name_taken(
            account.name, f"the account {element.get('Code') or 'without a code'}"
        )
    return ACCOUNTS.read(element)
