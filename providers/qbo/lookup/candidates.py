"""Which of the records found is fit to be a document's."""

from typing import Any

from providers.qbo.preflight_errors import inactive
from providers.wire import Record


def in_use(found: list[Any], name: str, kind: str) -> Record | None:
    """Return the first record in use; ``None`` where nothing was found at all.

    Raises:
        NeedsPerson: ``record_inactive``, all that was found is out of use.
    """
    active = next((record for record in found if record.get("Active", True)), None)
    if found and not active:
        raise inactive(name, kind.lower(), found[0]["Id"])
    return active
