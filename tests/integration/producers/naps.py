"""How rarely a relay polls while it sleeps, where a test must tell what woke it."""

from typing import Final

LONGEST_NAP_S: Final = 3.0
"""The longest time between two polls, in seconds."""

WOKEN_WITHIN_S: Final = LONGEST_NAP_S / 2
"""The seconds within which only a notification can have woken it, also under load."""

ASLEEP_FROM_S: Final = 0.9 * LONGEST_NAP_S
"""A wait of so many seconds shows that only the regular poll ended it."""
