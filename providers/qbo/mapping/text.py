"""Texts and references as QuickBooks takes them; `fitting.py` has made the texts fit before."""

from providers.parts import Body


def spaced(text: str) -> str:
    """Trim, and turn every run of blanks, tabs and line ends into one space."""
    return " ".join(text.split())


def ref(ledger_id: str) -> Body:
    """Return a reference; only the id matters on a write."""
    return {"value": ledger_id}
