"""How names, numbers and codes are compared with a ledger's own, and with the settings' keys.

The platform's are normalised when a document is read (`schemas/documents/texts.py`). What
people typed into a ledger or a setting is not: it may have blanks around and in it, or another
Unicode form. Both are brought to one form where they meet, here.
"""

from collections.abc import Mapping
from typing import Any

from schemas.documents.texts import one_line


def folded_key(text: object) -> str:
    """Return the form in which a ledger's names, numbers and codes are compared.

    Both ledgers are taken to ignore the case of letters in them.
    """
    return one_line(one_line(str(text)).casefold())


def same_key(one: object, other: object) -> bool:
    """Return whether two names, numbers or codes are one to a ledger."""
    return folded_key(one) == folded_key(other)


def mapped(table: Mapping[str, Any], key: str, absent: Any = None) -> Any:
    """Return what a table of the settings has for one of the platform's codes.

    The case of letters counts: a code is the platform's, which may tell two apart by it.

    Args:
        absent: What is returned where the code is not in the table.
    """
    if key in table:
        return table[key]
    return next((value for name, value in table.items() if one_line(name) == key), absent)


def ledger_key(value: object) -> str:
    """Return an id or a code of the ledger as a setting names it; empty where it names none."""
    return one_line(str(value)) if value else ""
