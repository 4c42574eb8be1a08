"""Texts as Xero takes them.

Source: Xero developer page "Contacts", read 2026-09: no angle brackets and no leading,
trailing or doubled spaces in names.
"""

from providers.xero.preflight_errors import name_invalid


def name(text: str) -> str:
    """Return a name as Xero allows it, every run of blanks one space.

    Raises:
        Rejected: ``name_invalid``.
    """
    if "<" in text or ">" in text:
        raise name_invalid(text)
    return " ".join(text.split())
