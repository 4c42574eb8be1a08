"""Texts within what QuickBooks takes.

Source: Intuit Accounting API, entity reference, field lengths and forbidden characters,
read 2026-11.
"""

from providers.parts import Body
from providers.qbo.preflight_errors import name_not_allowed, number_too_long, text_too_long


def spaced(text: str) -> str:
    """Trim, and turn every run of blanks, tabs and line ends into one space."""
    return " ".join(text.split())


def name(field: str, text: str, limit: int) -> str:
    """Return a name as QuickBooks allows it.

    Raises:
        Rejected: it has a colon or is too long.
    """
    tidy = spaced(text)
    if ":" in tidy:
        raise name_not_allowed(field, tidy)
    return limited(field, tidy, limit)


def limited(field: str, text: str, limit: int) -> str:
    """Return the text as it is.

    Raises:
        Rejected: it is longer than ``limit``.
    """
    if len(text) > limit:
        raise text_too_long(field, len(text), limit)
    return text


def number(text: str, limit: int) -> str:
    """Return a document's or account's number as it is.

    Raises:
        Rejected: it is longer than ``limit``.
    """
    if len(text) > limit:
        raise number_too_long(text, limit)
    return text


def ref(ledger_id: str) -> Body:
    """Return a reference; only the id matters on a write."""
    return {"value": ledger_id}
