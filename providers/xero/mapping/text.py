"""Texts as Xero takes them; `fitting.py` has made them fit before.

Source: Xero developer page "Contacts", read 2026-09: no leading, trailing or doubled spaces in
names.
"""


def spaced(text: str) -> str:
    """Trim, and turn every run of blanks, tabs and line ends into one space."""
    return " ".join(text.split())
