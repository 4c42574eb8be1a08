"""Names of customers and vendors, who share one set of names in QuickBooks.

Source: Intuit Accounting API, Customer and Vendor entities (DisplayName), fault 6240,
read 2026-11.
"""

from typing import Final

from providers.qbo.mapping.party import DISPLAY_NAME_LIMIT

DELETED: Final = " (deleted)"
"""What QuickBooks appends to the name of a record that is taken out of use."""


def clash_name(name: str, entity: str) -> str:
    """Give the name for where the other kind has it: ``Acme (Vendor)``, cut to fit."""
    suffix = f" ({entity})"
    return name[: DISPLAY_NAME_LIMIT - len(suffix)] + suffix
